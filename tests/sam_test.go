//go:build sam

// The functions under SAM CLI, in containers, against DynamoDB Local and simulated
// providers. tests/sam fetches what this needs and runs it; the commands
// are those of the README's section "With SAM CLI".

package tests

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
	"github.com/serverless-checkout/serverless-checkout/shared/store/dynamo"
	"github.com/serverless-checkout/serverless-checkout/tests/cloud"
)

// samCommands are the README's, told apart by how they begin. Each is run by a
// shell of its own, after all settings that stand before it.
type samCommands struct {
	settings []string
	lines    []string
}

func readSAMCommands(t *testing.T) (c samCommands) {
	t.Helper()
	for _, line := range readmeCommands(t, "With SAM CLI") {
		name, _, assigned := strings.Cut(line, "=")
		if strings.HasPrefix(line, "export ") || assigned && !strings.Contains(name, " ") {
			c.settings = append(c.settings, line)
		} else {
			c.lines = append(c.lines, line)
		}
	}
	return c
}

// line is the one command that begins so.
func (c samCommands) line(t *testing.T, begin string) string {
	t.Helper()
	var found []string
	for _, line := range c.lines {
		if strings.HasPrefix(line, begin) {
			found = append(found, line)
		}
	}
	if len(found) == 0 {
		t.Fatalf("the README has no command %q", begin)
	}
	return found[0]
}

// shell makes a process of a line, in the project's folder or in a copy of it.
func (c samCommands) shell(folder, line string) *exec.Cmd {
	process := exec.Command("bash", "-euc", strings.Join(append(slices.Clone(c.settings), line), "\n"))
	process.Dir = folder
	// A group of its own, so that Ctrl-C reaches what a shell and `go run` start.
	process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return process
}

// run runs a line to its end and gives what it printed.
func (c samCommands) run(t *testing.T, folder, line string) string {
	t.Helper()
	begin := time.Now()
	out, err := c.shell(folder, line).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
	t.Logf("%5.1f s  %s", time.Since(begin).Seconds(), line)
	return string(out)
}

// start starts a line that goes on until Ctrl-C, and waits until it says that it
// is ready.
func (c samCommands) start(t *testing.T, line, ready string) {
	t.Helper()
	begin := time.Now()
	process := c.shell("..", line)
	heard, said := make(chan bool, 1), &bytes.Buffer{}
	reader, writer := io.Pipe()
	process.Stdout, process.Stderr = writer, writer
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	listened := make(chan struct{})
	go func() {
		defer close(listened)
		for scanner := bufio.NewScanner(reader); scanner.Scan(); {
			fmt.Fprintln(said, scanner.Text())
			if strings.Contains(scanner.Text(), ready) {
				heard <- true
			}
		}
	}()
	ended := make(chan error, 1)
	go func() { ended <- process.Wait(); writer.Close() }()
	t.Cleanup(func() {
		syscall.Kill(-process.Process.Pid, syscall.SIGINT)
		select {
		case <-ended:
		case <-time.After(time.Minute):
			syscall.Kill(-process.Process.Pid, syscall.SIGKILL)
			t.Errorf("%s does not end with Ctrl-C", line)
		}
		<-listened
		if t.Failed() {
			t.Logf("%s said:\n%s", line, said)
		}
	})
	select {
	case <-heard:
		t.Logf("%5.1f s  %s", time.Since(begin).Seconds(), line)
	case err := <-ended:
		ended <- err
		<-listened
		t.Fatalf("%s: %v\n%s", line, err, said)
	case <-time.After(3 * time.Minute):
		t.Fatalf("%s is not ready", line)
	}
}

var samBuild sync.Once

// build has the functions built, by whichever test comes first.
func (c samCommands) build(t *testing.T) {
	t.Helper()
	samBuild.Do(func() { c.run(t, "..", c.line(t, "sam build")) })
}

// samBuilt are the checksums of the binaries that `sam build` has put into a
// folder's build, by function.
func samBuilt(t *testing.T, folder string) map[string][sha256.Size]byte {
	t.Helper()
	sums := map[string][sha256.Size]byte{}
	for name := range deployed(t).Functions {
		text, err := os.ReadFile(filepath.Join(folder, ".aws-sam", "build", name, "bootstrap"))
		if err != nil {
			t.Fatal(err)
		}
		sums[name] = sha256.Sum256(text)
	}
	return sums
}

