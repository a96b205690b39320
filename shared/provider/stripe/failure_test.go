package stripe

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// patience is how long a client of the tests waits for an answer that never comes.
const patience = 150 * time.Millisecond

// faultClasses are the class of each fault, on every call it can befall.
var faultClasses = map[sim.Kind]provider.Class{
	sim.TimeoutBefore: provider.Look, sim.TimeoutAfter: provider.Look,
	sim.BadGatewayBefore: provider.Look, sim.BadGatewayAfter: provider.Look,
	sim.ErrorBefore: provider.Look, sim.StoredError: provider.Look, sim.ErrorAfter: provider.Look, sim.Unavailable: provider.Look,
	sim.EmptyBody: provider.Look, sim.CutBody: provider.Look, sim.HugeBody: provider.Look, sim.WrongShape: provider.Look,
	sim.TwiceStatus: provider.Look, sim.OtherID: provider.Look, sim.OtherAmount: provider.Look, sim.OtherCurrency: provider.Look,
	sim.KeyRefused: provider.MerchantSetup, sim.Forbidden: provider.MerchantSetup,
	sim.Missing: provider.Look, sim.InProgress: provider.Look,
	sim.LockTimeout: provider.Retry, sim.RateLimited: provider.Retry, sim.RateLimitedBare: provider.Retry,
	sim.Redirected: provider.Look, sim.InsufficientFunds: provider.RefundRefused,
}

// asked is a question to Stripe, what has to be there before it, and the call of it
// that a fault is aimed at.
type asked struct {
	call sim.CallName
	ask  func(context.Context, *world, payment.Snapshot) (any, error)
}

var everyCall = map[string]asked{
	"look": {sim.CallLook, func(ctx context.Context, w *world, s payment.Snapshot) (any, error) {
		return w.stripe.Look(ctx, s.Order)
	}},
	"the refunds of a look": {sim.CallRefunds, func(ctx context.Context, w *world, s payment.Snapshot) (any, error) {
		return w.stripe.Look(ctx, s.Order)
	}},
	"refund": {sim.CallRefund, func(ctx context.Context, w *world, s payment.Snapshot) (any, error) {
		return w.stripe.Refund(ctx, provider.Refund{Capture: s.Captures[0].ID, ID: testPayment + "-r1", Amount: eur(1000)})
	}},
	"look at a dispute": {sim.CallDispute, func(ctx context.Context, w *world, _ payment.Snapshot) (any, error) {
		return w.stripe.LookDispute(ctx, w.dispute)
	}},
	"changed disputes": {sim.CallEvents, func(ctx context.Context, w *world, _ payment.Snapshot) (any, error) {
		ids, _, err := w.stripe.ChangedDisputes(ctx, testTime, "")
		return ids, err
	}},
	"payment of a capture": {sim.CallIntent, func(ctx context.Context, w *world, s payment.Snapshot) (any, error) {
		return w.stripe.PaymentOfCapture(ctx, s.Captures[0].ID)
	}},
	"rows": {sim.CallRows, func(ctx context.Context, w *world, _ payment.Snapshot) (any, error) {
		return w.stripe.Rows(ctx, testTime.Add(-time.Hour), testTime, "")
	}},
	"balances": {sim.CallBalance, func(ctx context.Context, w *world, _ payment.Snapshot) (any, error) {
		return w.stripe.Balances(ctx, testTime)
	}},
	"payouts": {sim.CallPayout, func(ctx context.Context, w *world, _ payment.Snapshot) (any, error) {
		list, _, err := w.stripe.Payouts(ctx, testTime, testTime, "")
		return list, err
	}},
}

// harmless is no class: the question is answered all the same.
const harmless provider.Class = ""

// answered are the faults after which a question is answered differently than others.
var answered = map[string]provider.Class{
	// Another currency everywhere is a whole answer; that it is not ours is for the
	// domain to find (TestOtherCurrency).
	"look other-currency":   harmless,
	"look unknown-status":   harmless, // told as unknown: TestUnknownStatus
	"look 404":              harmless, // and the account is good: TestMissing
	"refund unknown-status": harmless,
	"refund pending":        harmless,
	// Nothing in a refund names it but its id, and all that is ours is there.
	"refund other-id":          harmless,
	"look at a dispute 404":    harmless, // Stripe says that there is none
	"payment of a capture 404": harmless,
}

