package paypal

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/wire"
)

// broken is a network that fails every call but the one for a token, which it
// passes on.
type broken struct {
	next http.RoundTripper
	err  error
}

func (b broken) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path == "/v1/oauth2/token" {
		return b.next.RoundTrip(r)
	}
	return nil, b.err
}

// fine stands for no failure: a capture whose answer could be read.
const fine = provider.Class("")

// kind is one way in which a provider's call can end, as a capture sees it.
// definite is written out beside the class, because money hangs on it: only
// what proves that nothing moved may be.
type kind struct {
	name     string
	answer   http.HandlerFunc
	network  error // instead of an answer
	class    provider.Class
	definite bool
}

func networkKinds(t *testing.T) []kind {
	good := testdata(t, "captured.json")
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	return []kind{
		{"DNS", nil, dial(&net.DNSError{Err: "no such host", Name: "api-m.paypal.com"}), provider.Retry, true},
		{"TLS", nil, errors.New("tls: failed to verify certificate"), provider.Look, false},
		{"connect timeout", nil, dial(context.DeadlineExceeded), provider.Retry, true},
		{"timeout applied", hang(t), nil, provider.Look, false},
		{"timeout not applied", nil, context.DeadlineExceeded, provider.Look, false},
		{"reset", reset, nil, provider.Look, false},
		{"reset of a kept connection", nil, &net.OpError{Op: "read", Err: errors.New("connection reset by peer")}, provider.Look, false},
		{"slow body past deadline", stall(good), nil, provider.Look, false},
		{"truncated body", cut(good[:200]), nil, provider.Look, false},
		{"huge body", reply(201, strings.Repeat(" ", answerCap)+good), nil, provider.Look, false},
	}
}

func successKinds(t *testing.T) []kind {
	good := testdata(t, "captured.json")
	change := func(old, new string) http.HandlerFunc {
		if !strings.Contains(good, old) {
			t.Fatalf("%s is not in the recorded answer", old)
		}
		return reply(201, strings.ReplaceAll(good, old, new))
	}
	return []kind{
		{"empty 2xx", reply(201, ""), nil, provider.Look, false},
		{"HTML 2xx", reply(200, testdata(t, "bad_gateway.html")), nil, provider.Look, false},
		{"2xx wrong shape", reply(200, `{"unrelated":1}`), nil, provider.Look, false},
		{"2xx other amount", change("41.50", "41.51"), nil, fine, false}, // payment.Snapshot.Fits finds it
		{"2xx other currency", change(`"EUR", "value": "41.50"`, `"USD", "value": "41.50"`), nil, fine, false},
		{"2xx other id", change(testOrder, "5O190127TN364715X"), nil, provider.Look, false},
		{"2xx DECLINED", change("PARTIALLY_REFUNDED", "DECLINED"), nil, fine, false},
		{"2xx PENDING", change("PARTIALLY_REFUNDED", "PENDING"), nil, fine, false},
		{"unknown enum", change("PARTIALLY_REFUNDED", "SOMETHING_NEW"), nil, fine, false},
		{"200 replay", reply(200, good), nil, fine, false},
		{"minimal representation", reply(201, testdata(t, "minimal.json")), nil, fine, false}, // by a look
		{"malformed JSON", reply(201, good[:len(good)-3]), nil, provider.Look, false},
		{"duplicate keys", change(`"status": "COMPLETED",`, `"status": "VOIDED", "status": "COMPLETED",`), nil, provider.Look, false},
		{"deep JSON", reply(201, strings.Repeat(`{"id":`, 20000)), nil, provider.Look, false},
	}
}

