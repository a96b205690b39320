package stripe

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	api "github.com/stripe/stripe-go/v85"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// TestKeyRolls: a key that is refused is looked up anew, and the call made again; the
// account stays the same.
func TestKeyRolls(t *testing.T) {
	w := newWorld(t)
	s := w.open("card", eur(7500))
	w.sim.Roll("sk_test_new_that_no_text_may_show")
	_, err := w.stripe.Look(t.Context(), s.Order)
	wantClass(t, err, provider.MerchantSetup) // nobody knows the new one yet
	w.newer = Credentials{Key: "sk_test_new_that_no_text_may_show", Signing: testSigning}
	if got := w.look(s.Order); got.Account != s.Account || got.Order != s.Order {
		t.Errorf("with a new key it is %+v", got)
	}
	w.look(s.Order)
	if n := w.sim.Count(sim.CallAccount); n != 2 {
		t.Errorf("the account was asked for %d times, want once for each key that is good", n)
	}
}

// TestAccounts: another account, the other mode and another Stripe are others.
func TestAccounts(t *testing.T) {
	seen := map[string]string{}
	for _, c := range [][3]string{
		{API, "acct_1", "sk_test_1"}, {API, "acct_2", "sk_test_1"}, {API, "acct_1", "sk_live_1"}, {"http://127.0.0.1:1", "acct_1", "sk_test_1"},
	} {
		account := accountOf(c[0], c[1], c[2])
		if other, twice := seen[account]; twice {
			t.Errorf("%v is the same as %s", c, other)
		}
		seen[account] = fmt.Sprint(c)
	}
	if accountOf(API, "acct_1", "rk_test_2") != accountOf(API, "acct_1", "sk_test_1") {
		t.Error("another key of one account is another account")
	}
}

// TestAccountChanges: where the control call is answered by another account, nothing is
// known of the session.
func TestAccountChanges(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/account" {
			asked++
			fmt.Fprintf(out, `{"id":"acct_%d","object":"account"}`, asked)
			return
		}
		out.WriteHeader(http.StatusNotFound)
		fmt.Fprint(out, `{"error":{"type":"invalid_request_error","code":"resource_missing"}}`)
	}))
	defer server.Close()
	s := newWorld(t).client(func(c *Config) { c.API = server.URL })
	_, err := s.Look(t.Context(), "cs_1")
	wantClass(t, err, provider.Look)
}

// TestWarm: whose the key is, is asked for once.
func TestWarm(t *testing.T) {
	w := newWorld(t)
	w.must(w.stripe.Warm(t.Context()))
	w.must(w.stripe.Warm(t.Context()))
	w.open("card", eur(7500))
	if n := w.sim.Count(sim.CallAccount); n != 1 {
		t.Errorf("the account was asked for %d times", n)
	}
}

// TestEveryCall: the version is pinned, a POST has a key of ours, and a GET has none.
func TestEveryCall(t *testing.T) {
	w := newWorld(t)
	s := w.paid(eur(7500))
	_, err := w.refund(s, "r1", eur(1000))
	w.must(err)
	for _, c := range w.sim.Calls() {
		switch {
		case c.Name == sim.Page:
		case c.Version != api.APIVersion || api.APIVersion != "2026-03-25.dahlia":
			t.Errorf("%s pins %q", c.Path, c.Version)
		case (c.Method == http.MethodPost) != strings.HasPrefix(c.Key, testPayment):
			t.Errorf("%s %s has the key %q", c.Method, c.Path, c.Key)
		}
	}
}

// TestWindow: outside the window the same refund asked for again is another one, which
// is why a look has to come first; it finds the first.
func TestWindow(t *testing.T) {
	w := newWorld(t)
	s := w.paid(eur(7500))
	first, err := w.refund(s, "r1", eur(1000))
	w.must(err)
	w.advance(w.stripe.Window() - time.Second)
	if again, err := w.refund(s, "r1", eur(1000)); err != nil || again.ID != first.ID {
		t.Errorf("inside the window it is %+v, %v", again, err)
	}
	if found := w.look(s.Order).Refunds; len(found) != 1 || found[0].Own != first.Own {
		t.Errorf("a look finds %+v", found)
	}
	w.advance(time.Second)
	if again, err := w.refund(s, "r1", eur(1000)); err != nil || again.ID == first.ID {
		t.Errorf("outside it is %+v, %v", again, err)
	}
}

