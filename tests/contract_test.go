package tests

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/token"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/golang-jwt/jwt/v5"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

const contractFile = "../openapi.yaml"

// linesDecoder takes a JSON object a line for the list of them.
func linesDecoder(body io.Reader, _ http.Header, _ *openapi3.SchemaRef, _ openapi3filter.EncodingFn) (any, error) {
	lines := []any{}
	for from := json.NewDecoder(body); ; {
		var line any
		if err := from.Decode(&line); err == io.EOF {
			return lines, nil
		} else if err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
}

// contract is openapi.yaml, read once. Its decoder for problems is registered
// here: the library knows it as some +json, which could change without notice.
var contract = sync.OnceValues(func() (*openapi3.T, error) {
	openapi3filter.RegisterBodyDecoder("application/problem+json", openapi3filter.JSONBodyDecoder)
	openapi3filter.RegisterBodyDecoder("application/jsonl", linesDecoder)
	openapi3filter.RegisterBodyDecoder("text/html", openapi3filter.PlainBodyDecoder)
	document, err := openapi3.NewLoader().LoadFromFile(contractFile)
	if err != nil {
		return nil, err
	}
	return document, document.Validate(context.Background())
})

// holdAgainstContract compares one answer with what openapi.yaml promises for
// its route, and with what holds for every answer.
func holdAgainstContract(r *http.Request, code int, header http.Header, body []byte) error {
	document, err := contract()
	if err != nil {
		return err
	}
	media, _, _ := strings.Cut(header.Get("Content-Type"), ";")
	if header.Get("Apigw-Requestid") == "" {
		return fmt.Errorf("no request id")
	}
	ours := media == "application/problem+json" || !bytes.HasPrefix(body, []byte(`{"message"`))
	for name, want := range map[string]string{
		"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
		"Strict-Transport-Security": "max-age=31536000; includeSubDomains",
	} {
		if ours && header.Get(name) != want {
			return fmt.Errorf("%s is %q", name, header.Get(name))
		}
	}
	if waits := code == http.StatusAccepted || code == http.StatusServiceUnavailable || code == http.StatusTooManyRequests; ours && waits && header.Get("Retry-After") == "" {
		return fmt.Errorf("%d without Retry-After", code)
	}
	if media == "application/problem+json" && (header.Get("Content-Language") == "" || !strings.Contains(strings.Join(header.Values("Vary"), ","), "Accept-Language")) {
		return fmt.Errorf("a problem in %q that varies by %q", header.Get("Content-Language"), header.Values("Vary"))
	}
	if media == "application/problem+json" && !bytes.Contains(body, fmt.Appendf(nil, `"status":%d,`, code)) {
		return fmt.Errorf("the problem names another status than %d", code)
	}
	path, item := findPath(document, r.URL.Path)
	if item == nil || item.GetOperation(r.Method) == nil {
		if code != http.StatusNotFound || string(body) != `{"message":"Not Found"}` {
			return fmt.Errorf("no route, and %d %s", code, body)
		}
		return nil
	}
	return openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, Route: &routers.Route{
			Spec: document, Path: path, PathItem: item, Method: r.Method, Operation: item.GetOperation(r.Method),
		}},
		Status: code, Header: header, Body: io.NopCloser(bytes.NewReader(body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	})
}

// findPath is the path of the contract that a request's path belongs to.
func findPath(document *openapi3.T, path string) (string, *openapi3.PathItem) {
	got := strings.Split(path, "/")
	for _, pattern := range document.Paths.InMatchingOrder() {
		want := strings.Split(pattern, "/")
		if slices.EqualFunc(want, got, func(w, g string) bool {
			return w == g || (strings.HasPrefix(w, "{") && g != "")
		}) {
			return pattern, document.Paths.Value(pattern)
		}
	}
	return "", nil
}

func TestContractHasTheRoutesOfTheTemplate(t *testing.T) {
	document, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	var promised []string
	for path, item := range document.Paths.Map() {
		for method := range item.Operations() {
			promised = append(promised, method+" "+path)
		}
	}
	var routes []string
	for _, route := range deployed(t).Routes {
		routes = append(routes, route.Key())
	}
	slices.Sort(promised)
	slices.Sort(routes)
	if len(routes) == 0 || !slices.Equal(promised, routes) {
		t.Errorf("openapi.yaml has %v, template.yaml %v", promised, routes)
	}
}

