package stripe

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/providertest"
)

func TestContract(t *testing.T) {
	providertest.Run(t, providertest.Subject{
		Open: openContract, Purchases: contractPurchases, Proved: "testdata/proved/ways.jsonl",
		Inexpressible: []money.Amount{
			money.New(7501, "KWD"), money.New(7500, "UGX"), money.New(7500, "MGA"), money.New(7500, "XXX"), money.New(7500, "eur"),
		},
		Calls: map[providertest.Call]string{
			providertest.Identify: string(sim.CallAccount), providertest.Control: string(sim.CallAccount),
			providertest.Create: string(sim.CallCreate), providertest.Promise: string(sim.CallCreate), providertest.Prepare: string(sim.CallCustomer),
			providertest.Look: string(sim.CallLook), providertest.Parts: string(sim.CallRefunds),
			providertest.Refund: string(sim.CallRefund), providertest.Expire: string(sim.CallExpire), providertest.Cancel: string(sim.CallCancel),
			providertest.Trace: string(sim.CallIntent), providertest.Dispute: string(sim.CallDispute), providertest.Disputes: string(sim.CallEvents),
			providertest.Report: string(sim.CallRows), providertest.Balance: string(sim.CallBalance),
			providertest.Payouts: string(sim.CallPayout), providertest.PaidOut: string(sim.CallPayout),
		},
		Kinds: kindNames(), Fits: func(kind, call string) bool { return sim.Kind(kind).Fits(sim.CallName(call)) },
		Heals:      []providertest.Call{providertest.Create, providertest.Promise, providertest.Prepare, providertest.Expire, providertest.Cancel},
		Departures: contractDepartures,
		Tolerance:  tolerance, Beyond: tolerance + time.Second,
		ReportedAfter: time.Second, MostRows: reportPages * pageSize, CodeOf: CodeOf,
		Secrets: []string{"that_no_text_may_show"},
	})
}

// contractPurchases are a purchase in every way to pay, in more than one currency.
var contractPurchases = []providertest.Purchase{
	{System: "Visa", Method: "card", Country: "DE", Total: eur(7500), Refusable: true},
	{System: "Mastercard", Method: "card", Country: "US", Total: money.New(1999, "USD"), Refusable: true},
	{System: "UnionPay", Method: "card", Country: "JP", Total: money.New(7500, "JPY"), Refusable: true},
	{System: "Apple Pay", Method: "card", Country: "GB", Total: money.New(4200, "GBP"), Refusable: true},
	{System: "Google Pay", Method: "card", Country: "CH", Total: money.New(4200, "CHF"), Refusable: true},
	{System: "Visa", Method: "card", Country: "KW", Total: money.New(12_340, "KWD"), Refusable: true},
	{System: "Mastercard", Method: "card", Country: "IS", Total: money.New(1500, "ISK"), Refusable: true},
	{System: "Alipay", Method: "alipay", Country: "CN", Total: money.New(4200, "CNY"), Refusable: true},
	{System: "WeChat Pay", Method: "wechat_pay", Country: "CN", Total: money.New(4200, "HKD"), Refusable: true},
	{System: "Samsung Pay", Method: "samsung_pay", Country: "KR", Total: money.New(15_000, "KRW"), Refusable: true},
	{System: "Stablecoins", Method: "crypto", Country: "US", Total: money.New(2500, "USD"), Refusable: true},
	{System: "iDEAL", Method: "ideal", Country: "NL", Total: eur(7500), Refusable: true},
	{System: "Bancontact", Method: "bancontact", Country: "BE", Total: eur(7500), Refusable: true},
	{System: "BLIK", Method: "blik", Country: "PL", Total: money.New(7500, "PLN"), Refusable: true},
	{System: "eps", Method: "eps", Country: "AT", Total: eur(7500), Refusable: true},
	{System: "Przelewy24", Method: "p24", Country: "PL", Total: money.New(7500, "PLN"), Refusable: true},
	{System: "Przelewy24", Method: "p24", Country: "PL", Total: eur(7500), Refusable: true},
	{System: "Bank transfer", Method: "bank_transfer", Country: "DE", Total: eur(7500), Awaited: true},
	{System: "Bank transfer", Method: "bank_transfer", Country: "US", Total: money.New(7500, "USD"), Awaited: true},
	{System: "Bank transfer", Method: "bank_transfer", Country: "GB", Total: money.New(7500, "GBP"), Awaited: true},
	{System: "Bank transfer", Method: "bank_transfer", Country: "JP", Total: money.New(7500, "JPY"), Awaited: true},
	{System: "Bank transfer", Method: "bank_transfer", Country: "MX", Total: money.New(75000, "MXN"), Awaited: true},
}

var contractDepartures = map[string]provider.Class{
	// Nothing in a refund names it but its id, and all that is ours is there.
	"refund, another id": providertest.Answered,
}

func kindNames() (names []string) {
	for _, k := range sim.Kinds() {
		names = append(names, string(k))
	}
	return names
}

// contractWorld is a simulated Stripe with the contract's levers.
type contractWorld struct {
	*sim.Simulator
	http.Handler
	t       *testing.T
	setting providertest.Setting

	mu    sync.Mutex
	key   Credentials
	newer Credentials // found where the key is refused
}

