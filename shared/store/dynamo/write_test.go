package dynamo_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
	"github.com/serverless-checkout/serverless-checkout/shared/store/dynamo"
)

// The rows that may stand where change wants to put its own, and one for create.
var (
	own        = row("4", "w4", "2030-01-02", `{}`)
	moved      = row("5", "w5", "2030-01-02", `{}`)
	others     = row("4", "w9", "2030-01-02", `{}`)
	altered    = row("3", "w3", "2030-01-02", `{"entries":{"L":[{"M":{"a":{"N":"2"}}}]}}`)
	withoutAny = row("3", "w3", "2030-01-02", `{}`)
	otherDay   = row("3", "w3", "2030-01-03", `{"entries":{"L":[{"M":{"a":{"N":"1"}}}]}}`)
	asRead     = row("3", "w3", "2030-01-02", `{"entries":{"L":[{"M":{"a":{"N":"1"}}}]}}`)
	notOurs    = `{"pk":{"S":"p"},"sk":{"S":"s"},"version":{"S":"four"}}`

	ownNew = row("1", "w1", "", `{}`)
)

func TestOnePutRefused(t *testing.T) {
	for _, c := range []struct {
		name  string
		put   store.Put
		steps []step
		want  error
	}{
		{"done, and its acknowledgement lost", change(), []step{cut, refusedOver(own)}, nil},
		{"done, and its answer cut short", change(), []step{cutShort, refusedOver(own)}, nil},
		{"done by a Write before this", change(), []step{refusedOver(own)}, nil},
		{"done, then another came", change(), []step{cut, refusedOver(moved)}, store.ErrConflict},
		{"another came first", change(), []step{refusedOver(others)}, store.ErrConflict},
		{"gone", change(), []step{refusedOver(""), good}, store.ErrConflict},
		{"row not sent, own", change(), []step{refusedOver(""), says(200, `{"Item":`+own+`}`)}, nil},
		{"row not sent, another's", change(), []step{refusedOver(""), says(200, `{"Item":`+others+`}`)}, store.ErrConflict},
		{"row not sent, and no answer", change(), []step{refusedOver(""), cut, cut, cut}, store.ErrUnavailable},
		{"entries altered", change(), []step{refusedOver(altered)}, store.ErrInvalid},
		{"entries where there are none", change(), []step{refusedOver(withoutAny)}, store.ErrInvalid},
		{"day altered", change(), []step{refusedOver(otherDay)}, store.ErrInvalid},
		{"refused for nothing", change(), []step{refusedOver(asRead)}, store.ErrUnavailable},
		{"a row of another form", change(), []step{refusedOver(notOurs)}, store.ErrUnavailable},
		{"created, and its acknowledgement lost", create(), []step{cut, refusedOver(ownNew)}, nil},
		{"created by another", create(), []step{refusedOver(others)}, store.ErrConflict},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := script(t, c.steps...)
				holdKind(t, s.Write(t.Context(), c.put), c.want)
				s.requests()
			})
		})
	}
}

