package paypal

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

const (
	testTaken   = "3C679366HH908993F" // the provider's id of the capture
	testReturn  = "0JF852973C016714D" // and of the refund
	testRefund  = testPayment + "-9f8e7d6c5b4a"
	refundCall  = "POST /v2/payments/captures/" + testTaken + "/refund"
	refundLook  = "GET /v2/payments/refunds/" + testReturn
	captureLook = "GET /v2/payments/captures/" + testTaken
)

func giveBack(t *testing.T, p *PayPal) (payment.Refund, error) {
	t.Helper()
	return p.Refund(t.Context(), provider.Refund{
		Capture: testTaken, ID: testRefund, Amount: money.New(150, "EUR"), Remark: "Sorry & goodbye",
	})
}

func givenBack() payment.Refund {
	day := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	return payment.Refund{
		Movement: payment.Movement{ID: testReturn, State: payment.Completed, Amount: money.New(150, "EUR"), Created: day, Updated: day.Add(time.Second)},
		Own:      testRefund, Capture: testTaken,
	}
}

func TestRefund(t *testing.T) {
	s, p := newServer(t, answers{refundCall: inTurn(reply(201, testdata(t, "refunded.json")), reply(200, testdata(t, "refunded.json")))})
	for range 2 {
		got, err := giveBack(t, p)
		if err != nil || !reflect.DeepEqual(got, givenBack()) {
			t.Errorf("%+v, %v", got, err)
		}
	}
	sent := s.to(refundCall)
	const want = `{"amount":{"currency_code":"EUR","value":"1.50"},"custom_id":"` + testRefund + `","invoice_id":"` + testRefund + `","note_to_payer":"Sorry & goodbye"}`
	if sent[0].body != want || sent[1].body != want {
		t.Errorf("sent %s\nwant %s", sent[0].body, want)
	}
	for _, r := range sent {
		if r.header.Get("PayPal-Request-Id") != testRefund || r.header.Get("Prefer") != "return=representation" {
			t.Errorf("headers %v", r.header)
		}
	}
}

// TestRefundStates: a refund that waits or has failed is told as what it is.
func TestRefundStates(t *testing.T) {
	for status, want := range map[string]payment.State{
		"PENDING": payment.Pending, "FAILED": payment.Failed, "CANCELLED": payment.Failed, "NEW": payment.Unclear,
	} {
		_, p := newServer(t, answers{refundCall: reply(201, strings.Replace(testdata(t, "refunded.json"), "COMPLETED", status, 1))})
		if got, err := giveBack(t, p); err != nil || got.State != want || got.Own != testRefund {
			t.Errorf("%s: %+v, %v", status, got, err)
		}
	}
}

func TestRefundRemark(t *testing.T) {
	for remark, want := range map[string]string{
		"": "", " \n\t": "", "a\nb\r\n\u2028c": "a b c", strings.Repeat("ü", 300): strings.Repeat("ü", 255), "\xff": "\uFFFD",
	} {
		body, err := refundBytes(provider.Refund{ID: testRefund, Amount: money.New(1, "EUR"), Remark: remark})
		var sent map[string]any
		if err != nil || json.Unmarshal(body, &sent) != nil {
			t.Fatalf("%q: %s, %v", remark, body, err)
		}
		note, there := sent["note_to_payer"].(string)
		if note != want || there != (want != "") {
			t.Errorf("%q: %s", remark, body)
		}
	}
}

// TestRefundNotSent: an id that is not of PayPal's form reaches no call.
func TestRefundNotSent(t *testing.T) {
	for _, capture := range []string{"cap1", strings.Repeat("A", 37), "3C679366-HH908993F"} {
		s, p := newServer(t, nil)
		_, err := p.Refund(t.Context(), provider.Refund{Capture: capture, ID: testRefund, Amount: money.New(150, "EUR")})
		if wantClass(t, err, provider.OurBug); len(s.received) != 0 {
			t.Errorf("%s: sent %v", capture, s.received)
		}
	}
}

