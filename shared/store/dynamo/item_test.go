package dynamo_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
	"github.com/serverless-checkout/serverless-checkout/shared/store/dynamo"
)

// payment is what testdata/payment.json holds.
func payment() store.Item {
	const id = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
	return store.Item{
		Key: store.PaymentKey(id), Version: 2, WriteID: "3f6c0c7e8a9b4d5e", Day: "2026-11-21",
		Due: time.Date(2026, 11, 21, 10, 45, 5, 0, time.UTC), Expires: time.Date(2026, 12, 21, 10, 45, 5, 0, time.UTC),
		Document: []byte(`{"empty":"","entries":[{"big":12345678901234567890123456789012345678,"kind":"capture","minor":3700}],"id":"` + id + `",` +
			`"lines":[{"minor":1900,"name":"Zürich \"東京\" 🛒\n","quantity":2,"sku":"tee-black"},{"minor":-100,"sku":"discount"}],` +
			`"live":true,"note":null,"nothing":{},"schema":1}`),
	}
}

// TestARowOfThisForm: a row like this stands in tables from the first release on.
// It must load for ever, so the file is added to and never changed.
func TestARowOfThisForm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept, err := os.ReadFile("testdata/payment.json")
		if err != nil {
			t.Fatal(err)
		}
		s := script(t, says(http.StatusOK, `{"Item":`+string(kept)+`}`), good)
		got, err := s.Get(t.Context(), payment().Key)
		if err != nil {
			t.Fatalf("got %+v, %v", got, err)
		}
		if want := payment(); string(got.Document) != string(want.Document) || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got\n%s\n%+v\nwant\n%s\n%+v", got.Document, got, want.Document, want)
		}

		// And it is written in the same form.
		before := payment()
		before.Version, before.WriteID = 1, "before"
		if err := s.Write(t.Context(), store.Put{Before: before, After: payment()}); err != nil {
			t.Fatal(err)
		}
		var sent struct{ Item any }
		var want any
		if err := json.Unmarshal([]byte(s.requests()[1].body), &sent); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(kept, &want); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(sent.Item, want) {
			t.Errorf("sent\n%v\nwant\n%v", sent.Item, want)
		}
	})
}

// TestRowsOfAnotherForm: a row that somebody wrote by hand is not taken for a
// payment, and not for none either.
func TestRowsOfAnotherForm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, item := range map[string]string{
			"no version":            `{"pk":{"S":"p"},"sk":{"S":"s"},"write_id":{"S":"w"},"document":{"M":{}}}`,
			"version a text":        `{"pk":{"S":"p"},"sk":{"S":"s"},"version":{"S":"1"},"write_id":{"S":"w"},"document":{"M":{}}}`,
			"version not whole":     `{"pk":{"S":"p"},"sk":{"S":"s"},"version":{"N":"1.5"},"write_id":{"S":"w"},"document":{"M":{}}}`,
			"no write id":           `{"pk":{"S":"p"},"sk":{"S":"s"},"version":{"N":"1"},"document":{"M":{}}}`,
			"no document":           `{"pk":{"S":"p"},"sk":{"S":"s"},"version":{"N":"1"},"write_id":{"S":"w"}}`,
			"document a text":       `{"pk":{"S":"p"},"sk":{"S":"s"},"version":{"N":"1"},"write_id":{"S":"w"},"document":{"S":"{}"}}`,
			"bytes in the document": `{"pk":{"S":"p"},"sk":{"S":"s"},"version":{"N":"1"},"write_id":{"S":"w"},"document":{"M":{"a":{"B":"YQ=="}}}}`,
			"due a text":            `{"pk":{"S":"p"},"sk":{"S":"s"},"version":{"N":"1"},"write_id":{"S":"w"},"due":{"S":"soon"},"document":{"M":{}}}`,
			"day a number":          `{"pk":{"S":"p"},"sk":{"S":"s"},"version":{"N":"1"},"write_id":{"S":"w"},"day":{"N":"1"},"document":{"M":{}}}`,
		} {
			s := script(t, says(http.StatusOK, `{"Item":`+item+`}`), says(http.StatusOK, `{"Items":[`+item+`]}`))
			_, err := s.Get(t.Context(), read().Key)
			if err == nil {
				t.Errorf("%s: taken", name)
			}
			holdKind(t, err, store.ErrUnavailable)
			_, err = s.Query(t.Context(), store.Query{Partition: "p", Limit: 5})
			holdKind(t, err, store.ErrUnavailable)
			s.requests()
		}
	})
}

// TestBytes counts by hand: names, texts, digits in pairs, and what lies around
// lists and maps.
func TestBytes(t *testing.T) {
	for _, c := range []struct {
		item store.Item
		want int
	}{
		// pk 2+1, sk 2+1, version 7+2, write_id 8+1, document 8+3
		{store.Item{Key: store.Key{Partition: "p", Sort: "s"}, Version: 1, WriteID: "w", Document: []byte(`{}`)}, 35},
		// and due 3+6, shard 5+1, expires 7+6, day 3+10
		{store.Item{Key: store.Key{Partition: "p", Sort: "s"}, Version: 1, WriteID: "w", Document: []byte(`{}`),
			Due: time.Unix(1795257905, 0), Expires: time.Unix(1795257905, 0), Day: "2026-11-21"}, 35 + 9 + 6 + 13 + 13},
		// and a member: 1, its name 1, a text of 2
		{store.Item{Key: store.Key{Partition: "p", Sort: "s"}, Version: 123, WriteID: "w", Document: []byte(`{"a":"é"}`)}, 35 + 1 + 4},
	} {
		if got, err := dynamo.Bytes(c.item); err != nil || got != c.want {
			t.Errorf("%+v: %d bytes, %v, want %d", c.item, got, err, c.want)
		}
	}
}
