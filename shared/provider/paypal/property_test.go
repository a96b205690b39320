package paypal

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// line answers without a network: a call for a token as told, any other with
// the next of some answers, and then on with the last.
type line struct {
	token   wireAnswer
	answers []wireAnswer
	sent    int // calls but those for a token
}

type wireAnswer struct {
	status int
	body   string
	err    error
}

func (w *line) RoundTrip(r *http.Request) (*http.Response, error) {
	a := w.token
	if r.URL.Path != "/v1/oauth2/token" {
		a = w.answers[min(w.sent, len(w.answers)-1)]
		w.sent++
	}
	if a.err != nil {
		return nil, a.err
	}
	return &http.Response{StatusCode: a.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(a.body)), Request: r}, nil
}

var goodToken = wireAnswer{status: 200, body: `{"access_token":"x","expires_in":9000}`}

// statuses that mean something come up often, all others sometimes.
func drawStatus(t *rapid.T) int {
	return rapid.OneOf(
		rapid.SampledFrom([]int{101, 200, 201, 204, 301, 308, 400, 401, 403, 404, 408, 409, 415, 422, 429, 500, 502, 503, 504}),
		rapid.IntRange(100, 999),
	).Draw(t, "status")
}

// drawBody is any bytes, or a good answer with a part torn out, doubled or
// replaced.
func drawBody(t *rapid.T, recorded []string) string {
	if rapid.Bool().Draw(t, "any bytes") {
		return string(rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "bytes"))
	}
	body := rapid.SampledFrom(recorded).Draw(t, "recorded")
	for range rapid.IntRange(0, 3).Draw(t, "changes") {
		from := rapid.IntRange(0, len(body)).Draw(t, "from")
		to := min(len(body), from+rapid.IntRange(0, 60).Draw(t, "length"))
		put := rapid.SampledFrom([]string{"", "null", "{}", "[]", `"`, "-1", "0.001", `"EUR"`, body[from:to] + body[from:to], "\x00", "\xff"}).Draw(t, "put")
		body = body[:from] + put + body[to:]
	}
	return body
}

func recordedAnswers(t *testing.T) []string {
	return []string{
		testdata(t, "created.json"), testdata(t, "captured.json"), testdata(t, "minimal.json"), testdata(t, "not_found.json"),
		issuesBody("UNPROCESSABLE_ENTITY", "INSTRUMENT_DECLINED"), issuesBody("UNPROCESSABLE_ENTITY", "ORDER_ALREADY_CAPTURED", "INSTRUMENT_DECLINED"),
		issuesBody("NOT_AUTHORIZED"), `{"webhooks":[]}`, testdata(t, "bad_gateway.html"),
	}
}

// TestAnyAnswer: whatever comes back, nothing panics, a nil error comes with a
// readable order only, and a definite class only with one of its proofs.
func TestAnyAnswer(t *testing.T) {
	recorded, order := recordedAnswers(t), digitalOrder(t)
	reached := map[string]int{}
	check := func(t *rapid.T) {
		w := &line{token: goodToken}
		for range rapid.IntRange(1, 3).Draw(t, "answers") {
			a := wireAnswer{status: drawStatus(t), body: drawBody(t, recorded)}
			if rapid.IntRange(0, 2).Draw(t, "honest") == 0 {
				a = wireAnswer{status: 201, body: rapid.SampledFrom(recorded[:3]).Draw(t, "as recorded")}
			} else if rapid.IntRange(0, 9).Draw(t, "network") == 0 {
				a.err = rapid.SampledFrom([]error{io.EOF, io.ErrUnexpectedEOF, &net.OpError{Op: "dial", Err: io.EOF}, &net.OpError{Op: "read", Err: io.EOF}}).Draw(t, "error")
			}
			w.answers = append(w.answers, a)
		}
		p := onWire(t, w)
		call := rapid.SampledFrom([]string{"create", "look", "capture"}).Draw(t, "call")
		got, err := place(t, p, call, order)
		if err == nil {
			checkReadable(t, got, call)
			reached["readable "+call]++
			return
		}
		var failed *provider.Error
		if !errors.As(err, &failed) || !isEmpty(got) {
			t.Fatalf("%T %v with %+v", err, err, got)
		}
		if failed.Class.Definite() {
			reached["definite"]++
			if !proved(w, call) {
				t.Fatalf("%s is definite; answers %+v", failed, w.answers[:min(w.sent, len(w.answers))])
			}
		}
	}
	for range 10 { // a thousand cases
		rapid.Check(t, check)
	}
	for _, name := range []string{"readable create", "readable look", "readable capture", "definite"} {
		if reached[name] == 0 {
			t.Errorf("%s was never reached", name)
		}
	}
}