// TestRefundMinimal: an answer without the amount is followed by a look at the
// refund, at the path of the specification (the library has another).
func TestRefundMinimal(t *testing.T) {
	minimal := `{"id":"` + testReturn + `","status":"COMPLETED","links":[]}`
	s, p := newServer(t, answers{refundCall: reply(200, minimal), refundLook: reply(200, testdata(t, "refunded.json"))})
	if got, err := giveBack(t, p); err != nil || !reflect.DeepEqual(got, givenBack()) {
		t.Errorf("%+v, %v", got, err)
	}
	s.want(t, refundCall, 1)
	s.want(t, refundLook, 1)
	for name, look := range map[string]http.HandlerFunc{
		"401": reply(401, ""), "403": reply(403, issuesBody("NOT_AUTHORIZED", "PERMISSION_DENIED")), "404": reply(404, testdata(t, "not_found.json")),
		"422": reply(422, issuesBody("UNPROCESSABLE_ENTITY", "REFUND_NOT_ALLOWED")), "429": reply(429, ""), "500": reply(500, ""),
		"reset": reset, "minimal": reply(200, minimal), "another": reply(200, strings.ReplaceAll(testdata(t, "refunded.json"), testReturn, "1AA")),
	} {
		t.Run(name, func(t *testing.T) {
			_, p := newServer(t, answers{refundCall: reply(201, minimal), refundLook: look})
			got, err := giveBack(t, p)
			if wantClass(t, err, provider.Look); !reflect.DeepEqual(got, payment.Refund{}) {
				t.Errorf("left behind %+v", got)
			}
		})
	}
}

// TestNotTheRefund: ours may have been made all the same.
func TestNotTheRefund(t *testing.T) {
	good := testdata(t, "refunded.json")
	for name, body := range map[string]string{
		"another custom_id": strings.Replace(good, `"custom_id": "`+testRefund, `"custom_id": "`+testPayment+`-000000000000`, 1),
		"another capture":   strings.Replace(good, "captures/"+testTaken, "captures/CAP1", 1),
		"another id":        strings.Replace(good, `"id": "`+testReturn, `"id": "1K2345678L901234M`, 1),
		"another amount":    strings.Replace(good, "1.50", "1.51", 1),
		"another currency":  strings.Replace(good, "EUR", "USD", 1),
		"negative":          strings.Replace(good, "1.50", "-1.50", 1),
		"no id":             strings.Replace(good, `"id": "`+testReturn+`",`, "", 1),
		"an evil id":        strings.Replace(good, `"id": "`, `"id": "../`, 1),
		"amount twice":      strings.Replace(good, `"status"`, `"amount":{},"status"`, 1),
		"HTML":              "<html>", "empty": "", "null": "null", "array": "[]", "unrelated": `{"unrelated":1}`, "cut": good[:100],
	} {
		t.Run(name, func(t *testing.T) {
			if body == good {
				t.Fatal("nothing was changed")
			}
			s, p := newServer(t, answers{refundCall: reply(201, body)})
			got, err := giveBack(t, p)
			if wantClass(t, err, provider.Look); !reflect.DeepEqual(got, payment.Refund{}) {
				t.Errorf("left behind %+v", got)
			}
			s.want(t, refundCall, 1)
		})
	}
	// What is left out says nothing against it.
	for _, body := range []string{
		strings.Replace(good, `"custom_id": "`+testRefund+`",`, "", 1), strings.Replace(good, `"up"`, `"parent"`, 1),
	} {
		_, p := newServer(t, answers{refundCall: reply(201, body)})
		if got, err := giveBack(t, p); body == good || err != nil || !reflect.DeepEqual(got, givenBack()) {
			t.Errorf("%+v, %v", got, err)
		}
	}
}

// TestRefundRefused: what an earlier refund may have used up is looked into, and
// only a definite refusal gives a reservation free.
func TestRefundRefused(t *testing.T) {
	for issue, class := range map[string]provider.Class{
		"CAPTURE_FULLY_REFUNDED": provider.Look, "REFUND_AMOUNT_EXCEEDED": provider.Look, "DUPLICATE_INVOICE_ID": provider.Look,
		"PREVIOUS_REQUEST_IN_PROGRESS": provider.Look, "PENDING_CAPTURE": provider.Retry,
		"REFUND_FAILED_INSUFFICIENT_FUNDS": provider.RefundRefused, "TRANSACTION_DISPUTED": provider.RefundRefused,
		"REFUND_TIME_LIMIT_EXCEEDED": provider.RefundRefused, "NOBODY_KNOWS_THIS": provider.Review,
	} {
		s, p := newServer(t, answers{refundCall: reply(422, issuesBody("UNPROCESSABLE_ENTITY", issue))})
		_, err := giveBack(t, p)
		if failed := wantClass(t, err, class); failed.Code != issue {
			t.Errorf("code %q, want %q", failed.Code, issue)
		}
		s.want(t, refundCall, 1)
	}
	for name, answer := range map[string]http.HandlerFunc{"500": reply(500, ""), "502": reply(502, testdata(t, "bad_gateway.html")), "reset": reset, "204": reply(204, "")} {
		s, p := newServer(t, answers{refundCall: answer})
		_, err := giveBack(t, p)
		if wantClass(t, err, provider.Look); t.Failed() {
			t.Fatal(name)
		}
		s.want(t, refundCall, 1)
	}
}
