package tests

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/handler"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/setup"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// keyThatIsNone: our keys are a UUID or 32 characters and more; a missing one and a bad
// one are one problem, key-invalid.
func keyThatIsNone(t *testing.T) {
	w := newWorld(t, plan{})
	good := strings.Repeat("k", 36)
	w.untouched("bad keys", func() {
		w.refuses("no key", w.buys(plainCart, nil), 400, "key-invalid")
		for _, key := range []string{"short", strings.Repeat("k", 31), strings.Repeat("k", 256), good + "," + good} {
			w.refuses(key, w.buys(plainCart, withKey(key)), 400, "key-invalid")
		}
	})
	for _, key := range []string{strings.Repeat("k", 32), strings.Repeat("k", 255), "0b8b1f9c-8a3b-4f0e-9d5e-2f6f1f9a7c11"} {
		if r := w.buys(plainCart, withKey(key)); r.code != http.StatusCreated {
			t.Errorf("%s: %d", key, r.code)
		}
	}
}

// sameRequestAgain: the answer is the same payment in its present state and not the
// same bytes, and there is no 409 for a request under way: both meet one payment.
func sameRequestAgain(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.buyer()
	var clicks sync.WaitGroup
	ids := sync.Map{}
	for range 8 {
		clicks.Go(func() {
			r := w.buys(plainCart, withKey(b.key))
			if r.code != http.StatusOK && r.code != http.StatusCreated {
				t.Errorf("under way: %d %s", r.code, r.text)
			}
			ids.Store(r.ID, true)
		})
	}
	clicks.Wait()
	b.open()
	ids.Range(func(id, _ any) bool {
		if id != b.id {
			t.Errorf("two payments under one key: %v and %s", id, b.id)
		}
		return true
	})
	b.approve(sim.Balance)
	w.must(w.paypal.Inject(sim.Fault{Kind: sim.TimeoutBefore, Call: sim.CallCapture}))
	r := b.capture()
	b.wants(r, http.StatusAccepted, payment.StatusChecking, "wait")
	if r.header.Get("Location") != "/payments/"+b.id || r.header.Get("Retry-After") == "" {
		t.Errorf("unknown: %v", r.header)
	}
	w.sweepAfter(5 * time.Minute)
	b.wants(b.open(), http.StatusOK, payment.StatusCaptured, "none")
	b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
	b.wantCharges(1)
}

func keyForSomethingElse(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.buyer()
	b.open()
	w.untouched("a reused key", func() {
		r := w.buys(order(), withKey(b.key))
		w.refuses("another cart", r, 422, "key-reused")
		if r.Payment != nil || strings.Contains(r.text, b.id) {
			t.Errorf("the other payment is shown: %s", r.text)
		}
	})
}

func browserThatNamesItsPrice(t *testing.T) {
	w := newWorld(t, plan{})
	w.untouched("named amounts", func() {
		for _, name := range []string{"amount", "total", "price", "status", "paid", "id", "payment_id"} {
			w.refuses(name, w.buys(order(field{name, `"0.01"`}), withKey(strings.Repeat("p", 32))), 400, "body-invalid")
		}
		w.refuses("a line's price", w.buys(line(`"sku":"BOOK","quantity":1,"unit":1`), withKey(strings.Repeat("p", 32))), 400, "body-invalid")
	})
	b := w.buyer()
	b.open()
	w.refuses("at the capture", w.call(http.MethodPost, "/payments/"+b.id+"/capture", `{"amount":1}`, b.withToken()), 400, "body-invalid")
	if b.last.Total.Minor != 7500 {
		t.Errorf("the total is %d", b.last.Total.Minor)
	}
}

func quoteThatIsNone(t *testing.T) {
	w := newWorld(t, plan{})
	good := w.quoteToken(nil, quoteSecret)
	expired := w.quoteToken(map[string]any{"exp": w.clock.Now().Add(-time.Minute).Unix()}, quoteSecret)
	head, rest, _ := strings.Cut(good, ".")
	_, signature, _ := strings.Cut(rest, ".")
	_, cheap, _ := strings.Cut(w.quoteToken(map[string]any{"total": 1}, quoteSecret), ".")
	cheap, _, _ = strings.Cut(cheap, ".")
	w.untouched("bad quotes", func() {
		for name, c := range map[string][2]string{
			"altered":          {head + "." + cheap + "." + signature, "quote-invalid"},
			"another secret's": {w.quoteToken(nil, strings.Repeat("x", 40)), "quote-invalid"},
			"another shop's":   {w.quoteToken(map[string]any{"aud": "other"}, quoteSecret), "quote-invalid"},
			"of no algorithm":  {"eyJhbGciOiJub25lIn0." + cheap + ".", "quote-invalid"},
			"expired":          {expired, "quote-expired"},
		} {
			w.refuses(name, w.buys(fmt.Sprintf(`{"quote":%q,"method":"paypal"}`, c[0]), nil), 422, c[1])
		}
	})
}

