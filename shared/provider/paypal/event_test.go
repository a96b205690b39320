package paypal

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// heardFrom reads an event, whose signature is another test's matter.
func heardFrom(t *testing.T, body string) provider.Ring {
	t.Helper()
	_, p := newServer(t, nil)
	return p.readEvent([]byte(body))
}

// event is one with the parts that differ.
func event(kind, resource string) string {
	return fmt.Sprintf(`{"id":"WH-1","event_type":%q,"create_time":"2026-03-05T09:00:03.000Z","resource":%s}`, kind, resource)
}

func TestRing(t *testing.T) {
	at := func(day, hour, minute, second int) time.Time {
		return time.Date(2026, 3, day, hour, minute, second, 0, time.UTC)
	}
	_, p := newServer(t, nil)
	says := payment.Snapshot{Provider: Name, At: testTime, Payment: testPayment}
	order := says
	order.Order, order.State, order.Updated, order.Amount = testOrder, payment.OrderApproved, at(1, 10, 2, 0), money.New(4150, "EUR")
	captured := says
	captured.Order, captured.Amount = testOrder, money.New(4150, "EUR")
	captured.Captures = []payment.Capture{{
		Movement: payment.Movement{ID: testTaken, State: payment.Completed, Amount: money.New(4150, "EUR"), Created: at(1, 10, 5, 0), Updated: at(1, 10, 5, 1)},
		Order:    testOrder, Fee: money.New(179, "EUR"), Net: money.New(3971, "EUR"),
	}}
	refunded := says
	refunded.Refunds = []payment.Refund{givenBack()}
	disputed := says
	disputed.Disputes = []payment.Dispute{openDispute().Dispute}
	for _, tt := range []struct {
		body string
		want provider.Ring
	}{
		{testdata(t, "event_order_approved.json"), provider.Ring{
			ID: "WH-58D329510W468432D-8HN650336L201105X", Type: "CHECKOUT.ORDER.APPROVED", Known: true, Payment: testPayment, Order: testOrder, Says: order,
		}},
		{testdata(t, "event_capture_completed.json"), provider.Ring{
			ID: "WH-2WR32451HC0233532-67976317FL4543714", Type: "PAYMENT.CAPTURE.COMPLETED", Known: true,
			Payment: testPayment, Order: testOrder, Capture: testTaken, Says: captured,
		}},
		{testdata(t, "event_capture_refunded.json"), provider.Ring{
			ID: "WH-1GE84257G0350133W-6RW800890C634293G", Type: "PAYMENT.CAPTURE.REFUNDED", Known: true,
			Payment: testPayment, Capture: testTaken, Refund: testReturn, Says: refunded,
		}},
		{event("CUSTOMER.DISPUTE.CREATED", testdata(t, "dispute.json")), provider.Ring{
			ID: "WH-1", Type: "CUSTOMER.DISPUTE.CREATED", Known: true, Payment: testPayment, Capture: testTaken, Dispute: "PP-D-12345", Says: disputed,
		}},
	} {
		if got := p.readEvent([]byte(tt.body)); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("got\n%+v\nwant\n%+v", got, tt.want)
		}
	}
}