// expected is the class a question fails with under a fault.
func expected(name string, kind sim.Kind) provider.Class {
	if class, special := answered[name+" "+string(kind)]; special || kind == sim.Slow {
		return class
	}
	return faultClasses[kind]
}

// TestEveryFaultHasItsClass: each fault of the simulator, at each call it can befall.
func TestEveryFaultHasItsClass(t *testing.T) {
	tried := 0
	for name, a := range everyCall {
		for _, kind := range sim.Kinds() {
			if !kind.Fits(a.call) {
				continue
			}
			tried++
			t.Run(name+" "+string(kind), func(t *testing.T) {
				w := newWorld(t)
				s := w.paid(eur(7500))
				w.disputed()
				w.advance(2 * time.Second)
				_, err := w.ask(a, kind, s)
				if class := expected(name, kind); class != harmless {
					wantClass(t, err, class)
				} else if err != nil {
					t.Error(err)
				}
			})
		}
	}
	if tried < 100 {
		t.Errorf("only %d faults were tried", tried)
	}
}

// disputed pays for another purchase and disputes it.
func (w *world) disputed() {
	w.t.Helper()
	o := order("card", eur(2000))
	o.Payment = "scvvvvvvvvvvvvvvvvvvvvvvvvvv"
	s, err := w.stripe.CreateOrder(w.t.Context(), o)
	w.must(err)
	w.must(w.sim.Pay(s.Order, sim.Instrument{}))
	w.must(w.sim.Dispute(s.Order, "fraudulent", false))
	w.dispute = w.look(s.Order).Disputes[0].ID
}

// ask asks once under a fault.
func (w *world) ask(a asked, kind sim.Kind, s payment.Snapshot) (any, error) {
	w.t.Helper()
	w.must(w.sim.Inject(sim.Fault{Kind: kind, Call: a.call}))
	limit := 20 * time.Second
	if kind == sim.TimeoutBefore || kind == sim.TimeoutAfter {
		limit = patience
	}
	ctx, cancel := context.WithTimeout(w.t.Context(), limit)
	defer cancel()
	return a.ask(ctx, w, s)
}

// TestUnknownStatus: what Stripe adds to its lists is unclear, and never paid or failed.
func TestUnknownStatus(t *testing.T) {
	w := newWorld(t)
	s := w.paid(eur(7500))
	w.must(w.sim.Inject(sim.Fault{Kind: sim.UnknownStatus, Call: sim.CallLook}))
	if got := w.look(s.Order); got.State != payment.OrderUnknown || len(got.Captures) != 0 {
		t.Errorf("an unknown status is told as %+v", got)
	}
	w.must(w.sim.Inject(sim.Fault{Kind: sim.UnknownStatus, Call: sim.CallRefund}))
	if r, err := w.refund(s, "r1", eur(1000)); err != nil || r.State != payment.Unclear {
		t.Errorf("an unknown refund is told as %+v, %v", r, err)
	}
}

// TestOtherCurrency: an answer in another currency does not fit the payment.
func TestOtherCurrency(t *testing.T) {
	w := newWorld(t)
	s := w.paid(eur(7500))
	w.must(w.sim.Inject(sim.Fault{Kind: sim.OtherCurrency, Call: sim.CallLook}))
	p := payment.Payment{ID: testPayment, Quote: order("card", eur(7500)).Quote}
	if got := w.look(s.Order); got.Fits(p) {
		t.Errorf("%s passed for ours", got.Amount)
	}
}

