package paypal

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

func TestLookMissing(t *testing.T) {
	for name, body := range map[string]string{
		"with an issue": testdata(t, "not_found.json"), "by name alone": issuesBody("RESOURCE_NOT_FOUND"),
	} {
		var s *server
		s, p := newServer(t, answers{
			lookCall:    func(w http.ResponseWriter, r *http.Request) { s.advance(time.Minute); reply(404, body)(w, r) },
			controlCall: reply(200, `{"webhooks":[{"id":"W1"}]}`),
		})
		got, err := p.Look(t.Context(), testOrder)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !got.Missing || got.Order != testOrder || got.Account != account(p) || got.Provider != Name || !got.At.Equal(testTime) {
			t.Errorf("%s: %+v", name, got)
		}
		s.want(t, controlCall, 1)
	}
}

// TestLookMissingUnproved: a 404 that no control call backs is never told as
// absence. An order taken for gone lets the buyer pay a second one.
func TestLookMissingUnproved(t *testing.T) {
	missing := reply(404, testdata(t, "not_found.json"))
	for name, tt := range map[string]struct {
		control http.HandlerFunc
		class   provider.Class
	}{
		"401":         {reply(401, ""), provider.MerchantSetup},
		"403":         {reply(403, issuesBody("NOT_AUTHORIZED", "PERMISSION_DENIED")), provider.MerchantSetup},
		"403 HTML":    {reply(403, "<html>"), provider.Look},
		"404":         {missing, provider.Look},
		"429":         {reply(429, ""), provider.Look},
		"500":         {reply(500, ""), provider.Look},
		"reset":       {reset, provider.Look},
		"415":         {reply(415, issuesBody("UNSUPPORTED_MEDIA_TYPE")), provider.Look},
		"HTML":        {reply(200, "<html>log in</html>"), provider.Look},
		"wrong shape": {reply(200, `{"unrelated":1}`), provider.Look},
		"empty":       {reply(200, ""), provider.Look},
	} {
		t.Run(name, func(t *testing.T) {
			_, p := newServer(t, answers{lookCall: missing, controlCall: tt.control})
			got, err := p.Look(t.Context(), testOrder)
			wantClass(t, err, tt.class)
			if !isEmpty(got) {
				t.Errorf("left behind %+v", got)
			}
		})
	}
}

// TestLookMissingNotPayPal: only PayPal's own words start the proof of absence.
func TestLookMissingNotPayPal(t *testing.T) {
	for _, body := range []string{
		"", "<html>404</html>", "{}", issuesBody("RESOURCE_NOT_FOUND", "NOBODY_KNOWS_THIS"), issuesBody("NO_ROUTE"),
		issuesBody("RESOURCE_NOT_FOUND", "no code"),
	} {
		s, p := newServer(t, answers{lookCall: reply(404, body), controlCall: reply(200, `{"webhooks":[]}`)})
		got, err := p.Look(t.Context(), testOrder)
		if err == nil || provider.ClassOf(err).Definite() || got.Missing {
			t.Errorf("%q: %+v, %v", body, got, err)
		}
		s.want(t, controlCall, 0)
	}
}

// TestAnswerOfTwoNames: what a call has made is held against nothing but the answer's
// own link. Where the two differ, the buyer would approve one order and we keep another.
func TestAnswerOfTwoNames(t *testing.T) {
	created := testdata(t, "created.json")
	other := strings.Replace(created, `"id": "5O190127TN364715T"`, `"id": "1K2345678L901234M"`, 1)
	s, p := newServer(t, answers{createCall: inTurn(reply(201, other), reply(200, created))})
	opened, err := p.CreateOrder(t.Context(), digitalOrder(t))
	if wantClass(t, err, provider.Look); !isEmpty(opened) || other == created {
		t.Errorf("left behind %+v", opened)
	}
	// Asked again with the same request id, PayPal shows the order it made.
	if opened, err = p.CreateOrder(t.Context(), digitalOrder(t)); err != nil || opened.Order != "5O190127TN364715T" {
		t.Errorf("%+v, %v", opened, err)
	}
	s.want(t, createCall, 2)
}

// TestMinimal: an answer without amounts is followed by a look.
func TestMinimal(t *testing.T) {
	created := strings.Replace(testdata(t, "minimal.json"), "COMPLETED", "PAYER_ACTION_REQUIRED", 1)
	s, p := newServer(t, answers{
		createCall: reply(201, created), captureCall: reply(201, testdata(t, "minimal.json")),
		lookCall: inTurn(reply(200, testdata(t, "created.json")), reply(200, testdata(t, "captured.json"))),
	})
	opened, err := p.CreateOrder(t.Context(), digitalOrder(t))
	if err != nil || opened.Amount != amount(t, "EUR 41.50") || opened.Payment != testPayment || opened.Approve == "" {
		t.Errorf("%+v, %v", opened, err)
	}
	got, err := capture(t, p)
	if err != nil || len(got.Captures) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	s.want(t, createCall, 1)
	s.want(t, captureCall, 1)
	s.want(t, lookCall, 2)
}

