package payment

import (
	"encoding/json"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

func TestQuoteAddsUp(t *testing.T) {
	line := func(qty, minor int64) Line {
		return Line{SKU: "A", Name: "A", Quantity: qty, Unit: money.New(minor, "EUR")}
	}
	for name, c := range map[string]struct {
		lines []Line
		total int64
		fails bool
	}{
		"one line":            {[]Line{line(3, 333)}, 999, false},
		"nothing":             {nil, 0, true},
		"free of charge":      {[]Line{line(1, 0)}, 0, true},
		"no quantity":         {[]Line{line(0, 100)}, 0, true},
		"negative quantity":   {[]Line{line(-1, 100)}, 0, true},
		"negative price":      {[]Line{line(1, -100)}, 0, true},
		"overflow":            {[]Line{line(2, math.MaxInt64)}, 0, true},
		"overflow of the sum": {[]Line{line(1, math.MaxInt64), line(1, 1)}, 0, true},
		"two currencies":      {[]Line{line(1, 1), {SKU: "B", Name: "B", Quantity: 1, Unit: money.New(1, "USD")}}, 0, true},
		"too many lines":      {make([]Line, MaxLines+1), 0, true},
	} {
		q, err := NewQuote("EUR", c.lines)
		if (err != nil) != c.fails || (err == nil && q.Total.Minor != c.total) || (err != nil && !errors.Is(err, ErrQuote)) {
			t.Errorf("%s: total %v, %v", name, q.Total, err)
		}
	}
	q := Quote{Lines: []Line{line(2, 1000)}, Discount: money.New(150, "EUR"), Tax: money.New(200, "EUR"), Shipping: money.New(490, "EUR"), Total: money.New(2540, "EUR")}
	if err := q.Check(); err != nil {
		t.Error(err)
	}
	q.Total.Minor++
	if err := q.Check(); !errors.Is(err, ErrQuote) {
		t.Errorf("a cent too many was not found: %v", err)
	}
}

// What an ordinary purchase weighs is what each of its writes costs.
func TestAnOrdinaryPurchaseIsSmall(t *testing.T) {
	p := offered(1)
	p.ID, p.Attempts[0].Order = "sc0123456789abcdefghijklmnop", "5O190127TN364715T"
	p.Attempts[0].Approve = "https://www.paypal.com/checkoutnow?token=5O190127TN364715T"
	p = order(OrderApproved)(p, start.Add(time.Minute))
	p = charge("3C679366HH908993F", Completed, 4500)(p, start.Add(time.Minute))
	text, _ := json.Marshal(p)
	// Quotes, colons and commas are not stored by DynamoDB, and the keys, the
	// version and the due are stored besides: JSON's length is close to both.
	if len(text) > 1024 {
		t.Errorf("an ordinary purchase has %d bytes as JSON: %s", len(text), text)
	}

	// With the row of its sale as well, as DynamoDB counts it, and room for what is
	// stored besides.
	p = ObserveRows(p, row(EntrySale, "3C679366HH908993F", "T0006", 4500, -192, start.Add(time.Minute)))
	text, err := Encode(p)
	if err != nil {
		t.Fatal(err)
	}
	if size, err := store.DocumentBytes(text); err != nil || size > 1024-150 {
		t.Errorf("settled, an ordinary purchase has %d bytes, %v: %s", size, err, text)
	}
}

func TestEventTextForm(t *testing.T) {
	for _, e := range []Event{{At: start, Code: "created"}, {At: start, Code: "captured", Ref: "3C679366HH908993F"}} {
		text, _ := e.MarshalText()
		var back Event
		if err := back.UnmarshalText(text); err != nil || back != e {
			t.Errorf("%q read back as %+v, %v", text, back, err)
		}
	}
	for _, text := range []string{"", "created", "yesterday created"} {
		if err := new(Event).UnmarshalText([]byte(text)); !errors.Is(err, ErrEvent) {
			t.Errorf("%q was read: %v", text, err)
		}
	}
}