// TestRingKinds: every event of the list is known by each of its names, and tells
// what its resource is about.
func TestRingKinds(t *testing.T) {
	const order = `{"id":"` + testOrder + `","purchase_units":[{"custom_id":"` + testPayment + `"}]}`
	const capture = `{"id":"` + testTaken + `","custom_id":"` + testPayment + `","links":[{"rel":"up","href":"https://x/v2/checkout/orders/` + testOrder + `"}]}`
	const refund = `{"id":"` + testReturn + `","custom_id":"` + testRefund + `","links":[{"rel":"up","href":"https://x/v2/payments/captures/` + testTaken + `"}]}`
	const dispute = `{"dispute_id":"PP-D-1","disputed_transactions":[{"seller_transaction_id":"` + testTaken + `"}]}`
	heard := map[string]int{}
	for _, tt := range []struct {
		kinds, resource string
		want            provider.Ring
	}{
		{"CHECKOUT.ORDER.APPROVED CHECKOUT.ORDER.COMPLETED CHECKOUT.ORDER.VOIDED", order, provider.Ring{Payment: testPayment, Order: testOrder}},
		{"CHECKOUT.PAYMENT-APPROVAL.REVERSED", `{"order_id":"` + testOrder + `","purchase_units":[{"custom_id":"` + testPayment + `"}]}`, provider.Ring{Payment: testPayment, Order: testOrder}},
		{"PAYMENT.CAPTURE.COMPLETED PAYMENT.CAPTURE.PENDING PAYMENT.CAPTURE.DENIED PAYMENT.CAPTURE.DECLINED PAYMENT.CAPTURE.REVERSED", capture,
			provider.Ring{Payment: testPayment, Order: testOrder, Capture: testTaken}},
		{"PAYMENT.CAPTURE.REFUNDED PAYMENT.REFUND.PENDING PAYMENT.REFUND.FAILED PAYMENT.REFUND.COMPLETED PAYMENT.CAPTURE.REVERSED", refund,
			provider.Ring{Payment: testPayment, Capture: testTaken, Refund: testReturn}},
		{"CUSTOMER.DISPUTE.CREATED CUSTOMER.DISPUTE.UPDATED CUSTOMER.DISPUTE.RESOLVED", dispute, provider.Ring{Capture: testTaken, Dispute: "PP-D-1"}},
	} {
		for kind := range strings.FieldsSeq(tt.kinds) {
			heard[kind]++
			got := heardFrom(t, event(kind, tt.resource))
			if got.Says.Payment != got.Payment || got.Says.Order != got.Order || got.Says.Provider != Name {
				t.Errorf("%s says %+v", kind, got.Says)
			}
			got.Says = payment.Snapshot{}
			want := tt.want
			want.ID, want.Type, want.Known = "WH-1", kind, true
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v, want %+v", got, want)
			}
		}
	}
	for kind := range eventKinds {
		if heard[kind] == 0 {
			t.Errorf("%s is not in this test", kind)
		}
	}
	for _, kind := range []string{"PAYMENT.SALE.COMPLETED", "PAYMENT.AUTHORIZATION.CREATED", "PAYMENT.CAPTURE", "PAYMENT.CAPTURE.COMPLETED.", "X"} {
		if got := heardFrom(t, event(kind, capture)); !reflect.DeepEqual(got, provider.Ring{ID: "WH-1", Type: kind}) {
			t.Errorf("%s: %+v", kind, got)
		}
	}
}

// TestRingPoison: what is signed and cannot be read names no type, and is no error:
// PayPal would bring the same bytes for three days.
func TestRingPoison(t *testing.T) {
	for _, body := range []string{
		``, `{}`, `null`, `[]`, `"x"`, `not JSON`, `{`, `{"event_type":1}`, `{"event_type":null}`, `{"event_type":"a b"}`, event("payment.capture.completed", "{}"), `{"event_type":"x\u0000"}`,
		`{"event_type":"` + strings.Repeat("X", 81) + `"}`, `{"EVENT_TYPE":"PAYMENT.CAPTURE.COMPLETED","resource":{}}`, "\ufeff" + event("X", "{}"),
		event("X", "{}") + "{}", `{"event_type":"X","event_type":"PAYMENT.CAPTURE.COMPLETED","resource":{}}`, strings.Repeat("[", 20000),
		`{"event_type":"PAYMENT.CAPTURE.COMPLETED"}`, event("PAYMENT.CAPTURE.COMPLETED", `"x"`), event("PAYMENT.CAPTURE.COMPLETED", `[]`),
		event("PAYMENT.CAPTURE.COMPLETED", `{"id":1}`), event("PAYMENT.CAPTURE.COMPLETED", `{"id":"A","id":"B"}`), event("PAYMENT.CAPTURE.REFUNDED", `{"custom_id":{}}`),
		event("CHECKOUT.ORDER.APPROVED", `{"purchase_units":{}}`), event("CUSTOMER.DISPUTE.CREATED", `{"disputed_transactions":""}`),
		event("CHECKOUT.PAYMENT-APPROVAL.REVERSED", `7`), event("PAYMENT.CAPTURE.REVERSED", `{"links":1}`),
	} {
		if got := heardFrom(t, body); !reflect.DeepEqual(got, provider.Ring{}) {
			t.Errorf("%.80q: %+v", body, got)
		}
	}
}

