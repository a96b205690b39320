package tests

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/serverless-checkout/serverless-checkout/shared/setup"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
	"github.com/serverless-checkout/serverless-checkout/shared/store/dynamo"
)

// counter is a DynamoDB that agrees to everything and writes down what the SDK asks of
// it, as the rights that AWS would hold it against.
type counter struct {
	t     *testing.T
	mu    sync.Mutex
	who   func() string
	takes map[string]map[string]bool // rights by function
	keys  map[string]map[string]bool // kinds of keys by function, with the call

	refuses bool // every condition, and does not say what stands in its way
}

// asked is what a request to DynamoDB names, whichever it is.
type asked struct {
	TableName, IndexName string
	Key, Item            map[string]map[string]any
	TransactItems        []struct {
		Put *struct {
			TableName string
			Item      map[string]map[string]any
		}
	}
	ExpressionAttributeValues map[string]map[string]any
}

func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var call asked
	if err == nil {
		err = json.Unmarshal(body, &call)
	}
	if err != nil {
		c.t.Errorf("not a request of DynamoDB: %v", err)
	}
	operation := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "DynamoDB_20120810.")
	partitions := []any{call.Key["pk"]["S"], call.Item["pk"]["S"]}
	for _, one := range call.TransactItems {
		// A transaction takes the right of each thing in it, and none of its own.
		if one.Put == nil || one.Put.TableName != call.TableName && call.TableName != "" {
			c.t.Errorf("a transaction of something else than puts: %s", body)
			continue
		}
		operation, call.TableName = "PutItem", one.Put.TableName
		partitions = append(partitions, one.Put.Item["pk"]["S"])
	}
	if operation == "Query" && call.IndexName == "" {
		for _, value := range call.ExpressionAttributeValues {
			partitions = append(partitions, value["S"])
		}
	}
	if call.TableName != "books" {
		c.t.Errorf("%s of the table %q", operation, call.TableName)
	}
	right := "dynamodb:" + operation + " on Table.Arn"
	if call.IndexName != "" {
		right = "dynamodb:" + operation + " on ${Table.Arn}/index/" + call.IndexName
	}
	c.note(c.takes, right)
	for _, partition := range partitions {
		if text, ok := partition.(string); ok {
			kind, _, _ := strings.Cut(text, "#")
			c.note(c.keys, operation+" "+kind)
		}
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	if c.refuses && operation == "PutItem" {
		w.WriteHeader(http.StatusBadRequest)
		io.WriteString(w, refusal(len(call.TransactItems)))
		return
	}
	io.WriteString(w, "{}")
}

// refusal is DynamoDB's answer to a put whose condition does not hold, or to a
// transaction of so many of them.
func refusal(together int) string {
	if together == 0 {
		return `{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}`
	}
	reasons := strings.Repeat(`,{"Code":"ConditionalCheckFailed"}`, together)[1:]
	return `{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","CancellationReasons":[` + reasons + `]}`
}

// client is the SDK's, for the counter.
func (c *counter) client() *dynamo.Store {
	c.t.Helper()
	server := httptest.NewServer(c)
	c.t.Cleanup(server.Close)
	sdk, err := dynamo.New(dynamo.Config{Endpoint: server.URL, Table: "books", AWS: aws.Config{
		Region: "eu-central-1",
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIAOFTHETESTS", SecretAccessKey: "tests"}, nil
		}),
	}})
	if err != nil {
		c.t.Fatal(err)
	}
	return sdk
}

func (c *counter) note(in map[string]map[string]bool, what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	who := c.who()
	if in[who] == nil {
		in[who] = map[string]bool{}
	}
	in[who][what] = true
}

// shadowed does everything a second time at the counter, through the SDK.
type shadowed struct {
	store.Store
	sdk *dynamo.Store
}

func (s shadowed) Get(ctx context.Context, key store.Key) (store.Item, error) {
	s.sdk.Get(ctx, key)
	return s.Store.Get(ctx, key)
}

// Glance goes the way that a deployed function takes.
func (s shadowed) Glance(ctx context.Context, key store.Key) (store.Item, error) {
	s.sdk.Glance(ctx, key)
	return s.Store.Get(ctx, key)
}

func (s shadowed) Query(ctx context.Context, q store.Query) (store.Page, error) {
	first := q
	first.Cursor = ""
	s.sdk.Query(ctx, first)
	return s.Store.Query(ctx, q)
}

func (s shadowed) Write(ctx context.Context, puts ...store.Put) error {
	s.sdk.Write(ctx, puts...)
	return s.Store.Write(ctx, puts...)
}

// grants are the rights that template.yaml gives a function.
func grants(t *testing.T, template any, function string) map[string]bool {
	t.Helper()
	given := map[string]bool{}
	policies, _ := valueAt(template, "Resources", function, "Properties", "Policies").([]any)
	for _, policy := range policies {
		statements, _ := valueAt(policy, "Statement").([]any)
		for _, s := range statements {
			actions, list := valueAt(s, "Action").([]any)
			if !list {
				actions = []any{valueAt(s, "Action")}
			}
			resource := refersTo(valueAt(s, "Resource"))
			if valueAt(s, "Effect") != "Allow" || resource == "" {
				t.Errorf("%s: not a right to one thing: %v", function, s)
			}
			for _, action := range actions {
				given[fmt.Sprint(action, " on ", resource)] = true
			}
		}
	}
	return given
}

