package paypal

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

func amount(t *testing.T, text string) money.Amount {
	t.Helper()
	var a money.Amount
	if err := a.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return a
}

// digitalOrder has every part a quote can have.
func digitalOrder(t *testing.T) provider.Order {
	q := payment.Quote{
		Lines: []payment.Line{
			{SKU: "BOOK-1", Name: "E-book & <notes>", Quantity: 3, Unit: amount(t, "EUR 12.34")},
			{SKU: "STICK", Name: "Sticker", Quantity: 1, Unit: amount(t, "EUR 2.98")},
		},
		Tax: amount(t, "EUR 3.00"), Shipping: amount(t, "EUR 0.50"), Discount: amount(t, "EUR 2.00"),
		Total: amount(t, "EUR 41.50"),
	}
	if err := q.Check(); err != nil {
		t.Fatal(err)
	}
	return provider.Order{Payment: testPayment, Attempt: 1, Method: "paypal", Quote: q, Reference: "ORDER-1001", Language: "de"}
}

func physicalOrder(t *testing.T) provider.Order {
	o := oneLine(t, "USD 9.50", 2)
	o.Attempt, o.Quote.Lines[0].Name, o.Quote.Lines[0].SKU, o.Quote.Lines[0].Physical = 2, "Mug", "MUG", true
	o.Shipping = &provider.Shipping{
		Name: "Ada Example", Lines: []string{"1 Main Street", "Floor 2"},
		City: "Springfield", Region: "IL", Postcode: "62701", Country: "US",
	}
	return o
}

func oneLine(t *testing.T, unit string, quantity int64) provider.Order {
	price := amount(t, unit)
	q, err := payment.NewQuote(price.Currency, []payment.Line{{SKU: "S", Name: "N", Quantity: quantity, Unit: price}})
	if err != nil {
		t.Fatal(err)
	}
	return provider.Order{Payment: testPayment, Attempt: 1, Method: "paypal", Quote: q}
}

// TestGap04OrderRequest holds the exact bytes sent against recorded files.
func TestGap04OrderRequest(t *testing.T) {
	for file, order := range map[string]provider.Order{
		"order_request_digital.json":  digitalOrder(t),
		"order_request_physical.json": physicalOrder(t),
	} {
		t.Run(file, func(t *testing.T) {
			s, p := newServer(t, answers{createCall: reply(201, testdata(t, "created.json"))})
			got, err := p.CreateOrder(t.Context(), order)
			if err != nil {
				t.Fatal(err)
			}
			sent := s.to(createCall)[0]
			var want bytes.Buffer
			if err := json.Compact(&want, []byte(testdata(t, file))); err != nil {
				t.Fatal(err)
			}
			if sent.body != want.String() {
				t.Errorf("sent\n%s\nwant\n%s", sent.body, want.String())
			}
			if got.Order != testOrder || got.State != payment.OrderWaiting || got.Approve != LivePages+"/checkoutnow?token="+testOrder {
				t.Errorf("answered %+v", got)
			}
		})
	}
}

func TestGap20Amounts(t *testing.T) {
	for _, tt := range []struct{ unit, want string }{
		{"EUR 0.01", "0.01"},
		{"USD 1234567.89", "1234567.89"},
		{"JPY 1200", "1200"},
		{"HUF 1500.00", "1500"}, // two decimals in ISO 4217, none at PayPal
		{"TWD 99.00", "99"},
	} {
		_, p := newServer(t, nil)
		body, err := p.orderRequest(oneLine(t, tt.unit, 1))
		if err != nil {
			t.Fatal(err)
		}
		want := `"amount":{"currency_code":"` + tt.unit[:3] + `","value":"` + tt.want + `"`
		if !strings.Contains(string(body), want) {
			t.Errorf("%s: %s is not in %s", tt.unit, want, body)
		}
	}
}

// TestOrderRefusedUnsent: what PayPal could not take exactly is never sent, not
// rounded and not left for PayPal to refuse.
func TestOrderRefusedUnsent(t *testing.T) {
	inexactPart := oneLine(t, "HUF 1500.00", 1)
	inexactPart.Quote.Tax = amount(t, "HUF 0.50")
	otherMethod := digitalOrder(t)
	otherMethod.Method = "card"
	evil := digitalOrder(t)
	evil.Payment = "x\r\nPayPal-Request-Id: y"
	long := digitalOrder(t)
	long.Payment = strings.Repeat("a", 100)
	for name, tt := range map[string]struct {
		order provider.Order
		want  error
	}{
		"part of a forint":            {oneLine(t, "HUF 10.50", 1), provider.ErrAmount},
		"part of a Taiwan dollar":     {oneLine(t, "TWD 0.01", 1), provider.ErrAmount},
		"part of a forint in a line":  {oneLine(t, "HUF 10.50", 2), provider.ErrAmount},
		"part of a forint in the tax": {inexactPart, provider.ErrAmount},
		"a currency PayPal lacks":     {oneLine(t, "KRW 1000", 1), money.ErrCurrency},
		"a method not offered":        {otherMethod, nil},
		"an id that breaks a header":  {evil, nil},
		"a request id too long":       {long, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s, p := newServer(t, nil)
			_, err := p.CreateOrder(t.Context(), tt.order)
			wantClass(t, err, provider.OurBug)
			if tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("error %v is not %v", err, tt.want)
			}
			s.want(t, createCall, 0)
			s.want(t, tokenCall, 0)
		})
	}
}