// TestRingForms: whoever can sign may write what he likes; no id that could reach a
// path or a log gets through.
func TestRingForms(t *testing.T) {
	const evil = `"../../v1/oauth2/token\n"`
	links := `"links":[{"rel":"up","href":"https://x/v2/payments/captures/..%2f"},{"rel":"up","href":"https://x/v2/checkout/orders/?"}]`
	for kind, resource := range map[string]string{
		"CHECKOUT.ORDER.APPROVED":            `{"id":` + evil + `}`,
		"CHECKOUT.PAYMENT-APPROVAL.REVERSED": `{"order_id":` + evil + `}`,
		"PAYMENT.CAPTURE.COMPLETED":          `{"id":` + evil + `,"supplementary_data":{"related_ids":{"order_id":` + evil + `}},` + links + `}`,
		"PAYMENT.CAPTURE.REFUNDED":           `{"id":` + evil + `,` + links + `}`,
		"CUSTOMER.DISPUTE.UPDATED":           `{"dispute_id":` + evil + `,"disputed_transactions":[{"seller_transaction_id":` + evil + `,"custom":` + evil + `}]}`,
	} {
		body := strings.Replace(event(kind, resource), `"WH-1"`, evil, 1)
		got := heardFrom(t, body)
		if got.ID+got.Payment+got.Order+got.Capture+got.Refund+got.Dispute != "" || !got.Known {
			t.Errorf("%s: %+v", kind, got)
		}
		for _, c := range got.Says.Captures {
			if c.ID+c.Order != "" {
				t.Errorf("%s: %+v", kind, c)
			}
		}
		for _, r := range got.Says.Refunds {
			if r.ID+r.Capture+r.Own != "" {
				t.Errorf("%s: %+v", kind, r)
			}
		}
	}
	// A custom_id of whatever form is told: it is another sale's, and costs no call.
	if got := heardFrom(t, event("PAYMENT.CAPTURE.COMPLETED", `{"custom_id":"Order 15/"}`)); got.Payment != "Order 15/" {
		t.Errorf("%+v", got)
	}
	if got := heardFrom(t, event("PAYMENT.CAPTURE.COMPLETED", `{"custom_id":"`+strings.Repeat("x", 9999)+`"}`)); len(got.Payment) != maxText {
		t.Errorf("%d bytes", len(got.Payment))
	}
}

// TestRingHalfCharacters: a text that PayPal has cut in the middle of a character
// spoils nothing else.
func TestRingHalfCharacters(t *testing.T) {
	for _, place := range []string{"A EUR", "Sorry"} { // the summary, and the note in the resource
		body := strings.Replace(testdata(t, "event_capture_refunded.json"), place, "\xff\\ud83d", 1)
		if got := heardFrom(t, body); got.Refund != testReturn || got.Payment != testPayment {
			t.Errorf("%s: %+v", place, got)
		}
	}
}

