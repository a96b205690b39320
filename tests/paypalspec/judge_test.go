//go:build paypalspec

package paypalspec

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A good order, as short as the specification lets it be, and its answer.
const (
	goodOrder  = `{"intent":"CAPTURE","purchase_units":[{"amount":{"currency_code":"EUR","value":"1.00"}}]}`
	goodAnswer = `{"id":"5O190127TN364715T","status":"CREATED","links":[{"href":"https://www.paypal.com/x","rel":"approve","method":"GET"}]}`
	goodRefund = `{"id":"1JU08902781691411","status":"COMPLETED"}`
	goodError  = `{"name":"RESOURCE_NOT_FOUND","message":"The specified resource does not exist.","debug_id":"1","details":[{"issue":"INVALID_RESOURCE_ID","description":"Specified resource ID does not exist. Please check the resource ID and try again."}]}`
	hookAnswer = `{"webhooks":[]}`
)

// said is one exchange, good but for what a case changes.
type said struct {
	method, path, sent string
	header             map[string]string
	status             int
	answer             string
	media              string
}

func (x said) judge(t *testing.T) error {
	t.Helper()
	r := httptest.NewRequest(x.method, x.path, strings.NewReader(x.sent))
	r.Header.Set("Authorization", "Bearer token")
	if x.method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("PayPal-Request-Id", "id-1")
		r.Header.Set("Prefer", "return=representation")
	}
	for name, value := range x.header {
		if r.Header.Set(name, value); value == "" {
			r.Header.Del(name)
		}
	}
	answered := http.Header{"Content-Type": {"application/json"}}
	if x.media != "" {
		answered.Set("Content-Type", x.media)
	}
	return Require(t).Judge(r, []byte(x.sent), x.status, answered, []byte(x.answer))
}