// TestExpire: what is not paid is made impossible to pay, and what is paid is told.
func TestExpire(t *testing.T) {
	type happening = func(*world, string) error
	pay := func(w *world, id string) error { return w.sim.Pay(id, sim.Instrument{}) }
	later := func(w *world, id string) error { return w.sim.Process(id) }
	fail := func(w *world, id string) error { return w.sim.Conclude(id, false) }
	decline := func(w *world, id string) error { return w.sim.Decline(id, "card_declined") }
	challenge := func(w *world, id string) error { return w.sim.Challenge(id) }
	part := func(w *world, id string) error { return w.sim.Transfer(id, 5000) }
	for _, c := range []struct {
		name, method string
		before       []happening
		state        payment.OrderState
		capture      payment.State // "" for none
		after        happening     // what the buyer then tries
		refused      bool
	}{
		{"a declined one", "card", []happening{decline}, payment.OrderVoided, "", pay, true},
		{"one whose bank asks", "card", []happening{challenge}, payment.OrderVoided, "", func(w *world, id string) error { return w.sim.Authenticate(id, true) }, true},
		{"one that failed", "card", []happening{later, fail}, payment.OrderCompleted, payment.Failed, pay, true},
		{"a transfer in part", "customer_balance", []happening{pay, part}, payment.OrderCompleted, payment.Pending, func(w *world, id string) error { return w.sim.Transfer(id, 2500) }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			s := w.open(c.method, eur(7500))
			for _, happens := range c.before {
				w.must(happens(w, s.Order))
			}
			got, err := w.stripe.Expire(t.Context(), s.Order)
			w.must(err)
			if got.State != c.state || (len(got.Captures) == 1) != (c.capture != "") || c.capture != "" && got.Captures[0].State != c.capture {
				t.Errorf("expired as %+v", got)
			}
			if again, err := w.stripe.Expire(t.Context(), s.Order); err != nil || again.State != got.State {
				t.Errorf("once more it is %+v, %v", again, err)
			}
			if err := c.after(w, s.Order); (err != nil) != c.refused {
				t.Errorf("afterwards the buyer gets %v", err)
			}
			p := payment.Payment{ID: testPayment, Quote: order(c.method, eur(7500)).Quote}.Begin(Name, c.method, s, w.now())
			if dead := c.state == payment.OrderVoided || c.capture == payment.Failed; payment.MaySwitch(p) || payment.MaySwitch(payment.Observe(p, got)) != dead {
				t.Errorf("the buyer may go on before %t, and after %t", payment.MaySwitch(p), payment.MaySwitch(payment.Observe(p, got)))
			}
			dead := c.state == payment.OrderVoided || c.capture == payment.Failed
			if received := w.sim.Sessions()[0].Received; dead && received != 0 {
				t.Errorf("a dead session took %d", received)
			}
			if cash := w.sim.Cash(s.Order); c.method == "customer_balance" && (cash == 7500) != dead {
				t.Errorf("of what was transferred the customer has %d", cash)
			}
		})
	}
}

func TestNew(t *testing.T) {
	good := Config{API: API, Pages: Pages, Credentials: newWorld(t).credentials, ReturnURL: "https://shop.example/", CancelURL: "https://shop.example/"}
	if _, err := New(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Config){
		"no API":         func(c *Config) { c.API = "" },
		"no pages":       func(c *Config) { c.Pages = "" },
		"no credentials": func(c *Config) { c.Credentials = nil },
		"no way back":    func(c *Config) { c.ReturnURL = "" },
		"a plain API":    func(c *Config) { c.API = "http://api.stripe.com" },
		"an API's path":  func(c *Config) { c.API += "/v1" },
		"a strange bank": func(c *Config) { c.BankCountry = "US" },
		"a page's path":  func(c *Config) { c.Pages += "/" },
	} {
		bad := good
		change(&bad)
		if _, err := New(bad); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if text := fmt.Sprintf("%v %+v %s %#v", Credentials{"sk_1", "whsec_1"}, Credentials{"sk_1", "whsec_1"}, Credentials{"sk_1", "whsec_1"}, Credentials{"sk_1", "whsec_1"}); strings.Contains(text, "_1") {
		t.Errorf("credentials are printed: %s", text)
	}
}