func TestTogetherCancelled(t *testing.T) {
	const failed, none = "ConditionalCheckFailed ", "None"
	conflict, slow, throttled := "TransactionConflict", "ProvisionedThroughputExceeded", "ThrottlingError"
	for _, c := range []struct {
		name  string
		steps []step
		want  error
	}{
		{"done, and its acknowledgement lost", []step{cut, good}, nil}, // known by its token
		{"done long ago", []step{cancelled(failed+own, failed+ownNew)}, nil},
		{"done, rows not sent", []step{cancelled(failed, failed+ownNew), says(200, `{"Item":`+own+`}`)}, nil},
		{"done, one moved on", []step{cancelled(failed+moved, failed+ownNew)}, store.ErrConflict},
		{"one half is ours", []step{cancelled(none, failed+ownNew)}, store.ErrConflict},
		{"another came first", []step{cancelled(failed+others, none)}, store.ErrConflict},
		{"gone", []step{cancelled(failed, none), good}, store.ErrConflict},
		{"entries altered", []step{cancelled(failed+altered, none)}, store.ErrInvalid},
		{"the first fault counts", []step{cancelled(failed+altered, failed+others)}, store.ErrInvalid},
		{"another first, then a fault", []step{cancelled(failed+others, failed+altered)}, store.ErrConflict},
		{"met another, then good", []step{cancelled(conflict, none), good}, nil},
		{"met others twice, then good", []step{cancelled(none, conflict), cancelled(conflict, conflict), good}, nil},
		{"met others to the end", []step{cancelled(conflict, none), cancelled(conflict, none), cancelled(none, conflict)}, store.ErrUnavailable},
		{"met another, own since", []step{cancelled(conflict, none), cancelled(failed+own, failed+ownNew)}, nil},
		{"half ours, half held by another", []step{cancelled(failed+own, conflict)}, store.ErrUnavailable},
		{"too fast, then good", []step{cancelled(slow, none), cancelled(none, throttled), good}, nil},
		{"not valid", []step{cancelled(none, "ValidationError")}, store.ErrInvalid},
		{"too large together", []step{cancelled("ItemCollectionSizeLimitExceeded", none)}, store.ErrUnavailable},
		{"reasons that do not fit", []step{cancelled(failed + own)}, store.ErrUnavailable},
		{"in progress, then good", []step{fails(400, "TransactionInProgressException", "in progress"), good}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := script(t, c.steps...)
				holdKind(t, s.Write(t.Context(), change(), create()), c.want)
				asked := s.requests()
				for _, r := range asked[1:] {
					if r.operation == "TransactWriteItems" && r.body != asked[0].body {
						t.Errorf("sent again as another request:\n%s\n%s", asked[0].body, r.body)
					}
				}
			})
		})
	}
}

// TestConditionsAreSent: what stands in the way of a put is DynamoDB's to refuse, in
// the same moment. DynamoDB Local holds what these conditions do; here they are held
// to be asked for, by every put, where Go is all there is.
func TestConditionsAreSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const (
			isNew  = "attribute_not_exists(#pk) OR (#expires <= :now AND #write <> :write)"
			asRead = "#version = :version AND #write = :write AND #day = :day AND #document.#entries = :entries"
		)
		type put struct {
			ConditionExpression                 string
			ExpressionAttributeNames            map[string]string
			ExpressionAttributeValues           map[string]map[string]any
			ReturnValuesOnConditionCheckFailure string
		}
		s := script(t, good, good, good)
		for _, puts := range [][]store.Put{{create()}, {change()}, {create(), change()}} {
			if err := s.Write(t.Context(), puts...); err != nil {
				t.Fatal(err)
			}
		}
		var sent []put
		for _, r := range s.requests() {
			var body struct {
				put
				TransactItems []struct{ Put put }
			}
			if err := json.Unmarshal([]byte(r.body), &body); err != nil {
				t.Fatal(err)
			}
			if len(body.TransactItems) == 0 {
				sent = append(sent, body.put)
			}
			for _, item := range body.TransactItems {
				sent = append(sent, item.Put)
			}
		}
		for i, want := range []string{isNew, asRead, isNew, asRead} {
			if got := sent[i].ConditionExpression; got != want {
				t.Errorf("put %d is conditional on %q, want %q", i, got, want)
			}
			if sent[i].ReturnValuesOnConditionCheckFailure != "ALL_OLD" {
				t.Errorf("put %d does not ask for the row that stands in its way", i)
			}
		}
		values, names := sent[1].ExpressionAttributeValues, sent[1].ExpressionAttributeNames
		if values[":version"]["N"] != "3" || values[":write"]["S"] != "w3" || names["#version"] != "version" || names["#write"] != "write_id" || names["#entries"] != "entries" {
			t.Errorf("a change is held against %v by %v", values, names)
		}
	})
}

// TestReadsAreConsistent: what money hangs on is read as it is, and not as it was.
func TestReadsAreConsistent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := script(t, says(http.StatusOK, `{"Item":`+own+`}`), says(http.StatusOK, `{"Items":[]}`))
		if _, err := s.Get(t.Context(), read().Key); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Query(t.Context(), store.Query{Partition: "p", Limit: 1}); err != nil {
			t.Fatal(err)
		}
		for _, r := range s.requests() {
			if !strings.Contains(r.body, `"ConsistentRead":true`) {
				t.Errorf("%s reads what may be old: %s", r.operation, r.body)
			}
		}
	})
}