// What must pass, and for each part of an exchange something that must not: a judge
// that lets everything through proves nothing.
func TestJudge(t *testing.T) {
	const orders, refund = "/v2/checkout/orders", "/v2/payments/captures/3C679366HH908993F/refund"
	order := func(change func(*said)) said {
		x := said{method: "POST", path: orders, sent: goodOrder, status: 201, answer: goodAnswer}
		change(&x)
		return x
	}
	look := func(change func(*said)) said {
		x := said{method: "GET", path: orders + "/5O190127TN364715T", status: 200, answer: goodAnswer}
		change(&x)
		return x
	}
	grant := func(change func(*said)) said {
		x := said{method: "POST", path: "/v1/oauth2/token", sent: "grant_type=client_credentials", status: 200,
			header: map[string]string{"Authorization": "Basic YTpi", "Content-Type": "application/x-www-form-urlencoded", "PayPal-Request-Id": "", "Prefer": ""},
			answer: `{"access_token":"A","token_type":"Bearer","expires_in":31668}`}
		change(&x)
		return x
	}
	const rate = `{"name":"RATE_LIMIT_REACHED","message":"Too many requests.","debug_id":"1"}`
	verify := func(sig string) said {
		return said{method: "POST", path: "/v1/notifications/verify-webhook-signature", status: 200, answer: `{"verification_status":"SUCCESS"}`,
			header: map[string]string{"PayPal-Request-Id": "", "Prefer": ""},
			sent: `{"auth_algo":"SHA256withRSA","cert_url":"https://api.paypal.com/x","transmission_id":"a1","transmission_sig":"` + sig +
				`","transmission_time":"2016-02-18T20:01:35Z","webhook_id":"W1","webhook_event":{"id":"e1","resource":{"any":{"thing":1}}}}`}
	}
	for name, c := range map[string]struct {
		said
		fault string // a part of what must be said; "" passes
	}{
		"order":                   {order(func(*said) {}), ""},
		"look":                    {look(func(*said) {}), ""},
		"404":                     {look(func(x *said) { x.status, x.answer = 404, goodError }), ""},
		"429":                     {look(func(x *said) { x.status, x.answer = 429, rate }), ""},
		"refund":                  {said{method: "POST", path: refund, sent: "{}", status: 201, answer: goodRefund}, ""},
		"repeated refund":         {said{method: "POST", path: refund, sent: "{}", status: 200, answer: goodRefund}, ""},
		"bare 500":                {said{method: "POST", path: refund, sent: "{}", status: 500}, ""},
		"list of webhooks":        {said{method: "GET", path: "/v1/notifications/webhooks", status: 200, answer: hookAnswer}, ""},
		"disputes":                {said{method: "GET", path: "/v1/customer/disputes?page_size=50&update_time_after=2026-01-01T00:00:00.000Z", status: 200, answer: `{}`}, ""},
		"token":                   {grant(func(*said) {}), ""},
		"token refused":           {grant(func(x *said) { x.status, x.answer = 401, `{"error":"invalid_client","error_description":"x"}` }), ""},
		"certificate missing":     {said{method: "GET", path: "/v1/notifications/certs/CERT-1", header: map[string]string{"Authorization": ""}, status: 404, answer: goodError}, ""},
		"postback":                {verify("Q+/=="), ""},
		"event of any kind":       {verifyAt(verify("Qa"), `"id":"e1"`, `"id":1,"id":2,"thing":[]`), ""},
		"name twice around it":    {verifyAt(verify("Qa"), `"webhook_id"`, `"webhook_id":"W2","webhook_id"`), "a name twice"},
		"event that is none":      {verifyAt(verify("Qa"), `{"id":"e1","resource":{"any":{"thing":1}}}`, `[]`), "/webhook_event"},
		"signature begins with +": {verify("+Q/=="), ""},
		"signature begins with /": {verify("/Q+=="), ""},

		"unknown path":               {look(func(x *said) { x.path = "/v2/checkout/order/5O1" }), "PayPal has no GET /v2/checkout/order/5O1"},
		"path with a slash behind":   {look(func(x *said) { x.path += "/" }), "PayPal has no GET"},
		"other method":               {look(func(x *said) { x.method = "DELETE" }), "PayPal has no DELETE"},
		"other version":              {look(func(x *said) { x.path = "/v1/checkout/orders/5O1" }), "PayPal has no GET"},
		"id of another form":         {look(func(x *said) { x.path = orders + "/5o1" }), "parameter id"},
		"page too large":             {said{method: "GET", path: "/v1/customer/disputes?page_size=51", status: 200, answer: `{}`}, "page_size"},
		"page no number":             {said{method: "GET", path: "/v1/customer/disputes?page_size=x", status: 200, answer: `{}`}, "page_size"},
		"state nobody has":           {said{method: "GET", path: "/v1/customer/disputes?dispute_state=ANY", status: 200, answer: `{}`}, "dispute_state"},
		"time of another form":       {said{method: "GET", path: "/v1/customer/disputes?update_time_after=yesterday-at-noon-or-so", status: 200, answer: `{}`}, "update_time_after"},
		"unknown query":              {look(func(x *said) { x.path += "?colour=red" }), "query parameter colour"},
		"doubled query":              {said{method: "GET", path: "/v1/customer/disputes?page_size=1&page_size=2", status: 200, answer: `{}`}, "query parameter page_size"},
		"unknown header":             {order(func(x *said) { x.header = map[string]string{"PayPal-Reqest-Id": "x"} }), "header Paypal-Reqest-Id is unknown"},
		"header of another call":     {look(func(x *said) { x.header = map[string]string{"Prefer": "return=representation"} }), "header Prefer is unknown"},
		"no token":                   {look(func(x *said) { x.header = map[string]string{"Authorization": ""} }), "no bearer token"},
		"no request id":              {order(func(x *said) { x.header = map[string]string{"PayPal-Request-Id": ""} }), "PayPal-Request-Id is missing"},
		"request id too long":        {order(func(x *said) { x.header = map[string]string{"PayPal-Request-Id": strings.Repeat("x", 109)} }), "Request-Id"},
		"minimal":                    {order(func(x *said) { x.header = map[string]string{"Prefer": "return=minimal"} }), "header Prefer"},
		"form":                       {order(func(x *said) { x.header = map[string]string{"Content-Type": "text/plain"} }), "header Content-Type"},
		"no body":                    {order(func(x *said) { x.sent = "" }), "no JSON"},
		"body of a look":             {look(func(x *said) { x.sent = "{}" }), "has a body"},
		"misspelt member":            {order(func(x *said) { x.sent = strings.Replace(goodOrder, `"intent"`, `"Intent":"CAPTURE","intent"`, 1) }), "/Intent: PayPal knows no such member"},
		"misspelt deeper":            {order(func(x *said) { x.sent = strings.Replace(goodOrder, `"amount"`, `"custom-id":"1","amount"`, 1) }), "/purchase_units/0/custom-id: PayPal knows no such member"},
		"member of an answer":        {order(func(x *said) { x.sent = strings.Replace(goodOrder, `"amount"`, `"payments":{},"amount"`, 1) }), "payments"},
		"number":                     {order(func(x *said) { x.sent = strings.Replace(goodOrder, `"1.00"`, `1`, 1) }), "/purchase_units/0/amount/value"},
		"comma":                      {order(func(x *said) { x.sent = strings.Replace(goodOrder, `1.00`, `1,00`, 1) }), "/purchase_units/0/amount/value"},
		"strange intent":             {order(func(x *said) { x.sent = strings.Replace(goodOrder, `CAPTURE`, `TAKE`, 1) }), "/intent"},
		"name twice":                 {order(func(x *said) { x.sent = `{"intent":"CAPTURE",` + goodOrder[1:] }), "a name twice"},
		"no URI":                     {verifyAt(verify("a1"), "https://api.paypal.com/x", "cert_url"), "absolute URI"},
		"signature of digits":        {verify("123"), "transmission_sig"},
		"status nobody knows":        {order(func(x *said) { x.status = 202 }), "status 202 is not documented"},
		"redirect":                   {look(func(x *said) { x.status, x.answer = 308, "" }), "status 308 is not documented"},
		"repeated capture of a hold": {said{method: "POST", path: "/v2/payments/authorizations/A1/capture", sent: "{}", status: 200, answer: `{}`}, "status 200 is not documented"},
		"answer of text":             {look(func(x *said) { x.media = "text/html" }), "header Content-Type"},
		"answer no JSON":             {look(func(x *said) { x.answer = "<html>" }), "no JSON"},
		"cut answer":                 {look(func(x *said) { x.answer = goodAnswer[:40] }), "no JSON"},
		"unknown member":             {look(func(x *said) { x.answer = strings.Replace(goodAnswer, `"id"`, `"zeal":1,"id"`, 1) }), "/zeal: PayPal knows no such member"},
		"unknown status":             {look(func(x *said) { x.answer = strings.Replace(goodAnswer, `CREATED`, `SOMETHING_NEW`, 1) }), "/status"},
		"issue of another call": {order(func(x *said) {
			x.status, x.answer = 422, strings.NewReplacer("RESOURCE_NOT_FOUND", "UNPROCESSABLE_ENTITY").Replace(goodError)
		}), "answer"},
		"error with another name": {look(func(x *said) {
			x.status, x.answer = 404, strings.Replace(goodError, "RESOURCE_NOT_FOUND", "NOT_THERE", 1)
		}), "/name"},
		"429 by another name":      {look(func(x *said) { x.status, x.answer = 429, goodError }), "RATE_LIMIT_REACHED"},
		"502 of a proxy":           {look(func(x *said) { x.status, x.answer, x.media = 502, "<html>", "text/html" }), "header Content-Type"},
		"token by a bearer":        {grant(func(x *said) { x.header["Authorization"] = "Bearer x" }), "no id and secret"},
		"token of another kind":    {grant(func(x *said) { x.sent = "grant_type=password" }), "the form is another"},
		"token with a request id":  {grant(func(x *said) { x.header["PayPal-Request-Id"] = "x" }), "header Paypal-Request-Id"},
		"no token in it":           {grant(func(x *said) { x.answer = `{}` }), "is no token"},
		"token and more":           {grant(func(x *said) { x.answer = `{"access_token":"A","token_type":"Bearer","expires_in":1,"refresh":1}` }), "/refresh"},
		"certificate with a token": {said{method: "GET", path: "/v1/notifications/certs/CERT-1", status: 404, answer: goodError}, "tells more"},
		"no certificate":           {said{method: "GET", path: "/v1/notifications/certs/CERT-1", header: map[string]string{"Authorization": ""}, status: 200, answer: "x"}, "is no certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.judge(t)
			switch {
			case c.fault == "" && err != nil:
				t.Error(err)
			case c.fault != "" && (err == nil || !strings.Contains(err.Error(), c.fault)):
				t.Errorf("want %q in: %v", c.fault, err)
			}
		})
	}
}