// TestOpenAgain: whatever becomes of the first answer, a session is made once, and its
// address is had by asking again.
func TestOpenAgain(t *testing.T) {
	for _, method := range []string{"card", "customer_balance"} {
		for _, kind := range sim.Kinds() {
			if !kind.Fits(sim.CallCreate) {
				continue
			}
			t.Run(method+" "+string(kind), func(t *testing.T) {
				w := newWorld(t)
				open := asked{sim.CallCreate, func(ctx context.Context, w *world, _ payment.Snapshot) (any, error) {
					return w.stripe.CreateOrder(ctx, order(method, eur(7500)))
				}}
				if _, err := w.ask(open, kind, payment.Snapshot{}); err != nil {
					wantClass(t, err, faultClasses[kind])
				}
				s, again := w.open(method, eur(7500)), w.open(method, eur(7500))
				if s.Order != again.Order || s.Approve == "" || s.Approve != again.Approve {
					t.Errorf("opened %s, and then %s", s.Order, again.Order)
				}
				reachable := 1
				if kind == sim.ErrorAfter {
					reachable = 2 // one of them lies behind a 500 that Stripe keeps
				}
				if all := w.sim.Sessions(); len(all) != reachable || all[len(all)-1].ID != s.Order {
					t.Errorf("there are %d sessions, the last is %s and ours %s", len(all), all[len(all)-1].ID, s.Order)
				}
			})
		}
	}
}

// TestStoredError: a 500 that Stripe keeps does not keep the buyer from paying, nor
// does it make two sessions of one; a 500 that it does not keep changes no key.
func TestStoredError(t *testing.T) {
	w := newWorld(t)
	w.must(w.sim.Inject(sim.Fault{Kind: sim.StoredError, Call: sim.CallCreate}))
	s := w.open("card", eur(7500))
	var keys []string
	for _, c := range w.sim.Calls() {
		if c.Name == sim.CallCreate {
			keys = append(keys, c.Key)
		}
	}
	if len(keys) != 3 || keys[0] != keys[1] || keys[2] != keys[0]+"-k2" || s.Approve == "" {
		t.Errorf("asked with %q", keys)
	}
	plain := newWorld(t)
	plain.must(plain.sim.Inject(sim.Fault{Kind: sim.ErrorBefore, Call: sim.CallCreate, Times: 2}))
	_, err := plain.stripe.CreateOrder(t.Context(), order("card", eur(7500)))
	wantClass(t, err, provider.Look)
	plain.open("card", eur(7500))
	for _, c := range plain.sim.Calls() {
		if c.Name == sim.CallCreate && c.Key != keys[0] {
			t.Errorf("asked with %s, want %s", c.Key, keys[0])
		}
	}
}

// TestRefundOnce: whatever becomes of the first answer, the same refund asked for again
// is made once; only a 500 that Stripe keeps for a day stays unknown as long, and then
// a look comes first.
func TestRefundOnce(t *testing.T) {
	for _, kind := range sim.Kinds() {
		if !kind.Fits(sim.CallRefund) {
			continue
		}
		t.Run(string(kind), func(t *testing.T) {
			w := newWorld(t)
			s := w.paid(eur(7500))
			_, _ = w.ask(everyCall["refund"], kind, s)
			r, err := w.refund(s, "r1", eur(1000))
			switch kind {
			case sim.StoredError, sim.ErrorAfter:
				wantClass(t, err, provider.Look)
			case sim.InsufficientFunds:
				wantClass(t, err, provider.RefundRefused) // kept under the key as well
			default:
				if err != nil || r.Own != testPayment+"-r1" {
					t.Errorf("asked again, it is %+v, %v", r, err)
				}
			}
			made := int64(1000)
			if kind == sim.StoredError || kind == sim.InsufficientFunds {
				made = 0
			}
			if got := w.sim.Sessions()[0].Refunded; got != made {
				t.Errorf("%d was given back, want %d", got, made)
			}
			if looked := w.look(s.Order); (len(looked.Refunds) == 1) != (made > 0) {
				t.Errorf("a look finds %+v", looked.Refunds)
			}
		})
	}
}