// TestSAMBuild: every function is built from the one go.mod at the root, and none
// stays as it was when something under shared/ changes.
func TestSAMBuild(t *testing.T) {
	c := readSAMCommands(t)
	c.run(t, "..", c.line(t, "sam validate"))
	c.build(t)
	t.Logf("%d functions are built", len(samBuilt(t, "..")))

	copied := copyOfProject(t)
	c.run(t, copied, c.line(t, "sam build"))
	before := samBuilt(t, copied)
	file := filepath.Join(copied, "shared", "setup", "config.go")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Replace(text, []byte("is missing"), []byte("is not there"), 1)
	if bytes.Equal(text, changed) {
		t.Fatalf("%s has no such text any more", file)
	}
	if err := os.WriteFile(file, changed, 0o644); err != nil {
		t.Fatal(err)
	}
	c.run(t, copied, c.line(t, "sam build"))
	for name, sum := range samBuilt(t, copied) {
		if sum == before[name] {
			t.Errorf("%s: stale: a change of %s is not in its binary", name, "shared/setup/config.go")
		}
	}
}

// copyOfProject copies what git knows and what it would add: what a fresh
// checkout has, and what is being worked on.
func copyOfProject(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	list, err := exec.Command("git", "-C", "..", "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(list), "\x00"), "\x00") {
		text, err := os.ReadFile(filepath.Join("..", name))
		if errors.Is(err, os.ErrNotExist) {
			continue // deleted, and not yet committed
		}
		if err == nil {
			err = os.MkdirAll(filepath.Dir(filepath.Join(folder, name)), 0o755)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, name), text, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// fewWhereShort are all events, or where tests are to be short three of each function: the
// first, the one in the middle and the last by name.
func fewWhereShort[E any](all map[string]E) map[string]E {
	if !testing.Short() {
		return all
	}
	of := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		of[filepath.Dir(name)] = append(of[filepath.Dir(name)], name)
	}
	few := map[string]E{}
	for _, names := range of {
		for _, i := range []int{0, len(names) / 2, len(names) - 1} {
			few[names[i]] = all[names[i]]
		}
	}
	return few
}

// TestSAMEvents invokes every event with the README's `sam local invoke`, one new
// container each, in the state that it needs, and holds the answer against what is
// expected. The states are made in this process, over the same table. Where tests are to
// be short it is three events of each function: TestEvents plays them all, without SAM.
func TestSAMEvents(t *testing.T) {
	c := readSAMCommands(t)
	c.build(t)
	tables, err := cloud.StartDynamoDB()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tables.Stop() })
	containers, err := cloud.ServeContainers(tables.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(containers.Close)
	noneLeft(t)
	wants, line := eventFiles(t), c.line(t, "sam local invoke")
	few := fewWhereShort(wants)
	var mu sync.Mutex
	var seconds []float64
	begin := time.Now()
	// The group ends when its last parallel test has.
	t.Run("invoke", func(t *testing.T) {
		for name, want := range few {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s, environment := newSAMStage(t, wants, tables, containers)
				// A container has this machine's clock, so the state is made in the past.
				s.begun = time.Now().Add(-seedTime(t, wants, want.Seed)).Truncate(time.Second)
				s.clock.Move(s.begun.Sub(s.clock.Now()))
				s.seed(want.Seed)
				s.clock.Move(time.Since(s.clock.Now()))
				s.elsewhere = func(function string, event []byte) ([]byte, error) {
					started := time.Now()
					answer, err := s.invokeInContainer(c, line, function, name, event, environment)
					mu.Lock()
					defer mu.Unlock()
					seconds = append(seconds, time.Since(started).Seconds())
					return answer, err
				}
				s.play(name)
				s.nothingUnknown()
			})
		}
	})
	if len(seconds) != len(few) {
		t.Errorf("%d of %d events were invoked", len(seconds), len(few))
	}
	slices.Sort(seconds)
	t.Logf("%d events invoked in %.0f s with %s; each %.1f to %.1f s, half of them within %.1f", len(seconds), time.Since(begin).Seconds(),
		os.Getenv("SAM_BASE_IMAGE"), seconds[0], seconds[len(seconds)-1], seconds[len(seconds)/2])
}