func verifyAt(x said, old, new string) said {
	x.sent = strings.Replace(x.sent, old, new, 1)
	return x
}

// An answer that is wrong on purpose is excused when whoever gives it says so, and
// only then; the request is judged all the same, and no client hears of it.
func TestOnlyWhatIsOwnedUpToIsExcused(t *testing.T) {
	page := func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		io.WriteString(w, "<html>")
	}
	own := func(w http.ResponseWriter) { w.(interface{ Played(string) }).Played("502") }
	for name, c := range map[string]struct {
		answer func(http.ResponseWriter)
		path   string
		want   []string
	}{
		"not owned up to":       {page, "/v2/checkout/orders/5O1", []string{"header Content-Type"}},
		"owned up to":           {func(w http.ResponseWriter) { own(w); page(w) }, "/v2/checkout/orders/5O1", nil},
		"bad request":           {func(w http.ResponseWriter) { own(w); page(w) }, "/v2/checkout/order/5O1", []string{"PayPal has no"}},
		"no page of the API":    {page, "/checkoutnow", nil},
		"breaks off":            {func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, "/v2/checkout/orders/5O1", []string{"breaks off"}},
		"breaks off on purpose": {func(w http.ResponseWriter) { own(w); panic(http.ErrAbortHandler) }, "/v2/checkout/orders/5O1", nil},
	} {
		t.Run(name, func(t *testing.T) {
			Require(t)
			listener := &blamed{TB: t}
			r := httptest.NewRequest("GET", c.path, nil)
			r.Header.Set("Authorization", "Bearer token")
			got := httptest.NewRecorder()
			func() {
				defer func() {
					if broken := recover(); broken != nil && broken != http.ErrAbortHandler {
						panic(broken)
					}
				}()
				Watch(listener, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { c.answer(w) })).ServeHTTP(got, r)
			}()
			if len(listener.said) != len(c.want) {
				t.Fatalf("said %q, want %q", listener.said, c.want)
			}
			for i, want := range c.want {
				if !strings.Contains(listener.said[i], want) {
					t.Errorf("said %q, want %q", listener.said[i], want)
				}
			}
			for name := range got.Header() {
				if name != "Content-Type" {
					t.Errorf("the client is sent %s", name)
				}
			}
		})
	}
}

