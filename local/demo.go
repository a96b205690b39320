package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/clock"
	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
	"github.com/serverless-checkout/serverless-checkout/shared/store/bolt"
)

// demo plays purchases by itself, as buyers, browsers and the scheduler would,
// over the same HTTP, and says of each how it went and what it cost. Whatever is
// not as it should be is a fault, and a fault ends the run with 1.
type demo struct {
	world  *world
	clock  *clock.Moved
	out    io.Writer
	faults []string
	played int
	began  time.Time
	after  func(scene string) // what a test does between two scenes; nil: nothing
}

// play runs every scene. Its error counts the faults.
func (d *demo) play(ctx context.Context) error {
	d.began = d.clock.Now()
	for _, scene := range []struct {
		title string
		run   func(context.Context, *scene)
	}{
		{"A purchase", d.aPurchase},
		{"A repeated click", d.aRepeatedClick},
		{"A closed tab and a lost webhook", d.aClosedTab},
		{"A buyer who never comes back", d.aBuyerWhoNeverComes},
		{"A declined card and a second approval", d.aDeclinedCard},
		{"An answer that never came", d.aLostAnswer},
		{"A bank whose money takes days", d.aBank},
		{"A closed tab and a doorbell", d.aDoorbell},
		{"A doubled doorbell and forged ones", d.forgedDoorbells},
		{"A part refund, its key repeated", d.aPartRefund},
		{"A refund in PayPal's dashboard", d.aDashboardRefund},
		{"Two refunds at once, too much together", d.aRefundRace},
		{"A dispute", d.aDispute},
		{"A sale in a currency that is converted", d.aConversion},
		{"A payout", d.aPayout},
		{"Money on hold, and let go", d.aHold},
		{"A chargeback with its fee", d.aChargeback},
		{"Another shop's sale on the same account", d.aForeignSale},
		{"A card, at Stripe", d.aCard},
		{"A bank transfer that arrives later, in part and then too much", d.aTransfer},
		{"A part refund at Stripe", d.aRefundAtStripe},
	} {
		d.scene(ctx, scene.title, scene.run)
		if d.after != nil {
			d.after(scene.title)
		}
	}
	d.balance()
	d.account(ctx)
	if len(d.faults) > 0 {
		for _, f := range d.faults {
			fmt.Fprintf(d.out, "FAULT: %s\n", f)
		}
		return fmt.Errorf("%d of the demo's expectations did not hold", len(d.faults))
	}
	fmt.Fprintf(d.out, "everything as it should be: %d scenes\n", d.played)
	return nil
}

// scene is one purchase under way, seen from outside.
type scene struct {
	demo  *demo
	title string
	key   string
	id    string
	token string
	began time.Time
}

func (d *demo) scene(ctx context.Context, title string, run func(context.Context, *scene)) {
	d.played++
	fmt.Fprintf(d.out, "%d. %s\n", d.played, title)
	s := &scene{demo: d, title: title, began: d.clock.Now(),
		key: fmt.Sprintf("%08d-demo-key-of-this-cart-%08d", d.world.seed, d.played)}
	counts, calls := d.world.table.Counts(), d.world.calls.counts()
	run(ctx, s)
	s.printTimeline(ctx)
	s.printCost("cost", counts, calls)
	d.world.paypal.LoseNext(d.world.paypal.Waiting()) // no scene rings in the next one
	d.world.paypal.Deliver(ctx)
	d.world.stripe.LoseNext(d.world.stripe.Waiting())
	d.world.stripe.Deliver(ctx)
	counts, calls = d.world.table.Counts(), d.world.calls.counts()
	d.clock.Move(24 * time.Hour)
	done, err := d.world.handlers.Sweep()(ctx, nil)
	s.want(err == nil && done.Failed == 0 && done.Changed == 0, "the sweep of the day after: %+v, %v", done, err)
	s.printCost(fmt.Sprintf("the day after, the sweep: %d due", done.Due), counts, calls)
	fmt.Fprintln(d.out)
}