// seedTime is how long a state takes to come about, such as the hour that passes
// after a tab was closed: as long as it takes in a world of its own.
func seedTime(t *testing.T, wants map[string]expectation, seed string) time.Duration {
	t.Helper()
	s := newEventStage(t, wants)
	begin := s.clock.Now()
	s.seed(seed)
	return s.clock.Now().Sub(begin)
}

// newSAMStage is an eventStage over a table of DynamoDB Local and simulated providers
// which containers reach too, and the file for --env-vars that says where.
func newSAMStage(t *testing.T, wants map[string]expectation, tables *cloud.DynamoDB, containers *cloud.Containers) (s *eventStage, environment string) {
	t.Helper()
	ca, err := cloud.NewCA()
	if err != nil {
		t.Fatal(err)
	}
	s = &eventStage{wants: wants}
	serve := func(simulator func() http.Handler) string {
		// The world comes after the addresses of its providers.
		address, err := containers.Serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { simulator().ServeHTTP(w, r) }), ca)
		if err != nil {
			t.Fatal(err)
		}
		return address
	}
	at := cloud.Providers{
		PayPal: serve(func() http.Handler { return s.paypal }), Stripe: serve(func() http.Handler { return s.stripe }),
		CA: append(ca.PEM, authority().CA()...),
	}
	table := tables.Table(t)
	settings := containers.Environment(table, at)
	env := maps.Clone(eventSettings)
	for _, name := range []string{"PAYPAL_API", "PAYPAL_PAGES", "PAYPAL_CA", "STRIPE_API", "STRIPE_PAGES"} {
		env[name] = settings[name]
	}
	s.world = newWorld(t, plan{
		env: env,
		store: func(store.Store) store.Store {
			now := func() time.Time { return s.clock.Now() } // the world comes after its table
			items, err := dynamo.New(dynamo.Config{AWS: tables.AWS(), Endpoint: tables.Endpoint, Table: table, Now: now})
			if err != nil {
				t.Fatal(err)
			}
			return items
		},
	})
	s.paypal.SetPublicURL(at.PayPal)
	s.stripe.SetPublicURL(at.Stripe)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(at.CA)
	s.wire.next.TLSClientConfig.RootCAs = roots
	environment = filepath.Join(t.TempDir(), "env.json")
	if err := cloud.WriteEnvironment(environment, settings); err != nil {
		t.Fatal(err)
	}
	return s, environment
}

// invokeInContainer runs the README's line for another function, event and
// environment, and gives the function's answer. An event is taken from its file,
// unless a provider's ids or its signature had to be put in.
func (s *eventStage) invokeInContainer(c samCommands, line, function, name string, event []byte, environment string) ([]byte, error) {
	file := filepath.Join("events", filepath.FromSlash(name)+".json")
	if want := s.wants[name]; want.Webhook != nil || want.Customer != "" || placeholderForm.Match(eventText(s.t, name)) {
		file = filepath.Join(s.t.TempDir(), "event.json")
		if err := os.WriteFile(file, event, 0o600); err != nil {
			return nil, err
		}
	}
	process := c.shell("..", strings.NewReplacer("CreatePaymentFunction", function,
		"events/create-payment/cart.json", file, "build/env.json", environment).Replace(line))
	var said bytes.Buffer
	process.Stderr = &said
	answer, err := process.Output()
	if err != nil || len(answer) == 0 {
		return nil, fmt.Errorf("%v\n%s%s", err, answer, said.Bytes())
	}
	s.t.Cleanup(func() {
		if s.t.Failed() {
			s.t.Logf("%s", said.Bytes())
		}
	})
	return answer, nil
}

// noneLeft: whatever containers SAM CLI makes in a test are gone after it.
func noneLeft(t *testing.T) {
	t.Helper()
	list := func() []string {
		out, err := exec.Command("docker", "ps", "--all", "--quiet", "--filter", "label=sam.cli.container.type=lambda").Output()
		if err != nil {
			t.Fatalf("docker: %v", err)
		}
		return strings.Fields(string(out))
	}
	before := list()
	t.Cleanup(func() {
		for _, id := range list() {
			if !slices.Contains(before, id) {
				t.Errorf("the container %s is left behind", id)
			}
		}
	})
}
