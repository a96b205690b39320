package paypal

import (
	"context"
	"net/http"
	"testing"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

func TestTrace(t *testing.T) {
	const orderBody = `{"id":"` + testOrder + `","purchase_units":[{"custom_id":"` + testPayment + `"}]}`
	const captured = `{"id":"` + testTaken + `","custom_id":"` + testPayment + `"}`
	const related = `{"id":"` + testTaken + `","supplementary_data":{"related_ids":{"order_id":"` + testOrder + `"}}}`
	const above = `{"id":"` + testTaken + `","links":[{"rel":"up","href":"https://x/v2/checkout/orders/` + testOrder + `"}]}`
	const refunded = `{"id":"` + testReturn + `","links":[{"rel":"up","href":"https://x/v2/payments/captures/` + testTaken + `"}]}`
	missing := reply(404, testdata(t, "not_found.json"))
	order, capture, refund := provider.Ring{Order: testOrder}, provider.Ring{Capture: testTaken}, provider.Ring{Refund: testReturn}
	for name, tt := range map[string]struct {
		ring    provider.Ring
		replies answers
		want    string
		calls   []string
	}{
		"order":                     {order, answers{lookCall: reply(200, orderBody)}, testPayment, []string{lookCall}},
		"missing order":             {order, answers{lookCall: missing}, "", []string{lookCall}},
		"order of two":              {order, answers{lookCall: reply(200, `{"id":"`+testOrder+`","purchase_units":[{"custom_id":"other"},{}]}`)}, "other", []string{lookCall}},
		"order without units":       {order, answers{lookCall: reply(200, `{"id":"`+testOrder+`"}`)}, "", []string{lookCall}},
		"capture":                   {capture, answers{captureLook: reply(200, captured)}, testPayment, []string{captureLook}},
		"capture by its order":      {capture, answers{captureLook: reply(200, related), lookCall: reply(200, orderBody)}, testPayment, []string{captureLook, lookCall}},
		"capture by its link":       {capture, answers{captureLook: reply(200, above), lookCall: reply(200, orderBody)}, testPayment, []string{captureLook, lookCall}},
		"missing capture":           {capture, answers{captureLook: missing}, "", []string{captureLook}},
		"capture of nobody":         {capture, answers{captureLook: reply(200, `{"id":"`+testTaken+`"}`)}, "", []string{captureLook}},
		"capture of another sale":   {capture, answers{captureLook: reply(200, `{"id":"`+testTaken+`","custom_id":"Order 15"}`)}, "", []string{captureLook}},
		"capture, unknown issue":    {capture, answers{captureLook: reply(404, issuesBody("RESOURCE_NOT_FOUND", "NOBODY_KNOWS_THIS"))}, "", []string{captureLook}},
		"missing capture, order":    {provider.Ring{Capture: testTaken, Order: testOrder}, answers{captureLook: missing, lookCall: reply(200, orderBody)}, testPayment, []string{captureLook, lookCall}},
		"refund":                    {refund, answers{refundLook: reply(200, refunded), captureLook: reply(200, captured)}, testPayment, []string{refundLook, captureLook}},
		"refund, capture known":     {provider.Ring{Refund: testReturn, Capture: testTaken}, answers{captureLook: reply(200, captured)}, testPayment, []string{captureLook}},
		"missing refund":            {refund, answers{refundLook: missing}, "", []string{refundLook}},
		"refund that leads nowhere": {refund, answers{refundLook: reply(200, `{"id":"`+testReturn+`"}`)}, "", []string{refundLook}},
		"refund with an evil link":  {refund, answers{refundLook: reply(200, `{"id":"`+testReturn+`","links":[{"rel":"up","href":"/captures/..%2f..#"}]}`)}, "", []string{refundLook}},
		"dispute":                   {provider.Ring{Dispute: "PP-D-1", Capture: testTaken}, answers{captureLook: reply(200, captured)}, testPayment, []string{captureLook}},
		"nothing":                   {provider.Ring{}, nil, "", nil},
		"evil ids":                  {provider.Ring{Order: "../x", Capture: "a/b", Refund: "c?d"}, nil, "", nil},
		"evil refund":               {provider.Ring{Refund: "../x"}, nil, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			s, p := newServer(t, tt.replies)
			if got, err := p.Trace(t.Context(), tt.ring); err != nil || got != tt.want {
				t.Errorf("%q, %v, want %q", got, err, tt.want)
			}
			s.wantCalls(t, tt.calls...)
		})
	}
}