func somebodyElsesPayment(t *testing.T) {
	w := newWorld(t, plan{})
	mine, other := w.buyer(), w.buyer()
	mine.open()
	other.open()
	absent := "sc" + strings.Repeat("0", 26)
	w.untouched("strangers", func() {
		shapes := map[string]bool{}
		for _, id := range []string{other.id, absent} {
			for _, token := range []string{mine.token, "", strings.Repeat("A", 43)} {
				for _, route := range []string{"GET ", "GET /receipt", "POST /capture", "POST /attempts"} {
					method, tail, _ := strings.Cut(route, " ")
					body := map[string]string{"/attempts": `{"after":1,"method":"paypal"}`}[tail]
					r := w.call(method, "/payments/"+id+tail, body, map[string]string{"Checkout-Token": token})
					w.refuses(route, r, 404, "not-found")
					before, after, _ := strings.Cut(r.text, `"instance":"`)
					_, after, _ = strings.Cut(after, `"`)
					shapes[before+after] = true
				}
			}
		}
		if len(shapes) != 1 {
			t.Errorf("an absent payment and somebody else's are told apart: %v", shapes)
		}
	})
}

// captureAtTheWrongTime: a bank that wants another step of the buyer is 402 with the
// way there (next.url) and not 409: what was approved was refused.
func captureAtTheWrongTime(t *testing.T) {
	w := newWorld(t, plan{})
	early := w.buyer()
	early.open()
	early.wants(early.capture(), 409, payment.StatusAwaitingApproval, "redirect")
	twice := w.paid()
	twice.wants(twice.capture(), 200, payment.StatusCaptured, "none")
	twice.wantCharges(1)
	step := w.buyer()
	step.open()
	step.approve(sim.Confirm)
	step.wants(step.capture(), 402, payment.StatusDeclined, "redirect")
	pages, err := url.Parse(early.last.Next.URL)
	w.must(err)
	if to, err := url.Parse(step.last.Next.URL); err != nil || to.Host != pages.Host {
		t.Errorf("the buyer is sent to %s, not to %s", step.last.Next.URL, pages.Host)
	}
	late := w.buyer()
	late.open()
	w.sweepFor(24 * time.Hour)
	late.wants(late.capture(), 410, payment.StatusExpired, "attempt")
}

func anotherAmountCaptured(t *testing.T) {
	for _, kind := range []sim.Kind{sim.OtherAmount, sim.OtherCurrency} {
		w := newWorld(t, plan{})
		b := w.buyer()
		b.open()
		b.approve(sim.Balance)
		w.must(w.paypal.Inject(sim.Fault{Kind: kind, Call: sim.CallCapture}))
		b.wants(b.capture(), 202, payment.StatusReview, "wait")
		if b.last.Paid {
			t.Errorf("%s: reported paid", kind)
		}
		w.sweepAfter(5 * time.Minute)
		if w.raised(handler.MetricInReview) != 1 {
			t.Errorf("%s: no alarm", kind)
		}
	}
}

// wayBackElsewhere: no request carries an address at all; it is the one origin and the
// one path that the merchant has configured, and those are checked when they are read.
func wayBackElsewhere(t *testing.T) {
	w := newWorld(t, plan{})
	w.untouched("addresses in a request", func() {
		for _, name := range []string{"return_url", "cancel_url", "redirect", "next"} {
			w.refuses(name, w.buys(order(field{name, `"https://evil.example/"`}), withKey(strings.Repeat("r", 32))), 400, "body-invalid")
		}
	})
	env := map[string]string{"STACK_NAME": "s", "STOREFRONT_ORIGIN": "https://shop.example", "PAYPAL_API": "https://api-m.sandbox.paypal.com"}
	read := func(name, value string) error {
		_, err := setup.Read(func(asked string) string {
			if asked == name {
				return value
			}
			return env[asked]
		})
		return err
	}
	w.must(read("", ""))
	for _, origin := range []string{
		"http://shop.example", "https://user@shop.example", "https://shop.example/", "//shop.example", `https:\\shop.example`, "javascript:alert(1)",
		"https://shop.example#x", "https://shop.example?x", "https://shop.example\r\nX: y", "ftp://shop.example", "https://", "shop.example",
	} {
		if read("STOREFRONT_ORIGIN", origin) == nil {
			t.Errorf("the origin %q is taken", origin)
		}
	}
	for _, path := range []string{"checkout", "//evil.example", `/\evil.example`, "/a?b", "/a#b", "/a\r\nLocation: x", "https://evil.example/"} {
		if read("RETURN_PATH", path) == nil {
			t.Errorf("the path %q is taken", path)
		}
	}
}

// declinedTooOften: see TestCardTesting... for each way it is tried.
func declinedTooOften(t *testing.T) {
	w := newWorld(t, plan{})
	c := w.declinedTimes("203.0.113.7", 5)
	w.untouched("the sixth", func() {
		for what, r := range map[string]reply{"a purchase": w.caller(c.at).opens(), "a capture": c.captures()} {
			w.refuses(what, r, 429, "too-many-declines")
			if r.header.Get("Retry-After") == "" {
				t.Errorf("%s: no Retry-After", what)
			}
		}
	})
	if w.raised(handler.MetricCaptureDeclined) != 1 || len(w.metrics(handler.MetricCaptureDeclined)) != 5 {
		t.Errorf("the ratio of declines is told as %v", w.metrics(handler.MetricCaptureDeclined))
	}
}