// TestRingUnclear: an event whose amount nobody can read is still a doorbell, and
// one that is always news.
func TestRingUnclear(t *testing.T) {
	at := time.Date(2026, 3, 5, 9, 0, 3, 0, time.UTC)
	for _, rest := range []string{``, `,"amount":null`, `,"amount":{"currency_code":"XXX","value":"1"}`, `,"amount":{"currency_code":"EUR","value":"-1.00"}`} {
		capture := heardFrom(t, event("PAYMENT.CAPTURE.REVERSED", `{"id":"`+testTaken+`","status":"COMPLETED","custom_id":"`+testPayment+`"`+rest+`}`))
		want := payment.Movement{ID: testTaken, State: payment.Unclear, Created: at, Updated: at}
		if capture.Payment != testPayment || len(capture.Says.Captures) != 1 || !reflect.DeepEqual(capture.Says.Captures[0].Movement, want) {
			t.Errorf("%s: %+v", rest, capture)
		}
		refund := heardFrom(t, event("PAYMENT.CAPTURE.REFUNDED", `{"id":"`+testReturn+`","custom_id":"`+testPayment+`"`+rest+`}`))
		want.ID = testReturn
		if refund.Payment != testPayment || len(refund.Says.Refunds) != 1 || !reflect.DeepEqual(refund.Says.Refunds[0].Movement, want) {
			t.Errorf("%s: %+v", rest, refund)
		}
	}
	order := heardFrom(t, event("CHECKOUT.ORDER.APPROVED", `{"id":"`+testOrder+`","status":"APPROVED","purchase_units":[{"custom_id":"`+testPayment+`","amount":{}}]}`))
	if order.Payment != testPayment || order.Says.State != payment.OrderApproved {
		t.Errorf("%+v", order)
	}
}

// TestRingRefundMadeElsewhere: a refund of the dashboard carries the payment's own
// custom_id, none, or another sale's.
func TestRingRefundMadeElsewhere(t *testing.T) {
	for customID, want := range map[string]string{
		testPayment: testPayment, testRefund: testPayment, "": "", "a-b-c": "a-b", "-": "", "Order 15": "Order 15",
	} {
		got := heardFrom(t, event("PAYMENT.CAPTURE.REFUNDED", fmt.Sprintf(`{"id":"R1","custom_id":%q,"amount":{"currency_code":"EUR","value":"1.00"},"status":"COMPLETED"}`, customID)))
		own := ""
		if customID == testRefund || customID == "a-b-c" {
			own = customID
		}
		if got.Payment != want || got.Says.Refunds[0].Own != own {
			t.Errorf("%q: %+v", customID, got)
		}
	}
}

// TestRingReversedApproval: the buyer has the money back, so the order is over.
func TestRingReversedApproval(t *testing.T) {
	got := heardFrom(t, event("CHECKOUT.PAYMENT-APPROVAL.REVERSED", `{"order_id":"`+testOrder+`","purchase_units":[{"custom_id":"`+testPayment+`","amount":{"currency_code":"EUR","value":"41.50"}}]}`))
	if s := got.Says; s.State != payment.OrderVoided || !s.Updated.Equal(time.Date(2026, 3, 5, 9, 0, 3, 0, time.UTC)) || s.Amount != money.New(4150, "EUR") {
		t.Errorf("%+v", got)
	}
}

// TestRingOnceNews: what the payment holds already is not worth a call, however
// often it rings; what it does not hold is.
func TestRingOnceNews(t *testing.T) {
	s, p := newBell(t, nil)
	quote := digitalOrder(t).Quote
	fresh := payment.New(testPayment, "", "", "DE", quote, testTime)
	fresh.Attempts = []payment.Attempt{{Number: 1, Provider: Name, Account: account(p), Method: "paypal", Order: testOrder, Created: testTime}}
	for _, file := range []string{"event_order_approved.json", "event_capture_completed.json", "event_capture_refunded.json"} {
		ring, err := p.Hear(t.Context(), s.signed(testdata(t, file)).delivery())
		if err != nil || !isNews(fresh, ring.Says) {
			t.Errorf("%s is no news: %+v, %v", file, ring, err)
		}
		fresh = payment.Observe(fresh, ring.Says)
		for _, r := range ring.Says.Refunds {
			fresh = payment.ObserveRefund(fresh, r)
		}
		if isNews(fresh, ring.Says) {
			t.Errorf("%s is news twice", file)
		}
	}
}

func isNews(p payment.Payment, s payment.Snapshot) bool {
	news, known := payment.News(p, s)
	return news && known
}