// privilegeStage is an event stage whose table and secret say who asks.
func privilegeStage(t *testing.T, wants map[string]expectation, c *counter) *eventStage {
	t.Helper()
	s := &eventStage{wants: wants}
	c.who = func() string { return s.running }
	text, err := json.Marshal(worldSecret(firstSecret))
	if err != nil {
		t.Fatal(err)
	}
	held, err := setup.ReadSecrets(text)
	if err != nil {
		t.Fatal(err)
	}
	asks := func(*world) setup.SecretSource {
		return func(context.Context, *setup.Secrets) (*setup.Secrets, error) {
			c.note(c.takes, readSecret)
			return held, nil
		}
	}
	empty := func(store.Store) store.Store {
		now := func() time.Time { return s.clock.Now() } // the world comes after its table
		table, err := openTable(newTable(t), now)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { table.Close() })
		return table
	}
	s.world = newWorld(t, plan{store: empty, source: asks, env: eventSettings})
	return s
}

// TestLeastPrivilege: what each function of the template asks of DynamoDB and of its
// secret when every event is played is what its policy grants, at the SDK's own calls:
// nothing is missing, which would fail on AWS alone, and nothing is given for nothing.
// Functions are found in the template; one that is added needs events, and no line here.
func TestLeastPrivilege(t *testing.T) {
	c := &counter{t: t, takes: map[string]map[string]bool{}, keys: map[string]map[string]bool{}}
	sdk, wants := c.client(), eventFiles(t)
	for _, name := range slices.Sorted(maps.Keys(wants)) {
		s := privilegeStage(t, wants, c)
		s.handlers.Checkout.Store = shadowed{s.handlers.Checkout.Store, sdk}
		s.seed(wants[name].Seed)
		s.play(name)
	}
	template := readTemplate(t)
	functions := 0
	for _, id := range namesOf(valueAt(template, "Resources")) {
		if valueAt(template, "Resources", id, "Type") != "AWS::Serverless::Function" {
			continue
		}
		functions++
		given, took := grants(t, template, id), c.takes[id]
		for right := range took {
			if !given[right] {
				t.Errorf("%s takes %s, and may not", id, right)
			}
		}
		for right := range given {
			if !took[right] {
				t.Errorf("%s may %s, and never does", id, right)
			}
		}
		t.Logf("%s: %s", id, strings.Join(slices.Sorted(maps.Keys(c.keys[id])), ", "))
		for key := range c.keys[id] {
			if strings.HasPrefix(key, "PutItem prices") && id != "PriceListFunction" {
				t.Errorf("%s writes prices", id)
			}
		}
	}
	if functions < 11 || functions != len(c.takes) {
		t.Errorf("%d functions in the template, %d were played", functions, len(c.takes))
	}
}

// TestTallyIsTheSDKs: what a tally says that a call of the table takes is what the SDK
// then asks DynamoDB for, also where a write is refused.
func TestTallyIsTheSDKs(t *testing.T) {
	at := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	put := func(name string) store.Put {
		return store.Put{After: store.Item{Key: store.Key{Partition: name, Sort: "s"}, WriteID: "w", Document: []byte(`{}`)}}
	}
	query := func(q store.Query) func(store.Store) {
		q.Limit = 1
		return func(s store.Store) { s.Query(t.Context(), q) }
	}
	for name, call := range map[string]func(store.Store){
		"get":               func(s store.Store) { s.Get(t.Context(), put("a").After.Key) },
		"glance":            func(s store.Store) { store.Glance(t.Context(), s, put("a").After.Key) },
		"query rows":        query(store.Query{Partition: "a"}),
		"query a day":       query(store.Query{Day: "2026-11-21"}),
		"query what is due": query(store.Query{DueBefore: at}),
		"write one":         func(s store.Store) { s.Write(t.Context(), put("a")) },
		"write two":         func(s store.Store) { s.Write(t.Context(), put("a"), put("b")) },
	} {
		for _, refuses := range []bool{false, true} {
			table, err := openTable(newTable(t), func() time.Time { return at })
			if err != nil {
				t.Fatal(err)
			}
			c := &counter{t: t, takes: map[string]map[string]bool{}, keys: map[string]map[string]bool{}, refuses: refuses}
			c.who = func() string { return "the SDK" }
			call(c.client())
			if refuses {
				for _, standing := range []string{"a", "b"} {
					other := put(standing)
					other.After.WriteID = "another"
					if err := table.Write(t.Context(), other); err != nil {
						t.Fatal(err)
					}
				}
			}
			told := map[string]bool{}
			call(tally{table, func(_ context.Context, right string) { told[right] = true }})
			table.Close()
			if asked := c.takes["the SDK"]; len(asked) == 0 || !maps.Equal(told, asked) {
				t.Errorf("%s, refused %t: the tally says %v, the SDK asks for %v", name, refuses, told, asked)
			}
		}
	}
}