// burst: no function of ours has executions reserved, since a new account has none to
// spare; the gateway's throttle is what bounds a burst.
func burst(t *testing.T) {
	w := newWorld(t, plan{throttled: true})
	refused := 0
	for range 40 {
		if r := w.buys(plainCart, withKey(strings.Repeat("b", 32))); r.code == http.StatusTooManyRequests {
			w.refuses("a click too many", r, 429, "")
			refused++
		}
	}
	if refused != 30 {
		t.Errorf("%d of 40 at once were refused, and the template lets 10 through", refused)
	}
}

// providerInTrouble: opening an order moves nothing, so whatever went wrong is said;
// of a capture, what is not known is 202 and never a failure.
func providerInTrouble(t *testing.T) {
	for _, c := range []struct {
		kind sim.Kind
		code int
		name string
	}{
		{sim.Forbidden, 502, "provider-refused"}, {sim.Unavailable, 503, "provider-unavailable"}, {sim.RateLimited, 503, "provider-unavailable"},
		{sim.ErrorBefore, 503, "provider-unavailable"}, {sim.TimeoutBefore, 503, "provider-unavailable"},
	} {
		w := newWorld(t, plan{})
		w.must(w.paypal.Inject(sim.Fault{Kind: c.kind, Call: sim.CallCreate}))
		r := w.buyer().open()
		w.refuses(string(c.kind), r, c.code, c.name)
		if (r.header.Get("Retry-After") != "") != (c.code == 503) {
			t.Errorf("%s: Retry-After %q", c.kind, r.header.Get("Retry-After"))
		}
	}
	for _, kind := range []sim.Kind{sim.TimeoutAfter, sim.ErrorBefore, sim.BadGatewayAfter} {
		w := newWorld(t, plan{})
		b := w.buyer()
		b.open()
		b.approve(sim.Balance)
		w.must(w.paypal.Inject(sim.Fault{Kind: kind, Call: sim.CallCapture}))
		if r := b.capture(); r.code != http.StatusAccepted && r.code != http.StatusOK {
			t.Errorf("a capture that is %s: %d %s", kind, r.code, r.text)
		}
		w.sweepFor(time.Hour)
		b.wantStatus(payment.StatusCaptured)
		b.wantCharges(1)
	}
}

func panicInTheMiddle(t *testing.T) {
	table := &panicking{}
	w := newWorld(t, plan{store: func(s store.Store) store.Store { table.Store = s; return table }})
	b := w.buyer()
	b.open()
	b.approve(sim.Balance)
	w.log.expected.Store(true)
	table.broken = true
	r := w.call(http.MethodPost, "/payments/"+b.id+"/capture", "", b.withToken())
	w.refuses("a panic", r, 500, "internal")
	for _, inner := range []string{"goroutine", ".go:", "nil map", "panic"} {
		if strings.Contains(r.text, inner) {
			t.Errorf("the answer says %q: %s", inner, r.text)
		}
	}
	table.broken = false
	b.wants(b.capture(), 200, payment.StatusCaptured, "none")
	b.wantCharges(1)
}

// nothingInTheLog is TestCanary's purchase in short; that one goes through every fault.
func nothingInTheLog(t *testing.T) {
	const marker = "SECURITYCANARY"
	w := newWorld(t, plan{})
	b := w.buyer()
	b.key = strings.Repeat(marker, 4)
	b.order = strings.ReplaceAll(sent("Ada", marker), "Dover", marker)
	b.open() // without its postcode it is refused
	b.order = strings.Replace(b.order, `"country":"DE"}`, `"country":"DE","postcode":"10115"}`, 1)
	b.open()
	b.approve(sim.Declined)
	b.capture()
	w.call(http.MethodGet, "/payments/"+b.id, "", map[string]string{"Checkout-Token": marker})
	w.deliver()
	w.ring([]byte(marker), w.paypal.Sign([]byte(marker), "WHANOTHER"), nil)
	if b.token == "" {
		t.Fatal("nothing was bought")
	}
	for _, secret := range []string{marker, b.token, firstSecret, clientSecret, quoteSecret, "A21AA", "BEGIN CERTIFICATE"} {
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("%q is in the log", secret)
		}
	}
}

func cardNumberInAText(t *testing.T) {
	w := newWorld(t, plan{})
	paid := w.paid()
	w.untouched("card numbers", func() {
		for _, number := range []string{"4111111111111111", "4111 1111 1111 1111", "5500-0000-0000-0004", "order 378282246310005"} {
			w.refuses(number, w.buys(order(field{"reference", `"` + number + `"`}), withKey(strings.Repeat("c", 32))), 400, "body-invalid")
			r := w.merchant(http.MethodPost, "/merchant/payments/"+paid.id+"/refunds", `{"reason":"other","remark":"card `+number+`"}`, refundKey("card"))
			w.refuses(number, r, 400, "body-invalid")
			if strings.Contains(w.log.String(), number) {
				t.Errorf("%s is in the log", number)
			}
		}
	})
}