// TestOrderRequestID: the same order is the same intent, another body is not.
func TestOrderRequestID(t *testing.T) {
	s, p := newServer(t, answers{createCall: reply(200, testdata(t, "created.json"))})
	dearer, second, other := digitalOrder(t), digitalOrder(t), digitalOrder(t)
	dearer.Quote.Tax, dearer.Quote.Total = amount(t, "EUR 3.01"), amount(t, "EUR 41.51")
	second.Attempt = 2
	other.Payment = "sc" + strings.Repeat("v", 26)
	for _, o := range []provider.Order{digitalOrder(t), digitalOrder(t), dearer, second, other} {
		if _, err := p.CreateOrder(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	var ids []string
	for _, r := range s.to(createCall) {
		ids = append(ids, r.header.Get("PayPal-Request-Id"))
	}
	if ids[0] != ids[1] {
		t.Errorf("one order, two request ids: %q", ids[:2])
	}
	seen := map[string]bool{}
	for _, id := range ids[1:] {
		if seen[id] || len(id) == 0 || len(id) > 108 || !strings.HasPrefix(id, "sc") {
			t.Errorf("%q is not a request id of its own", id)
		}
		seen[id] = true
	}
}

func TestOrderHeaders(t *testing.T) {
	s, p := newServer(t, answers{
		createCall:  reply(201, testdata(t, "created.json")),
		lookCall:    reply(200, testdata(t, "created.json")),
		captureCall: reply(201, testdata(t, "captured.json")),
	})
	if _, err := p.CreateOrder(t.Context(), digitalOrder(t)); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Look(t.Context(), testOrder); err != nil {
		t.Fatal(err)
	}
	if _, err := capture(t, p); err != nil {
		t.Fatal(err)
	}
	for _, call := range []string{createCall, lookCall, captureCall} {
		h := s.to(call)[0].header
		prefer := "return=representation"
		if call == lookCall {
			prefer = "" // a look has no such parameter (checkout_orders_v2)
		}
		if h.Get("Prefer") != prefer || h.Get("Authorization") != "Bearer "+testToken+"-1" || h.Get("Content-Type") != "application/json" {
			t.Errorf("%s was sent with %v", call, h)
		}
	}
	took := s.to(captureCall)[0]
	if took.header.Get("PayPal-Request-Id") != testCapture || took.body != "{}" {
		t.Errorf("capture sent %q with id %q", took.body, took.header.Get("PayPal-Request-Id"))
	}
	if id, sent := s.to(lookCall)[0].header[http.CanonicalHeaderKey("PayPal-Request-Id")]; sent {
		t.Errorf("a look carries the request id %q", id)
	}
	s.want(t, tokenCall, 1)
}

// TestCaptureWithoutIntent: a capture that carries no request id is one that
// can be made twice.
func TestCaptureWithoutIntent(t *testing.T) {
	for _, id := range []string{"", " ", "a b", "a\r\nb", strings.Repeat("a", 109), "ä"} {
		s, p := newServer(t, nil)
		_, err := p.Capture(t.Context(), provider.Capture{Order: testOrder, RequestID: id})
		wantClass(t, err, provider.OurBug)
		s.want(t, captureCall, 0)
	}
}

func TestOrderTexts(t *testing.T) {
	o := physicalOrder(t)
	o.Quote.Lines[0].Name = strings.Repeat("é", 200)
	o.Shipping.Lines, o.Shipping.Region = []string{"1 Main Street"}, ""
	_, p := newServer(t, nil)
	raw, err := p.orderRequest(o)
	if err != nil {
		t.Fatal(err)
	}
	var body orderRequest
	if err := json.Unmarshal(raw, &body); err != nil {
		t.Fatal(err)
	}
	unit := body.PurchaseUnits[0]
	if want := strings.Repeat("é", 127); unit.Items[0].Name != want {
		t.Errorf("name cut to %q", unit.Items[0].Name)
	}
	if a := unit.Shipping.Address; a.Line1 != "1 Main Street" || a.Line2 != "" || strings.Contains(string(raw), "admin_area_1") {
		t.Errorf("address %+v", a)
	}
}