func refusalKinds(t *testing.T) []kind {
	good := testdata(t, "captured.json")
	return []kind{
		{"400", reply(400, issuesBody("INVALID_REQUEST", "MISSING_REQUIRED_PARAMETER")), nil, provider.OurBug, true},
		{"400 bare", reply(400, ""), nil, provider.Look, false},
		{"401 mid-flight", inTurn(reply(401, ""), reply(201, good)), nil, fine, false},
		{"401 for good", reply(401, ""), nil, provider.MerchantSetup, true},
		{"403", reply(403, issuesBody("NOT_AUTHORIZED", "PERMISSION_DENIED")), nil, provider.MerchantSetup, true},
		{"403 without issue", reply(403, issuesBody("NOT_AUTHORIZED")), nil, provider.MerchantSetup, true},
		{"403 of a firewall", reply(403, "<html>blocked</html>"), nil, provider.Look, false},
		{"404", reply(404, testdata(t, "not_found.json")), nil, provider.Look, false},
		{"404 HTML", reply(404, "<html>"), nil, provider.Look, false},
		{"408", reply(408, issuesBody("REQUEST_TIMEOUT")), nil, provider.Look, false},
		{"409", reply(409, issuesBody("RESOURCE_CONFLICT", "PREVIOUS_REQUEST_IN_PROGRESS")), nil, provider.Look, false},
		{"409 without issue", reply(409, issuesBody("RESOURCE_CONFLICT")), nil, provider.Look, false},
		{"415", reply(415, issuesBody("UNSUPPORTED_MEDIA_TYPE")), nil, provider.OurBug, true},
		{"422 by issue", reply(422, issuesBody("UNPROCESSABLE_ENTITY", "INSTRUMENT_DECLINED")), nil, provider.PayerMustAct, true},
		{"422 already captured", reply(422, issuesBody("UNPROCESSABLE_ENTITY", "ORDER_ALREADY_CAPTURED")), nil, provider.Look, false},
		{"422 without issue", reply(422, issuesBody("UNPROCESSABLE_ENTITY")), nil, provider.Review, false},
		{"429", reply(429, issuesBody("RATE_LIMIT_REACHED")), nil, provider.Retry, true},
		{"429 bare", reply(429, ""), nil, provider.Retry, true},
		{"500 applied", reply(500, issuesBody("INTERNAL_SERVER_ERROR")), nil, provider.Look, false},
		{"500 not applied", reply(500, ""), nil, provider.Look, false},
		{"500 with a refusal in it", reply(500, issuesBody("INTERNAL_SERVER_ERROR", "INSTRUMENT_DECLINED")), nil, provider.Look, false},
		{"502 HTML", reply(502, testdata(t, "bad_gateway.html")), nil, provider.Look, false},
		{"503", reply(503, issuesBody("SERVICE_UNAVAILABLE")), nil, provider.Look, false},
		{"504", reply(504, ""), nil, provider.Look, false},
		{"3xx other host", reply(308, ""), nil, provider.Look, false},
		{"3xx with an order in it", reply(308, good), nil, provider.Look, false},
	}
}

func TestKinds(t *testing.T) {
	kinds := slices.Concat(networkKinds(t), successKinds(t), refusalKinds(t))
	if len(kinds) < 34 {
		t.Fatalf("only %d kinds", len(kinds))
	}
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			s, p := newServer(t, answers{captureCall: k.answer, lookCall: reply(200, testdata(t, "captured.json"))})
			if k.network != nil {
				p = s.client(t, broken{http.DefaultTransport, k.network})
			}
			p.caller.timeout = 300 * time.Millisecond
			got, err := capture(t, p)
			if k.class == fine {
				if err != nil || got.Order != testOrder || len(got.Captures) != 1 {
					t.Errorf("%+v, %v", got, err)
				}
				return
			}
			if class := wantClass(t, err, k.class).Class; class.Definite() != k.definite {
				t.Errorf("definite is %v", class.Definite())
			}
		})
	}
}

// stall sends half of an answer and no more.
func stall(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(201)
		w.Write([]byte(body[:len(body)/2]))
		http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
}