// TestRefundsThatAreRefused: what Stripe says of them, and what that proves.
func TestRefundsThatAreRefused(t *testing.T) {
	w := newWorld(t)
	s := w.paid(eur(7500))
	for _, c := range []struct {
		id    string
		total int64
		class provider.Class
		code  string
	}{
		{"r0", 0, provider.OurBug, "AMOUNT"},
		{"r1", 7501, provider.Review, "invalid_request_error"},
		{"r2", 7500, "", ""},
		{"r3", 1, provider.Look, "charge_already_refunded"},
		{"r2", 7400, provider.Look, "idempotency_error"},
	} {
		_, err := w.refund(s, c.id, eur(c.total))
		if c.class == "" {
			w.must(err)
		} else if e := wantClass(t, err, c.class); e.Code != c.code {
			t.Errorf("%s of %d: code %s, want %s", c.id, c.total, e.Code, c.code)
		}
	}
	disputed := newWorld(t)
	s = disputed.paid(eur(7500))
	disputed.must(disputed.sim.Dispute(s.Order, "fraudulent", false))
	_, err := disputed.refund(s, "r1", eur(1000))
	wantClass(t, err, provider.RefundRefused)
}

// TestRefundThatFailsLater: it had succeeded, and the money came back. That is a later
// claim, and a contradiction for a person.
func TestRefundThatFailsLater(t *testing.T) {
	w := newWorld(t)
	o := w.open("card", eur(7500))
	p := payment.Payment{ID: testPayment, Quote: order("card", eur(7500)).Quote}.Begin(Name, "card", o, testTime)
	w.must(w.sim.Pay(o.Order, sim.Instrument{}))
	s := w.look(o.Order)
	if _, err := w.refund(s, "r1", eur(1000)); err != nil {
		t.Fatal(err)
	}
	p = payment.Observe(p, w.look(o.Order))
	if status := payment.StatusOf(p); status != payment.StatusPartiallyRefunded {
		t.Errorf("refunded it is %s", status)
	}
	w.advance(48 * time.Hour)
	w.must(w.sim.EndRefund(o.Order, false))
	p = payment.Observe(p, w.look(o.Order))
	if r := p.Refunds[0]; r.State != payment.Failed || r.Reason != "lost_or_stolen_card" || payment.StatusOf(p) != payment.StatusReview {
		t.Errorf("failed later, it is %s: %+v", payment.StatusOf(p), r)
	}
}

// TestAnswersThatAreNot: answers that no simulator gives.
func TestAnswersThatAreNot(t *testing.T) {
	whole := `"object":"checkout.session","status":"complete","payment_status":"paid","created":1,"client_reference_id":"x","amount_total":5,"currency":"eur"`
	for name, body := range map[string]string{
		"another session":          `{"id":"cs_2",` + whole + `}`,
		"another kind":             `{"id":"cs_1","object":"invoice"}`,
		"no reference":             `{"id":"cs_1","object":"checkout.session","status":"open","created":1,"amount_total":5,"currency":"eur"}`,
		"an address of a stranger": `{"id":"cs_1",` + whole + `,"url":"https://checkout.stripe.com.evil.example/c/pay"}`,
		"an unknown currency":      `{"id":"cs_1",` + whole[:len(whole)-5] + `"xyz"}`,
		"a currency in capitals":   `{"id":"cs_1",` + whole[:len(whole)-5] + `"EUR"}`,
		"an intent without body":   `{"id":"cs_1",` + whole + `,"payment_intent":"pi_1"}`,
		"an intent of no amount":   `{"id":"cs_1",` + whole + `,"payment_intent":{"id":"pi_1","object":"payment_intent","status":"succeeded","created":1,"currency":"eur"}}`,
		"a sum that is none": `{"id":"cs_1",` + whole + `,"payment_intent":{"id":"pi_1","object":"payment_intent","status":"succeeded","created":1,"currency":"eur","amount":5,"amount_received":5,
			"latest_charge":{"id":"ch_1","object":"charge","created":1,"balance_transaction":{"id":"txn_1","object":"balance_transaction","amount":5,"fee":1,"net":5,"currency":"eur"}}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/v1/account" {
					_, _ = out.Write([]byte(`{"id":"acct_1","object":"account"}`))
					return
				}
				_, _ = out.Write([]byte(body))
			}))
			defer server.Close()
			s := w.client(func(c *Config) { c.API = server.URL })
			_, err := s.Look(t.Context(), "cs_1")
			wantClass(t, err, provider.Look)
		})
	}
}