// TestContractIsStrict: an object that takes additional properties would let an
// answer say anything.
func TestContractIsStrict(t *testing.T) {
	document, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	objects := 0
	seen := map[*openapi3.Schema]bool{}
	var walk func(string, *openapi3.SchemaRef)
	walk = func(name string, ref *openapi3.SchemaRef) {
		if ref == nil || ref.Value == nil || seen[ref.Value] {
			return
		}
		seen[ref.Value] = true
		s := ref.Value
		if s.Type.Is("object") {
			objects++
			named := s.AdditionalProperties.Has != nil && !*s.AdditionalProperties.Has
			if ofOneForm := s.AdditionalProperties.Schema; !named && ofOneForm == nil {
				t.Errorf("%s takes additional properties", name)
			} else if ofOneForm != nil {
				walk(name+".*", ofOneForm)
			}
		}
		if s.Type == nil {
			t.Errorf("%s has no type", name)
		}
		walk(name+"[]", s.Items)
		for property, of := range s.Properties {
			walk(name+"."+property, of)
		}
	}
	for name, ref := range document.Components.Schemas {
		walk(name, ref)
	}
	if objects < 8 {
		t.Errorf("only %d objects were found", objects)
	}
	// The loader must have read the merge key as one, not as a property.
	opened := document.Components.Schemas["OpenedPayment"].Value
	if opened.Properties["<<"] != nil || opened.Properties["status"] == nil || opened.Properties["token"] == nil {
		t.Error("OpenedPayment is not Payment and a token")
	}
}