// TestAnyToken: whatever the token endpoint says, nothing panics, and nothing
// is sent without a token.
func TestAnyToken(t *testing.T) {
	recorded := []string{goodToken.body, `{"access_token":"x","token_type":"Bearer","expires_in":31668}`, `{"error":"invalid_client"}`}
	body := testdata(t, "captured.json")
	rapid.Check(t, func(t *rapid.T) {
		w := &line{token: wireAnswer{status: drawStatus(t), body: drawBody(t, recorded)}, answers: []wireAnswer{{status: 200, body: body}}}
		p := onWire(t, w)
		for range 2 {
			_, err := p.Look(t.Context(), testOrder)
			if w.sent == 0 && !provider.ClassOf(err).Definite() {
				t.Fatalf("never sent, and yet %v", err)
			}
		}
	})
}

func onWire(t *rapid.T, w *line) *PayPal {
	p, err := New(Config{API: LiveAPI, Pages: LivePages, Credentials: given("c", "s"), ReturnURL: "r", CancelURL: "c",
		Transport: w, Now: func() time.Time { return testTime }})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// place makes one of the three calls there are.
func place(t *rapid.T, p *PayPal, call string, order provider.Order) (payment.Snapshot, error) {
	switch call {
	case "create":
		return p.CreateOrder(t.Context(), order)
	case "look":
		return p.Look(t.Context(), testOrder)
	}
	return p.Capture(t.Context(), provider.Capture{Order: testOrder, RequestID: testCapture})
}

func checkReadable(t *rapid.T, s payment.Snapshot, call string) {
	if s.Provider != Name || s.Account == "" || !s.At.Equal(testTime) || !orderID.MatchString(s.Order) || (call != "create" && s.Order != testOrder) {
		t.Fatalf("unreadable %+v", s)
	}
	if s.Missing {
		if call != "look" || s.State != "" || len(s.Captures) > 0 {
			t.Fatalf("missing after %s: %+v", call, s)
		}
		return
	}
	if s.Payment == "" || !s.Amount.Currency.Valid() || (s.Approve != "" && !strings.HasPrefix(s.Approve, LivePages+"/")) {
		t.Fatalf("unreadable %+v", s)
	}
	for _, c := range s.Captures {
		if c.ID == "" || !c.Amount.Currency.Valid() || c.Amount.Minor < 0 || c.Updated.IsZero() {
			t.Fatalf("unreadable %+v", c)
		}
	}
}

// proved looks for the reasons there may be for a definite class, in its own
// way: what the call got, which after a 401 is the answer after that; and for a
// look that found no order, what the control call behind it got.
func proved(w *line, call string) bool {
	next := 0
	take := func() wireAnswer {
		a := w.answers[min(next, len(w.answers)-1)]
		if next++; a.err == nil && a.status == 401 {
			a = w.answers[min(next, len(w.answers)-1)]
			next++
		}
		return a
	}
	a := take()
	return provedBy(a) || (call == "look" && a.status == 404 && provedBy(take()))
}

func provedBy(a wireAnswer) bool {
	var dial *net.OpError
	if errors.As(a.err, &dial) {
		return dial.Op == "dial"
	}
	var own map[string]any
	name := ""
	if json.Unmarshal([]byte(a.body), &own) == nil {
		name, _ = own["name"].(string)
	}
	return a.err == nil && (a.status == 401 || a.status == 429 || (a.status >= 400 && a.status < 500 && name != ""))
}