// TestTraceTrouble: an answer that is not PayPal's "no such thing" does not prove
// that a ring is about nothing of ours.
func TestTraceTrouble(t *testing.T) {
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		class  provider.Class
	}{
		"401": {reply(401, ""), provider.MerchantSetup}, "403": {reply(403, issuesBody("NOT_AUTHORIZED", "PERMISSION_DENIED")), provider.MerchantSetup},
		"404 HTML": {reply(404, "<html>"), provider.Look}, "404 empty": {reply(404, ""), provider.Look}, "429": {reply(429, ""), provider.Retry},
		"500": {reply(500, ""), provider.Look}, "HTML": {reply(200, "<html>"), provider.Look}, "empty": {reply(200, ""), provider.Look},
		"nobody's": {reply(200, `{}`), provider.Look}, "another's": {reply(200, `{"id":"X1","custom_id":"`+testPayment+`"}`), provider.Look},
		"another shape": {reply(200, `{"custom_id":[],"links":1,"purchase_units":7}`), provider.Look}, "reset": {reset, provider.Look},
	} {
		_, p := newServer(t, answers{lookCall: tt.answer, captureLook: tt.answer, refundLook: tt.answer})
		for _, ring := range []provider.Ring{{Order: testOrder}, {Capture: testTaken}, {Refund: testReturn}} {
			got, err := p.Trace(t.Context(), ring)
			if wantClass(t, err, tt.class); got != "" || t.Failed() {
				t.Errorf("%s: %+v: %q", name, ring, got)
			}
		}
	}
}

func TestPaymentOfCapture(t *testing.T) {
	s, p := newServer(t, answers{captureLook: reply(200, `{"id":"`+testTaken+`","custom_id":"`+testPayment+`"}`)})
	if got, err := p.PaymentOfCapture(t.Context(), testTaken); err != nil || got != testPayment {
		t.Errorf("%q, %v", got, err)
	}
	for _, capture := range []string{"", "../../v1/oauth2/token", "a-b", "CAP1#"} {
		if got, err := p.PaymentOfCapture(t.Context(), capture); err != nil || got != "" {
			t.Errorf("%q: %q, %v", capture, got, err)
		}
	}
	s.wantCalls(t, captureLook)
}

// TestWhoseCaptureIsNotKnown: a capture that may not be read is not ours. One that
// could not be asked about may well be, refused credentials included.
func TestWhoseCaptureIsNotKnown(t *testing.T) {
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		class  provider.Class // "": not ours
	}{
		"403": {reply(403, issuesBody("NOT_AUTHORIZED", "PERMISSION_DENIED")), ""}, "404": {reply(404, testdata(t, "not_found.json")), ""},
		"401": {reply(401, ""), provider.MerchantSetup}, "a proxy's 403": {reply(403, "<html>"), provider.Look}, "500": {reply(500, ""), provider.Look},
	} {
		_, p := newServer(t, answers{captureLook: tt.answer, "GET /v2/payments/refunds/" + testTaken: tt.answer})
		for ask, of := range map[string]func(context.Context, string) (string, error){"capture": p.PaymentOfCapture, "movement": p.PaymentOf} {
			got, err := of(t.Context(), testTaken)
			if got != "" || (err == nil) != (tt.class == "") || err != nil && provider.ClassOf(err) != tt.class {
				t.Errorf("%s, %s: %q, %v", name, ask, got, err)
			}
		}
	}
}