// TestContractFindsWhatItIsFor: answers that are almost right are refused.
func TestContractFindsWhatItIsFor(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.buyer()
	good := b.open()
	url := w.api.URL + "/payments"
	for _, c := range []struct {
		name   string
		code   int
		change func(http.Header)
		body   string
	}{
		{"an additional property", 201, nil, strings.Replace(good.text, `{"id"`, `{"x":1,"id"`, 1)},
		{"an additional property inside", 201, nil, strings.Replace(good.text, `"minor":7500`, `"minor":7500,"x":1`, 1)},
		{"a fractional amount", 201, nil, strings.Replace(good.text, `"minor":7500`, `"minor":7500.5`, 1)},
		{"another status", 201, nil, strings.Replace(good.text, `awaiting_approval`, `waiting`, 1)},
		{"no token", 201, nil, strings.Replace(good.text, `,"token":"`+good.Token+`"`, ``, 1)},
		{"a code nobody documented", 203, nil, good.text},
		{"a problem nobody documented", 422, func(h http.Header) { h.Set("Content-Type", "application/problem+json") },
			`{"type":"urn:serverless-checkout:problem:new","title":"x","status":422,"instance":"x"}`},
		{"a problem with another status", 422, func(h http.Header) { h.Set("Content-Type", "application/problem+json") },
			`{"type":"urn:serverless-checkout:problem:key-reused","title":"x","status":400,"instance":"x"}`},
		{"a problem as plain JSON", 422, nil, `{"type":"urn:serverless-checkout:problem:key-reused","title":"x","status":422,"instance":"x"}`},
		{"a cached answer", 201, func(h http.Header) { h.Del("Cache-Control") }, good.text},
		{"no location", 201, func(h http.Header) { h.Del("Location") }, good.text},
		{"another location", 201, func(h http.Header) { h.Set("Location", "https://evil.example/") }, good.text},
	} {
		header := good.header.Clone()
		if c.change != nil {
			c.change(header)
		}
		r, err := http.NewRequest(http.MethodPost, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if holdAgainstContract(r, c.code, header, []byte(c.body)) == nil {
			t.Errorf("%s was not found", c.name)
		}
	}
}

// provoke brings about every problem there is: the answer's type and code are
// what a client switches on.
var provoke = []struct {
	problem string
	code    int
	ask     func(*world, *buyer, *shakyStore) reply
}{
	{"key-invalid", 400, func(_ *world, b *buyer, _ *shakyStore) reply { b.key = "short"; return b.open() }},
	{"body-invalid", 400, func(_ *world, b *buyer, _ *shakyStore) reply { b.order = "{"; return b.open() }},
	{"media-type", 415, func(w *world, b *buyer, _ *shakyStore) reply {
		return w.call("POST", "/payments", plainCart, map[string]string{"Idempotency-Key": b.key, "Content-Type": "text/plain"})
	}},
	{"too-large", 413, func(_ *world, b *buyer, _ *shakyStore) reply { b.order += strings.Repeat(" ", 16<<10); return b.open() }},
	{"not-found", 404, func(_ *world, b *buyer, _ *shakyStore) reply { b.open(); b.token = ""; return b.look() }},
	{"key-reused", 422, func(_ *world, b *buyer, _ *shakyStore) reply { b.open(); b.order = order(); return b.open() }},
	{"cart-invalid", 422, func(_ *world, b *buyer, _ *shakyStore) reply { b.order = order(field{"cart", "[]"}); return b.open() }},
	{"product-unknown", 422, func(_ *world, b *buyer, _ *shakyStore) reply {
		b.order = line(`"sku":"X","quantity":1`)
		return b.open()
	}},
	{"price-missing", 422, func(_ *world, b *buyer, _ *shakyStore) reply {
		b.order = order(field{"currency", `"GBP"`})
		return b.open()
	}},
	{"method-unknown", 422, func(_ *world, b *buyer, _ *shakyStore) reply {
		b.order = order(field{"method", `"card"`})
		return b.open()
	}},
	{"shipping-required", 422, func(_ *world, b *buyer, _ *shakyStore) reply {
		b.order = line(`"sku":"TEE","quantity":1`)
		return b.open()
	}},
	{"address-refused", 422, func(_ *world, b *buyer, _ *shakyStore) reply { b.order = sent("Ada", "Ida"); return b.open() }},
	{"attempt-refused", 409, func(_ *world, b *buyer, _ *shakyStore) reply { b.open(); return b.another(7) }},
	{"not-approved", 409, func(_ *world, b *buyer, _ *shakyStore) reply { b.open(); return b.capture() }},
	{"no-receipt", 409, func(_ *world, b *buyer, _ *shakyStore) reply { b.open(); return b.receipt(nil) }},
	{"declined", 402, func(_ *world, b *buyer, _ *shakyStore) reply { b.open(); b.approve(sim.Declined); return b.capture() }},
	{"expired", 410, func(w *world, b *buyer, _ *shakyStore) reply { b.open(); w.sweepFor(7 * time.Hour); return b.capture() }},
	{"provider-refused", 502, func(w *world, b *buyer, _ *shakyStore) reply {
		w.must(w.paypal.Inject(sim.Fault{Kind: sim.Forbidden, Call: sim.CallCreate}))
		return b.open()
	}},
	{"provider-unavailable", 503, func(w *world, b *buyer, _ *shakyStore) reply { w.wire.cut.Store(true); return b.open() }},
	{"busy", 503, func(_ *world, b *buyer, s *shakyStore) reply { s.fail(9, store.ErrConflict); return b.open() }},
	{"unavailable", 503, func(_ *world, b *buyer, s *shakyStore) reply { s.fail(9, store.ErrUnavailable); return b.open() }},
	{"method-unavailable", 422, func(w *world, _ *buyer, _ *shakyStore) reply { return w.payer("ideal", "DE", "EUR").open() }},
	{"payer-required", 422, func(_ *world, b *buyer, _ *shakyStore) reply {
		b.order = order(field{"method", `"trustly"`})
		return b.open()
	}},
	{"query-invalid", 400, func(w *world, _ *buyer, _ *shakyStore) reply { return w.call("GET", "/payment-methods", "", nil) }},
	{"shipping-unavailable", 422, func(w *world, b *buyer, _ *shakyStore) reply {
		w.merchant("PUT", "/merchant/price-list", `{"products":[{"sku":"TEE","name":"T","physical":true,"prices":{"EUR":"5.00"}}],"shipping":[{"countries":["FR"],"prices":{"EUR":"4.90"}}]}`, nil)
		b.order = order(field{"cart", `[{"sku":"TEE","quantity":1}]`}, field{"shipping", `{"name":"A","lines":["B"],"city":"C","country":"DE"}`})
		return b.open()
	}},
	{"quote-invalid", 422, func(w *world, _ *buyer, _ *shakyStore) reply { return w.openQuote(w.quote("another shop", time.Hour)) }},
	{"quote-expired", 422, func(w *world, _ *buyer, _ *shakyStore) reply { return w.openQuote(w.quote("tests", -time.Hour)) }},
	{"customer-invalid", 401, func(w *world, _ *buyer, _ *shakyStore) reply { return w.call("GET", customersRoute, "", nil) }},
	{"cursor-invalid", 400, func(w *world, _ *buyer, _ *shakyStore) reply {
		return w.call("GET", customersRoute+"?cursor=x", "", asCustomer(w.customerToken("ada")))
	}},
	{"price-list-invalid", 400, func(w *world, _ *buyer, _ *shakyStore) reply {
		return w.merchant("PUT", "/merchant/price-list", `{"products":[]}`, nil)
	}},
	{"refund-refused", 422, func(w *world, _ *buyer, _ *shakyStore) reply { return w.paid().refund(9999, "too-much") }},
	{"refund-not-made", 409, func(w *world, _ *buyer, _ *shakyStore) reply {
		b := w.paid()
		w.must(w.paypal.Inject(sim.Fault{Kind: sim.InsufficientFunds, Call: sim.CallRefund}))
		return b.refund(100, "not-made")
	}},
	{"too-many-declines", 429, func(w *world, _ *buyer, _ *shakyStore) reply { return w.declinedTimes("203.0.113.7", 5).opens() }},
	{"dispute-open", 409, func(w *world, _ *buyer, _ *shakyStore) reply {
		b := w.paid()
		_, err := w.paypal.OpenDispute(b.charges()[0].ID, "UNAUTHORISED")
		w.must(err)
		w.deliver()
		return b.refund(100, "disputed")
	}},
	{"day-invalid", 400, func(w *world, _ *buyer, _ *shakyStore) reply {
		return w.merchant("GET", "/merchant/payments?day=yesterday", "", nil)
	}},
	{"language-unknown", 400, func(w *world, _ *buyer, _ *shakyStore) reply {
		return w.merchant("GET", "/merchant/payments/"+w.paid().id+"/money?language=xx", "", nil)
	}},
	{"nothing-to-review", 409, func(w *world, _ *buyer, _ *shakyStore) reply {
		return w.merchant("POST", "/merchant/payments/"+w.paid().id+"/review", `{"code":"other"}`, nil)
	}},
	{"signature-invalid", 401, func(w *world, _ *buyer, _ *shakyStore) reply { return w.ring([]byte("{}"), http.Header{}, nil) }},
	{"range-invalid", 422, func(w *world, _ *buyer, _ *shakyStore) reply {
		return w.merchant("GET", "/merchant/settlements?from=2026-11-21&to=2026-11-21", "", nil)
	}},
	{"format-unknown", 400, func(w *world, _ *buyer, _ *shakyStore) reply {
		return w.merchant("GET", "/merchant/settlements?format=xml&from=2026-11-20&to=2026-11-21", "", nil)
	}},
	{"cannot-verify", 503, func(w *world, _ *buyer, _ *shakyStore) reply {
		header := w.paypal.Sign([]byte("{}"), webhookID)
		w.wire.cut.Store(true)
		return w.ring([]byte("{}"), header, nil)
	}},
	{"internal", 500, func(w *world, b *buyer, _ *shakyStore) reply {
		b.open()
		w.rewrite(b.id, `{"schema":99}`)
		w.log.expected.Store(true)
		return b.look()
	}},
}

// quote is a quote of 10.00 EUR, signed by the shop for an audience, that ends so
// long from now.
func (w *world) quote(audience string, life time.Duration) string {
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"jti": "quote-of-the-tests-that-nobody-guesses", "aud": audience, "exp": w.clock.Now().Add(life).Unix(),
		"cur": "EUR", "country": "DE", "total": 1000,
		"lines": []map[string]any{{"sku": "A", "name": "A", "qty": 1, "unit": 1000}},
	})
	text, err := token.SignedString([]byte(quoteSecret))
	w.must(err)
	return text
}