// want notes a fault unless it holds.
func (s *scene) want(holds bool, format string, args ...any) {
	if !holds {
		s.demo.faults = append(s.demo.faults, s.title+": "+fmt.Sprintf(format, args...))
	}
}

func (s *scene) say(format string, args ...any) {
	fmt.Fprintf(s.demo.out, "   %s\n", fmt.Sprintf(format, args...))
}

// reply is what the API answers, as a browser reads it.
type reply struct {
	HTTP   int
	ID     string `json:"id"`
	Token  string `json:"token"`
	Status any    `json:"status"` // a payment's status, or a problem's HTTP status
	Total  struct {
		Currency string `json:"currency"`
		Value    string `json:"value"`
	} `json:"total"`
	Next struct {
		Action string `json:"action"`
	} `json:"next"`
	State      string `json:"state"`   // a refund's
	Outcome    string `json:"outcome"` // a webhook's
	Refundable struct {
		Value string `json:"value"`
	} `json:"refundable"`
	Disputes []struct {
		Open   bool   `json:"open"`
		Answer string `json:"seller_response_due_date"`
	} `json:"disputes"`
	Payment *reply `json:"payment"`
}

// status is the payment's status, wherever it stands.
func (r reply) status() string {
	if r.Payment != nil {
		return r.Payment.status()
	}
	s, _ := r.Status.(string)
	return s
}

// call is one request over HTTP to the API, as the storefront sends it.
func (s *scene) call(ctx context.Context, method, path, body string, headers map[string]string) reply {
	got, err := s.demo.world.request(ctx, method, path, body, headers)
	if err != nil {
		s.want(false, "%s %s: %v", method, path, err)
		return reply{}
	}
	defer got.Body.Close()
	r := reply{HTTP: got.StatusCode}
	if err := json.NewDecoder(got.Body).Decode(&r); err != nil {
		s.want(false, "%s %s answered no JSON: %v", method, path, err)
	}
	return r
}

const demoCart = `{"cart":[{"sku":"BOOK-TIDES","quantity":2},{"sku":"CARD-GIFT","quantity":1}],"currency":"EUR","country":"DE","language":"de","method":"paypal","reference":"DEMO"}`

// raceCart is worth 100.00 USD.
const raceCart = `{"cart":[{"sku":"CARD-GIFT","quantity":2}],"currency":"USD","country":"US","method":"paypal","reference":"DEMO"}`

func (s *scene) open(ctx context.Context, wantHTTP int) reply {
	return s.openCart(ctx, demoCart, wantHTTP, "75.00")
}

func (s *scene) openCart(ctx context.Context, cart string, wantHTTP int, total string) reply {
	r := s.call(ctx, http.MethodPost, "/payments", cart, map[string]string{"idempotency-key": s.key})
	s.id, s.token = r.ID, r.Token
	s.say("POST /payments: %d %s, %s %s", r.HTTP, r.status(), r.Total.Currency, r.Total.Value)
	s.want(r.HTTP == wantHTTP, "POST /payments answered %d, not %d", r.HTTP, wantHTTP)
	s.want(r.Total.Value == total, "the total is %s, not %s", r.Total.Value, total)
	return r
}

func (s *scene) capture(ctx context.Context, wantHTTP int, wantStatus payment.Status) {
	r := s.call(ctx, http.MethodPost, "/payments/"+s.id+"/capture", "", map[string]string{"checkout-token": s.token})
	s.say("POST /payments/{id}/capture: %d %s", r.HTTP, r.status())
	s.want(r.HTTP == wantHTTP && r.status() == string(wantStatus), "the capture answered %d %s, not %d %s", r.HTTP, r.status(), wantHTTP, wantStatus)
}

func (s *scene) approve(with sim.Funding) {
	for _, o := range s.demo.world.paypal.Orders() {
		if o.CustomID == s.id {
			s.demo.clock.Move(30 * time.Second) // a person reads the page first
			err := s.demo.world.paypal.ApproveWith(o.ID, with)
			s.say("the buyer approves at PayPal (%s)", with)
			s.want(err == nil, "the approval failed: %v", err)
			return
		}
	}
	s.want(false, "PayPal has no order of %s", s.id)
}