// TestSeveralIssues: the least definite counts, in whatever order they come.
func TestSeveralIssues(t *testing.T) {
	for _, tt := range []struct {
		class  provider.Class
		code   string
		issues []string
	}{
		{provider.Look, "ORDER_ALREADY_CAPTURED", []string{"INSTRUMENT_DECLINED", "ORDER_ALREADY_CAPTURED"}},
		{provider.Look, "DUPLICATE_INVOICE_ID", []string{"AMOUNT_MISMATCH", "TAX_TOTAL_MISMATCH", "DUPLICATE_INVOICE_ID"}},
		{provider.Review, "NOBODY_KNOWS_THIS", []string{"ORDER_ALREADY_CAPTURED", "NOBODY_KNOWS_THIS"}},
		{provider.Review, "NOBODY_KNOWS_THIS", []string{"INSTRUMENT_DECLINED", "NOBODY_KNOWS_THIS"}},
		{provider.Review, "NOBODY_KNOWS_THIS", []string{"NOBODY_KNOWS_THIS"}},
		{provider.Review, "UNPROCESSABLE_ENTITY", []string{"", "INSTRUMENT_DECLINED"}},
		{provider.Review, "UNPROCESSABLE_ENTITY", []string{"no code"}},
		{provider.Review, "UNPROCESSABLE_ENTITY", []string{strings.Repeat("X", 81)}},
		{provider.PayerMustAct, "INSTRUMENT_DECLINED", []string{"INSTRUMENT_DECLINED", "INSTRUMENT_DECLINED"}},
	} {
		for _, status := range []int{400, 403, 415, 422} {
			forward := failed(&wire.Answer{Status: status, Body: []byte(issuesBody("UNPROCESSABLE_ENTITY", tt.issues...))}, nil)
			reversed := make([]string, len(tt.issues))
			for i, issue := range tt.issues {
				reversed[len(reversed)-1-i] = issue
			}
			backward := failed(&wire.Answer{Status: status, Body: []byte(issuesBody("UNPROCESSABLE_ENTITY", reversed...))}, nil)
			for _, err := range []error{forward, backward} {
				if got := wantClass(t, err, tt.class); got.Code != tt.code {
					t.Errorf("%d %q: code %s, want %s", status, tt.issues, got.Code, tt.code)
				}
			}
		}
	}
}

// TestNotPayPalsError: a refusal is definite only in PayPal's own words.
func TestNotPayPalsError(t *testing.T) {
	for _, body := range []string{
		"", "null", "[]", `"INSTRUMENT_DECLINED"`, `{"details":[{"issue":"INSTRUMENT_DECLINED"}]}`,
		`{"name":"","details":[{"issue":"INSTRUMENT_DECLINED"}]}`, `{"name":5,"details":[{"issue":"INSTRUMENT_DECLINED"}]}`,
		`{"name":"Not a code","details":[{"issue":"INSTRUMENT_DECLINED"}]}`,
		issuesBody("UNPROCESSABLE_ENTITY", "INSTRUMENT_DECLINED") + "<html>", `{"error":"invalid_request"}`, "<html></html>",
	} {
		for _, status := range []int{400, 402, 403, 404, 405, 406, 409, 413, 415, 418, 422, 451, 499} {
			wantClass(t, failed(&wire.Answer{Status: status, Body: []byte(body)}, nil), provider.Look)
		}
	}
}

// TestRefusalLeavesNothing: with an error there is no snapshot that somebody
// might merge.
func TestRefusalLeavesNothing(t *testing.T) {
	other := strings.ReplaceAll(testdata(t, "captured.json"), `"41.50"`, `"41.505"`)
	_, p := newServer(t, answers{captureCall: reply(201, other), lookCall: reply(200, other)})
	got, err := capture(t, p)
	wantClass(t, err, provider.Look)
	if !isEmpty(got) {
		t.Errorf("left behind %+v", got)
	}
}

func isEmpty(s payment.Snapshot) bool {
	return s.Provider == "" && s.Order == "" && s.State == "" && !s.Missing && len(s.Captures)+len(s.Refunds) == 0
}
