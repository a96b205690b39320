// Package cloud is what the functions meet outside themselves on AWS, on this
// machine, for tests that need more than Go: each part says what it needs, and
// fails by its name where that is missing.
package cloud

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// FolderOfDynamoDB is the environment variable that names the folder with DynamoDB
// Local, as tests/dynamodb --install prints it.
const FolderOfDynamoDB = "DYNAMODB_LOCAL"

// DynamoDB is DynamoDB Local, running, with its tables in memory. Every client
// sees the same tables, whatever its credentials and region.
type DynamoDB struct {
	// Endpoint is where this machine reaches it, such as http://127.0.0.1:40001.
	// It has no setting for the address it listens on: it answers on every one of
	// this machine's, so a container reaches the same port.
	Endpoint string

	process *exec.Cmd
	input   io.Closer // ends it
	ended   chan error
	said    bytes.Buffer // read once it has ended
	tables  atomic.Int64
}

// startTime is how long it may take to answer: a JVM on a busy machine.
const startTime = time.Minute

// StartDynamoDB starts it on a free port and waits until it answers. Stop ends it.
func StartDynamoDB() (*DynamoDB, error) {
	folder := os.Getenv(FolderOfDynamoDB)
	if folder == "" {
		return nil, fmt.Errorf("cloud: %s does not name the folder of DynamoDB Local: run tests/dynamodb, which installs it", FolderOfDynamoDB)
	}
	if jars, _ := filepath.Glob(filepath.Join(folder, "DynamoDBLocal-*.jar")); len(jars) == 0 {
		return nil, fmt.Errorf("cloud: there is no DynamoDB Local in %s", folder)
	}
	java, err := exec.LookPath("java")
	if err != nil {
		return nil, fmt.Errorf("cloud: DynamoDB Local needs Java 17 or newer: %w", err)
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	d := &DynamoDB{Endpoint: fmt.Sprintf("http://127.0.0.1:%d", port), ended: make(chan error, 1)}
	d.process = exec.Command("sh", "-c", untilInputEnds, java, java, "-Xmx512m", "-Djava.library.path="+folder, "-cp", filepath.Join(folder, "*"),
		"com.amazonaws.services.dynamodbv2.local.main.ServerRunner",
		"-inMemory", "-sharedDb", "-disableTelemetry", "-port", strconv.Itoa(port))
	d.process.Stdout, d.process.Stderr = &d.said, &d.said
	if d.input, err = d.process.StdinPipe(); err != nil {
		return nil, fmt.Errorf("cloud: %w", err)
	}
	if err := d.process.Start(); err != nil {
		return nil, fmt.Errorf("cloud: DynamoDB Local does not start: %w", err)
	}
	go func() { d.ended <- d.process.Wait() }()
	return d, d.answers()
}

// untilInputEnds runs a command until its own standard input ends: with Stop, and
// with the process that holds the other end, however that one dies.
const untilInputEnds = `exec 3<&0
"$@" </dev/null 3<&- &
pid=$!
(cat <&3 >/dev/null; kill -9 $pid) >/dev/null 2>&1 &
exec 3<&-
wait $pid`

// freePort is a port that nobody has at this moment.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("cloud: no free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// answers waits for the first answer, whatever it is, and stops what gives none.
func (d *DynamoDB) answers() error {
	for end := time.Now().Add(startTime); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		select {
		case err := <-d.ended:
			d.ended <- err
			return fmt.Errorf("cloud: DynamoDB Local ended at once: %v\n%s", err, d.said.String())
		default:
		}
		if got, err := http.Get(d.Endpoint); err == nil {
			return got.Body.Close()
		}
	}
	return errors.Join(fmt.Errorf("cloud: DynamoDB Local gives no answer within %v", startTime), d.Stop())
}

// Stop ends the process and its tables with it.
func (d *DynamoDB) Stop() error {
	if err := d.input.Close(); err != nil {
		return fmt.Errorf("cloud: DynamoDB Local cannot be stopped: %w", err)
	}
	<-d.ended // by being killed, so its error says nothing
	return nil
}

// RunWithDynamoDB is a TestMain's work where every test of a package needs it: it
// starts it, runs the tests with it, stops it, and gives the exit code.
func RunWithDynamoDB(m *testing.M, use func(*DynamoDB)) int {
	d, err := StartDynamoDB()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	use(d)
	code := m.Run()
	if err := d.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// AWS is a configuration whose credentials it takes: any, since it checks none.
func (d *DynamoDB) AWS() aws.Config {
	return aws.Config{Region: "us-east-1", Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "AKIAOFNOACCOUNT", SecretAccessKey: "no secret"}, nil
	})}
}

// client is one of our own, for what a store never does.
func (d *DynamoDB) client() *dynamodb.Client {
	return dynamodb.NewFromConfig(d.AWS(), func(o *dynamodb.Options) { o.BaseEndpoint = &d.Endpoint })
}

// MakeTable makes the table of template.yaml under this name. Its time to live is
// not switched on: it goes by this machine's clock, and a test has its own.
func (d *DynamoDB) MakeTable(ctx context.Context, name string) error {
	table, err := readTable()
	if err != nil {
		return err
	}
	table.TableName = &name
	if _, err := d.client().CreateTable(ctx, table); err != nil {
		return fmt.Errorf("cloud: the table of template.yaml cannot be made: %w", err)
	}
	return nil
}

// Table makes a fresh table for one test, takes it away after it, and gives its
// name.
func (d *DynamoDB) Table(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("test-%d", d.tables.Add(1))
	if err := d.MakeTable(context.Background(), name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := d.client().DeleteTable(context.Background(), &dynamodb.DeleteTableInput{TableName: &name}); err != nil {
			t.Errorf("cloud: the table %s cannot be taken away: %v", name, err)
		}
	})
	return name
}