func openContract(t *testing.T, s providertest.Setting) providertest.World {
	w := &contractWorld{t: t, setting: s, key: Credentials{Key: testKey, Signing: testSigning}}
	w.Simulator = sim.New(sim.Config{Seed: 7, Now: s.Now, Sleep: s.Sleep, Key: testKey, PublicURL: s.URL})
	w.SetWebhook(s.Webhook, testSigning)
	w.Handler = watched(t, w.Simulator)
	return w
}

func (w *contractWorld) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	w.Handler.ServeHTTP(out, r)
}

func (w *contractWorld) Client() provider.Provider {
	s, err := New(Config{
		API: w.setting.URL, Pages: w.setting.URL, Credentials: w.credentials, Brand: "Corner Shop", BankCountry: "DE",
		ReturnURL: "https://shop.example/?checkout=return", CancelURL: "https://shop.example/?checkout=cancel",
		Transport: w.setting.Transport, Now: w.setting.Now,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *contractWorld) credentials(_ context.Context, refused Credentials) (Credentials, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if refused.Key != "" && w.newer.Key != "" {
		w.key = w.newer
	}
	return w.key, nil
}

const rolledKey = "sk_test_rolled_that_no_text_may_show"

func (w *contractWorld) Revoke() { w.Roll(rolledKey) }

func (w *contractWorld) Renew() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.newer = Credentials{Key: rolledKey, Signing: testSigning}
}

// instruments are what buyers pay with, by payment system.
var instruments = map[string]sim.Instrument{
	"Visa": {Brand: "visa"}, "Mastercard": {Brand: "mastercard"}, "UnionPay": {Brand: "unionpay"},
	"Apple Pay": {Brand: "visa", Wallet: "apple_pay"}, "Google Pay": {Brand: "visa", Wallet: "google_pay"},
}

func (w *contractWorld) Pay(order string, p providertest.Purchase) error {
	return w.Simulator.Pay(order, instruments[p.System])
}

func (w *contractWorld) Refuse(order string) error { return w.Decline(order, "card_declined") }

// Leave: the way back to the shop changes nothing at Stripe.
func (w *contractWorld) Leave(string) error { return nil }

func (w *contractWorld) PayLate(order string) error { return w.Process(order) }

func (w *contractWorld) Conclude(order string, arrives bool) error {
	s := w.session(order)
	if s.Method != "customer_balance" {
		return w.Simulator.Conclude(order, arrives)
	}
	return w.Transfer(order, s.Amount)
}

func (w *contractWorld) session(order string) sim.Session {
	for _, s := range w.Sessions() {
		if s.ID == order {
			return s
		}
	}
	w.t.Errorf("there is no session %s", order)
	return sim.Session{}
}

func (w *contractWorld) RefundElsewhere(order string, a money.Amount) error {
	return w.RefundInDashboard(order, atStripe(a))
}

func (w *contractWorld) Dispute(order string) error {
	return w.Simulator.Dispute(order, "fraudulent", true)
}

func (w *contractWorld) Other() error {
	w.Charge("eur", 100)
	return nil
}

func (w *contractWorld) Inject(kind, call string) error {
	return w.Simulator.Inject(sim.Fault{Kind: sim.Kind(kind), Call: sim.CallName(call)})
}

func (w *contractWorld) Waiting() bool { return len(w.Faults()) > 0 }

func (w *contractWorld) Deliver() { w.Simulator.Deliver(context.Background()) }

func (w *contractWorld) Sign(body []byte, at time.Time, other bool) http.Header {
	secret := testSigning
	if other {
		secret = "whsec_of_another"
	}
	return http.Header{"Stripe-Signature": {sim.Sign(at, body, secret)}}
}

func (w *contractWorld) Event() []byte {
	return []byte(`{"id":"evt_1","object":"event","type":"customer.created","data":{"object":{"id":"cus_1"}}}`)
}

func (w *contractWorld) Books(payment string) (b providertest.Books) {
	var taken, given int64
	for _, s := range w.Sessions() {
		if s.Reference != payment {
			continue
		}
		b.Taken.Currency = money.Currency(strings.ToUpper(s.Currency))
		taken, given = taken+s.Received, given+s.Refunded
		if s.Received > 0 {
			b.Charges++
		}
		b.Refunds += s.Refunds
	}
	b.Given.Currency = b.Taken.Currency
	b.Taken.Minor, b.Given.Minor = fromStripe(taken, b.Taken.Currency), fromStripe(given, b.Taken.Currency)
	return b
}

// atStripe is an amount in Stripe's units, worked out apart from the adapter, and
// fromStripe the way back.
func atStripe(a money.Amount) int64 {
	if a.Currency == "ISK" {
		return a.Minor * 100
	}
	return a.Minor
}

func fromStripe(count int64, c money.Currency) int64 {
	if c == "ISK" {
		return count / 100
	}
	return count
}

func (w *contractWorld) Balance(c money.Currency) money.Amount {
	available, pending := w.Simulator.Balance(string(c))
	return money.New(fromStripe(available+pending, c), c)
}

func (w *contractWorld) PayOut(c money.Currency) (string, time.Duration, error) {
	id, _ := w.Simulator.PayOut(strings.ToLower(string(c)))
	if id == "" {
		return "", 0, errors.New("nothing is available")
	}
	return id, time.Hour, nil
}