// TestEachWriteHasItsToken: a token that two calls shared would make DynamoDB take
// the second for done, though another write came in between.
func TestEachWriteHasItsToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := script(t, good, good)
		for range 2 {
			if err := s.Write(t.Context(), change(), create()); err != nil {
				t.Fatal(err)
			}
		}
		asked := s.requests()
		if !strings.Contains(asked[0].body, `"ClientRequestToken":"`) || asked[0].body == asked[1].body {
			t.Errorf("one token for two writes, or none: %s", asked[0].body)
		}
	})
}

// TestOneItemIsNoTransaction: it would cost twice as much.
func TestOneItemIsNoTransaction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := script(t, good)
		if err := s.Write(t.Context(), change()); err != nil {
			t.Fatal(err)
		}
		if asked := s.requests(); asked[0].operation != "PutItem" {
			t.Errorf("asked by %s", asked[0].operation)
		}
	})
}

// TestNothingLeavesThatIsNotLawful: what Check refuses is not sent.
func TestNothingLeavesThatIsNotLawful(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := script(t)
		shrinks := change()
		shrinks.After.Document = []byte(`{"entries":[]}`)
		holdKind(t, s.Write(t.Context(), shrinks), store.ErrInvalid)
		holdKind(t, s.Write(t.Context(), create(), shrinks), store.ErrInvalid)
		_, err := s.Get(t.Context(), store.Key{})
		holdKind(t, err, store.ErrInvalid)
		_, err = s.Query(t.Context(), store.Query{Day: "today", Limit: 1})
		holdKind(t, err, store.ErrInvalid)
		s.requests()
	})
}

// TestConsumedIsAskedForWhereSomebodyLooks: the figure costs bytes on the wire.
func TestConsumedIsAskedForWhereSomebodyLooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plain := script(t, good)
		plain.Write(t.Context(), change())
		if body := plain.requests()[0].body; strings.Contains(body, "ReturnConsumedCapacity") {
			t.Errorf("asked for what nobody looks at: %s", body)
		}
		var told []dynamo.Consumed
		const capacity = `{"TableName":"books","CapacityUnits":3,"Table":{"CapacityUnits":1},"GlobalSecondaryIndexes":{"due":{"CapacityUnits":2}}}`
		observed := scriptWith(t, dynamo.Config{Observe: func(c dynamo.Consumed) { told = append(told, c) }},
			says(http.StatusOK, `{"ConsumedCapacity":`+capacity+`}`), refusedOver(own), says(http.StatusOK, `{"ConsumedCapacity":[`+capacity+`]}`))
		for range 2 {
			if err := observed.Write(t.Context(), change()); err != nil {
				t.Fatal(err)
			}
		}
		if err := observed.Write(t.Context(), change(), create()); err != nil {
			t.Fatal(err)
		}
		if body := observed.requests()[0].body; !strings.Contains(body, `"ReturnConsumedCapacity":"INDEXES"`) {
			t.Errorf("not asked for: %s", body)
		}
		if len(told) != 2 || told[0].Call != "PutItem" || told[0].Puts != 1 || told[1].Call != "TransactWriteItems" || told[1].Puts != 2 {
			t.Fatalf("told %+v", told)
		}
		for _, c := range told {
			if *c.Capacity.Table.CapacityUnits != 1 || *c.Capacity.GlobalSecondaryIndexes["due"].CapacityUnits != 2 {
				t.Errorf("told %+v", c)
			}
		}
	})
}

// holdKind holds an error against the closed set, and that it shows no secret.
func holdKind(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
	for _, kind := range []error{store.ErrNotFound, store.ErrConflict, store.ErrInvalid, store.ErrUnavailable} {
		if kind != want && errors.Is(err, kind) {
			t.Errorf("%v is %v too", err, kind)
		}
	}
	for err := err; err != nil; err = errors.Unwrap(err) {
		if text := err.Error(); strings.Contains(text, secretKey) || strings.Contains(text, sessionToken) {
			t.Errorf("a secret in %s", text)
		}
	}
}