// A rough client's bad requests are its own business as long as they are refused.
func TestWatchAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		path, sent string
		status     int
		answer     string
		faults     int
	}{
		"refused":               {"/v2/checkout/orders", `{"intent":1}`, 404, goodError, 0},
		"accepted":              {"/v2/checkout/orders", `{"intent":1}`, 201, goodAnswer, 1},
		"refused wrongly":       {"/v2/checkout/orders", `{"intent":1}`, 404, `{}`, 1},
		"refused by a page":     {"/v2/checkout/orders", `{"intent":1}`, 404, `<html>`, 1},
		"unknown path, refused": {"/v2/nothing", `{}`, 404, goodError, 0},
		"unknown path":          {"/v2/nothing", `{}`, 200, `{}`, 2},
	} {
		t.Run(name, func(t *testing.T) {
			Require(t)
			listener := &blamed{TB: t}
			r := httptest.NewRequest("POST", c.path, strings.NewReader(c.sent))
			r.Header.Set("Authorization", "Bearer token")
			r.Header.Set("Content-Type", "application/json")
			WatchAnswers(listener, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(c.status)
				io.WriteString(w, c.answer)
			})).ServeHTTP(httptest.NewRecorder(), r)
			if len(listener.said) != c.faults {
				t.Errorf("said %q", listener.said)
			}
		})
	}
}

func TestJudgeEvent(t *testing.T) {
	const good = `{"id":"WH-1","event_version":"1.0","create_time":"2026-01-01T00:00:00.000Z","resource_type":"refund","event_type":"PAYMENT.CAPTURE.REFUNDED","summary":"s","resource":` + goodRefund + `}`
	for body, fault := range map[string]string{
		good: "",
		strings.Replace(good, `"summary"`, `"sumary"`, 1):           "/sumary",
		strings.Replace(good, "COMPLETED\"}", "DONE\"}", 1):         "/status",
		strings.Replace(good, `"status"`, `"state"`, 1):             "/state",
		strings.Replace(good, "refund\"", "refunds\"", 1):           "resource_type",
		strings.Replace(good, "2026-01-01T00:00:00.000Z", "now", 1): "/create_time",
		strings.Replace(good, `"id":"WH-1",`, "", 1):                "id is missing",
		good + good: "no JSON",
	} {
		if err := Require(t).JudgeEvent([]byte(body)); (err == nil) != (fault == "") || err != nil && !strings.Contains(err.Error(), fault) {
			t.Errorf("want %q in: %v", fault, err)
		}
	}
}

// A file that no longer has what is mended is not mended blindly.
func TestMendingsAreForOneVersion(t *testing.T) {
	Require(t)
	if _, err := Open(remade(t, Disputes, `"default": "Current date and time"`, `"default": "2026-01-01T00:00:00.000Z"`)); err == nil || !strings.Contains(err.Error(), "another version") {
		t.Errorf("%v", err)
	}
	if _, err := Open(remade(t, Webhooks, lookaheadInJSON, `^(?!a)b`)); err == nil || !strings.Contains(err.Error(), "(?!") {
		t.Errorf("a lookahead nobody has written out: %v", err)
	}
}

const lookaheadInJSON = `^(?!\\d+$)\\w+\\S+`
