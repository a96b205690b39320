package dynamo_test

import (
	"context"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
	"github.com/serverless-checkout/serverless-checkout/shared/store/dynamo"
)

// What no error may show.
const (
	secretKey    = "the-secret-key"
	sessionToken = "the-session-token"
)

// scripted is a DynamoDB that answers by a script, one step to a request. What
// comes after the last step is a fault of the test. It is for a bubble of synctest: a
// machine that is slow must not look like a server that hangs.
type scripted struct {
	*testing.T
	*dynamo.Store
	mu    sync.Mutex
	steps []step
	asked []request
}

type step func(w http.ResponseWriter, r *http.Request)

// request is what was asked: the operation, and the body as it came.
type request struct {
	operation string
	body      string
}

func script(t *testing.T, steps ...step) *scripted {
	return scriptWith(t, dynamo.Config{}, steps...)
}

func scriptWith(t *testing.T, c dynamo.Config, steps ...step) *scripted {
	t.Helper()
	s := &scripted{T: t, steps: steps}
	wires := wires{make(chan net.Conn), make(chan struct{})}
	server := &http.Server{Handler: s, ErrorLog: log.New(io.Discard, "", 0)}
	var transport *http.Transport
	client := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) { t.DialContext, transport = wires.dial, t })
	go server.Serve(wires)
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		server.Close()
	})
	if c.AWS.Credentials == nil {
		c.AWS.Credentials = credentials(nil)
	}
	c.AWS.HTTPClient = client
	c.AWS.Region, c.Endpoint, c.Table = "eu-central-1", "http://dynamodb.example", "books"
	c.Now = func() time.Time { return now }
	var err error
	if s.Store, err = dynamo.New(c); err != nil {
		t.Fatal(err)
	}
	return s
}

// wires lead from one client to one server within the process: whoever waits at one
// waits in the bubble.
type wires struct {
	laid chan net.Conn
	cut  chan struct{}
}

func (w wires) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case w.laid <- far:
		return near, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (w wires) Accept() (net.Conn, error) {
	select {
	case far := <-w.laid:
		return far, nil
	case <-w.cut:
		return nil, net.ErrClosed
	}
}

func (w wires) Close() error {
	close(w.cut)
	return nil
}

func (w wires) Addr() net.Addr { return &net.UnixAddr{Name: "wires"} }

var now = time.Date(2026, 11, 21, 3, 4, 5, 6, time.UTC)

func credentials(err error) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "AKIAOFNOACCOUNT", SecretAccessKey: secretKey, SessionToken: sessionToken}, err
	})
}

func (s *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.Errorf("a request cut short: %v", err)
	}
	s.mu.Lock()
	n := len(s.asked)
	s.asked = append(s.asked, request{strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "DynamoDB_20120810."), string(body)})
	s.mu.Unlock()
	if n >= len(s.steps) {
		s.Errorf("request %d, %s, is not in the script", n+1, s.asked[n].operation)
		w.WriteHeader(http.StatusTeapot)
		return
	}
	s.steps[n](w, r)
}

// requests are those so far, and holds that the script was played to its end.
func (s *scripted) requests() []request {
	s.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.asked) != len(s.steps) {
		s.Errorf("%d requests, where the script has %d", len(s.asked), len(s.steps))
	}
	return s.asked
}

func says(code int, body string) step {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.WriteHeader(code)
		io.WriteString(w, body)
	}
}

var good = says(http.StatusOK, `{}`)

// fails is an error as DynamoDB answers it; more are its other members, each with
// a comma before it.
func fails(code int, kind, message string, more ...string) step {
	text, _ := json.Marshal(message)
	return says(code, `{"__type":"com.amazonaws.dynamodb.v20120810#`+kind+`","message":`+string(text)+strings.Join(more, "")+`}`)
}

// cut ends the connection without an answer: the request may have been done.
func cut(w http.ResponseWriter, _ *http.Request) {
	connection, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	connection.Close()
}

// cutShort ends the connection in the middle of an answer.
func cutShort(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "100")
	io.WriteString(w, `{"Item":{"pk"`)
}

// hangs gives no answer until its client has gone.
func hangs(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// row is a row as DynamoDB writes it in an answer.
func row(version, writeID, day, document string) string {
	if day != "" {
		day = `,"day":{"S":"` + day + `"}`
	}
	return `{"pk":{"S":"p"},"sk":{"S":"s"},"version":{"N":"` + version + `"},"write_id":{"S":"` + writeID + `"},"document":{"M":` + document + `}` + day + `}`
}

// refusedOver is PutItem's answer where its condition failed over this row.
func refusedOver(row string) step {
	if row != "" {
		row = `,"Item":` + row
	}
	return fails(400, "ConditionalCheckFailedException", "The conditional request failed", row)
}

// cancelled is the answer of a transaction; a reason is its code, or its code and a
// row.
func cancelled(reasons ...string) step {
	var list []string
	for _, r := range reasons {
		code, row, _ := strings.Cut(r, " ")
		if row != "" {
			row = `,"Item":` + row
		}
		list = append(list, `{"Code":"`+code+`"`+row+`}`)
	}
	return fails(400, "TransactionCanceledException", "Transaction cancelled", `,"CancellationReasons":[`+strings.Join(list, ",")+`]`)
}

// read is the item that a change was made of, version 3; change is its next put.
func read() store.Item {
	return store.Item{Key: store.Key{Partition: "p", Sort: "s"}, Version: 3, WriteID: "w3", Day: "2030-01-02", Document: []byte(`{"entries":[{"a":1}]}`)}
}

func change() store.Put {
	after := read()
	after.WriteID, after.Document = "w4", []byte(`{"entries":[{"a":1},{"b":2}]}`)
	return store.Put{Before: read(), After: after}
}

func create() store.Put {
	return store.Put{After: store.Item{Key: store.Key{Partition: "p", Sort: "new"}, WriteID: "w1", Document: []byte(`{}`)}}
}