// sweepAfter lets time pass and starts the sweep, as the schedule would.
func (s *scene) sweepAfter(ctx context.Context, d time.Duration) {
	s.demo.clock.Move(d)
	done, err := s.demo.world.handlers.Sweep()(ctx, nil)
	s.say("%s later, the sweep: %d due, %d captured", d, done.Due, done.Captured)
	s.want(err == nil && done.Failed == 0, "the sweep failed: %+v, %v", done, err)
}

func (s *scene) wantStatus(ctx context.Context, want payment.Status) {
	r := s.call(ctx, http.MethodGet, "/payments/"+s.id, "", map[string]string{"checkout-token": s.token})
	s.say("GET /payments/{id}: %d %s", r.HTTP, r.status())
	s.want(r.status() == string(want), "the payment is %s, not %s", r.status(), want)
}

// wantCharges asks PayPal's own books how often this purchase was charged.
func (s *scene) wantCharges(want int) {
	charges := s.demo.world.paypal.Books().Charged(s.id)
	s.want(len(charges) == want, "PayPal's books have %d charges, not %d", len(charges), want)
	for _, c := range charges {
		s.want(c.Amount == 7500 && c.Currency == "EUR", "PayPal charged %d %s", c.Amount, c.Currency)
	}
}

func (s *scene) stored(ctx context.Context) (payment.Payment, error) {
	item, err := s.demo.world.table.Get(ctx, store.PaymentKey(s.id))
	if err != nil {
		return payment.Payment{}, err
	}
	return payment.Decode(item.Document)
}

func (s *scene) printTimeline(ctx context.Context) {
	p, err := s.stored(ctx)
	s.want(err == nil, "the payment cannot be read: %v", err)
	for _, e := range p.Timeline {
		fmt.Fprintln(s.demo.out, strings.TrimRight(fmt.Sprintf("     +%-9s %s %s", e.At.Sub(s.began), e.Code, s.plain(e.Ref)), " "))
	}
	for _, e := range p.Entries {
		fee := ""
		if !e.Fee.IsZero() {
			fee = ", fee " + e.Fee.String() + ","
		}
		fmt.Fprintf(s.demo.out, "     money: %s %s%s %s\n", e.Kind, e.Amount, fee, e.Ref)
	}
}

// plain leaves out of our own refund ids what depends on which of two won.
func (s *scene) plain(ref string) string {
	if strings.HasPrefix(ref, s.id+"-") {
		return "{id}-refund"
	}
	return ref
}

func (s *scene) printCost(what string, counts bolt.Counts, calls map[string]int) {
	now := s.demo.world.table.Counts()
	s.say("%s: %d base writes, %d index writes; provider calls: %s",
		what, now.Writes-counts.Writes, now.IndexWrites-counts.IndexWrites, since(calls, s.demo.world.calls.counts()))
}

// balance prints PayPal's books, which must sum to zero, and how they belong to the
// account below; wantAccount holds the two together.
func (d *demo) balance() {
	fmt.Fprintln(d.out, "PayPal's own books, apart from ours, in each currency's smallest unit (75.00 is 7500)")
	for _, a := range d.world.paypal.Books().Accounts {
		fmt.Fprintf(d.out, "   %s: buyers %d, merchant %d, PayPal %d; together %d\n", a.Currency, a.Buyer, a.Merchant, a.PayPal, a.Buyer+a.Merchant+a.PayPal)
		if a.Buyer+a.Merchant+a.PayPal != 0 {
			d.faults = append(d.faults, "PayPal's books do not sum to zero")
		}
	}
	fmt.Fprintln(d.out, "   the merchant's is what closes the account below, and what was paid out of it before")
	fmt.Fprintln(d.out, "   PayPal's is its fees, those of the other shop too, and what a conversion takes in one currency and gives in the other")
	fmt.Fprintln(d.out)
}