func (w *world) openQuote(token string) reply {
	return w.call("POST", "/payments", `{"quote":"`+token+`","method":"paypal"}`, nil)
}

func TestEveryProblemIsProvoked(t *testing.T) {
	var provoked []string
	for _, c := range provoke {
		provoked = append(provoked, "urn:serverless-checkout:problem:"+c.problem)
		t.Run(c.problem, func(t *testing.T) {
			shaky := &shakyStore{}
			w := newWorld(t, plan{store: func(s store.Store) store.Store { shaky.Store = s; return shaky }})
			if r := c.ask(w, w.buyer(), shaky); r.code != c.code || r.problem != c.problem {
				t.Errorf("%d %s, want %d: %s", r.code, r.problem, c.code, r.text)
			}
		})
	}
	document, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	var promised []string
	for _, value := range document.Components.Schemas["Problem"].Value.Properties["type"].Value.Enum {
		promised = append(promised, fmt.Sprint(value))
	}
	slices.Sort(provoked)
	slices.Sort(promised)
	if !slices.Equal(provoked, promised) {
		t.Errorf("provoked were %v, openapi.yaml has %v", provoked, promised)
	}
	if written := problemsInTheCode(t); !slices.Equal(written, promised) {
		t.Errorf("the code has %v, openapi.yaml %v", written, promised)
	}
}

// problemsInTheCode are the types that can be sent: every Kind of the checkout,
// and every slug of the edge. One that nobody can provoke would show here.
func problemsInTheCode(t *testing.T) []string {
	t.Helper()
	found := map[string]bool{}
	text := func(e ast.Expr) {
		if literal, ok := e.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			slug, _ := strconv.Unquote(literal.Value)
			found["urn:serverless-checkout:problem:"+slug] = true
		}
	}
	for _, folder := range []string{"../shared/checkout", "../shared/handler"} {
		for _, file := range parsedFiles(t, folder) {
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.ValueSpec:
					if name, ok := n.Type.(*ast.Ident); ok && name.Name == "Kind" {
						text(n.Values[0])
					}
				case *ast.KeyValueExpr:
					if key, ok := n.Key.(*ast.Ident); ok && key.Name == "slug" {
						text(n.Value)
					}
				case *ast.CallExpr:
					if name, ok := n.Fun.(*ast.Ident); ok && name.Name == "badRequest" {
						text(n.Args[1])
					}
				}
				return true
			})
		}
	}
	return slices.Sorted(maps.Keys(found))
}