// TestMinimalThenTrouble: the call itself was answered 2xx. Whatever becomes of
// the look behind it, nobody may be told that nothing happened, nor that there
// is no such order.
func TestMinimalThenTrouble(t *testing.T) {
	for name, look := range map[string]http.HandlerFunc{
		"401": reply(401, ""), "403": reply(403, issuesBody("NOT_AUTHORIZED", "PERMISSION_DENIED")), "404": reply(404, testdata(t, "not_found.json")),
		"415": reply(415, issuesBody("UNSUPPORTED_MEDIA_TYPE")), "422": reply(422, issuesBody("UNPROCESSABLE_ENTITY", "INSTRUMENT_DECLINED")),
		"429": reply(429, ""), "500": reply(500, ""), "reset": reset, "minimal": reply(200, testdata(t, "minimal.json")),
	} {
		t.Run(name, func(t *testing.T) {
			_, p := newServer(t, answers{
				captureCall: reply(201, testdata(t, "minimal.json")), createCall: reply(201, testdata(t, "minimal.json")),
				lookCall: look, controlCall: reply(200, `{"webhooks":[]}`),
			})
			got, err := capture(t, p)
			wantClass(t, err, provider.Look)
			opened, err := p.CreateOrder(t.Context(), digitalOrder(t))
			wantClass(t, err, provider.Look)
			if !isEmpty(got) || !isEmpty(opened) {
				t.Errorf("left behind %+v, %+v", got, opened)
			}
		})
	}
	t.Run("429 keeps its wait", func(t *testing.T) {
		_, p := newServer(t, answers{captureCall: reply(201, testdata(t, "minimal.json")), lookCall: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(429)
		}})
		_, err := capture(t, p)
		if failed := wantClass(t, err, provider.Look); failed.RetryAfter != 7*time.Second {
			t.Errorf("%+v", failed)
		}
	})
}

// TestNotTheOrder: an answer about something else is no answer.
func TestNotTheOrder(t *testing.T) {
	good := testdata(t, "captured.json")
	for name, body := range map[string]string{
		"another id": strings.ReplaceAll(good, testOrder, "5O190127TN364715X"),
		"no id":      strings.Replace(good, `"id": "`+testOrder+`",`, "", 1),
		"an evil id": strings.Replace(good, `"id": "`+testOrder, `"id": "../../x`, 1),
		"two units": strings.Replace(good, `],
  "create_time"`, `, {}],
  "create_time"`, 1),
		"no amount":     strings.Replace(good, `"amount": {"currency_code": "EUR", "value": "41.50"},`, "", 1),
		"amount twice":  strings.Replace(good, `"final_capture": true`, `"amount": {"currency_code": "EUR", "value": "0.01"}`, 1),
		"no unit":       `{"id":"` + testOrder + `","status":"COMPLETED","purchase_units":[]}`,
		"an empty unit": `{"id":"` + testOrder + `","status":"COMPLETED","purchase_units":[null]}`,
		"no custom_id":  strings.Replace(good, `"custom_id": "`+testPayment+`",`, "", 1),
	} {
		t.Run(name, func(t *testing.T) {
			if body == good {
				t.Fatal("nothing was changed")
			}
			_, p := newServer(t, answers{lookCall: reply(200, body), captureCall: reply(201, body)})
			got, err := p.Look(t.Context(), testOrder)
			wantClass(t, err, provider.Look)
			if !isEmpty(got) {
				t.Errorf("left behind %+v", got)
			}
			_, err = capture(t, p)
			wantClass(t, err, provider.Look)
		})
	}
}

// TestHalfCharacters: a text that PayPal has cut in the middle of a character
// spoils nothing else.
func TestHalfCharacters(t *testing.T) {
	for _, half := range []string{"\xff", `\ud83d`} {
		body := strings.Replace(testdata(t, "captured.json"), "made-in", "made"+half, 1)
		_, p := newServer(t, answers{lookCall: reply(200, body)})
		if got, err := p.Look(t.Context(), testOrder); err != nil || len(got.Captures) != 1 || got.Payment != testPayment {
			t.Errorf("%q: %+v, %v", half, got, err)
		}
	}
}

// TestApproveLink: a buyer is sent to the configured pages and nowhere else.
func TestApproveLink(t *testing.T) {
	const good = LivePages + "/checkoutnow?token=" + testOrder
	body := testdata(t, "created.json")
	for _, rel := range []string{"payer-action", "approve"} {
		named := strings.Replace(body, "payer-action", rel, 1)
		_, p := newServer(t, answers{createCall: reply(201, named)})
		if got, err := p.CreateOrder(t.Context(), digitalOrder(t)); err != nil || got.Approve != good {
			t.Errorf("rel %s: %q, %v", rel, got.Approve, err)
		}
		for _, href := range []string{
			"https://evil.example/checkoutnow", "https://www.paypal.com.evil.example/", "https://evil-www.paypal.com/", "http://www.paypal.com/",
			"https://www.paypal.com@evil.example/", "https://user@www.paypal.com/", "https://user:pass@www.paypal.com/", "https://www.paypal.com:444/",
			"https://www.paypal.com./", "javascript:alert(1)", "data:text/html,x", "//www.paypal.com/", "/checkoutnow", "",
			`https://www.paypal.com\\@evil.example/`, "https:www.paypal.com/", "https://www.sandbox.paypal.com/", " https://www.paypal.com/", "https://[::1",
		} {
			_, p := newServer(t, answers{createCall: reply(201, strings.Replace(named, good, href, 1))})
			got, err := p.CreateOrder(t.Context(), digitalOrder(t))
			wantClass(t, err, provider.Look)
			if got.Approve != "" {
				t.Errorf("%s: %q came through", href, got.Approve)
			}
		}
	}
	_, p := newServer(t, answers{lookCall: reply(200, testdata(t, "captured.json"))})
	if got, err := p.Look(t.Context(), testOrder); err != nil || got.Approve != "" || got.State != payment.OrderCompleted {
		t.Errorf("nothing left to approve: %+v, %v", got, err)
	}
}
