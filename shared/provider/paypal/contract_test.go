package paypal

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/providertest"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
	"github.com/serverless-checkout/serverless-checkout/tests/paypalspec"
)

func TestContract(t *testing.T) {
	providertest.Run(t, providertest.Subject{
		Open: openContract, Purchases: contractPurchases, Proved: "testdata/proved/ways.jsonl",
		Inexpressible: []money.Amount{
			money.New(7501, "HUF"), money.New(7501, "TWD"), money.New(7500, "KWD"), money.New(7500, "KRW"), money.New(7500, "XXX"), money.New(7500, "eur"),
		},
		Calls: map[providertest.Call]string{
			providertest.Identify: string(sim.CallToken), providertest.Control: string(sim.CallControl),
			providertest.Create: string(sim.CallCreate), providertest.Look: string(sim.CallLook), providertest.Capture: string(sim.CallCapture),
			providertest.Refund: string(sim.CallRefund), providertest.Trace: string(sim.CallLook),
			providertest.Dispute: string(sim.CallDispute), providertest.Disputes: string(sim.CallDispute),
			providertest.Certificate: string(sim.CallCert), providertest.Verify: string(sim.CallVerify),
			providertest.Report: string(sim.CallReport), providertest.Balance: string(sim.CallBalance),
		},
		Kinds: kindNames(), Fits: func(kind, call string) bool { return sim.Kind(kind).Fits(sim.CallName(call)) },
		Departures: contractDepartures,
		Tolerance:  3 * 24 * time.Hour, Beyond: 3 * 365 * 24 * time.Hour,
		ReportedAfter: 4 * time.Hour, MostRows: 10_000, CodeOf: settlement.CodeOf,
		Secrets: []string{testSecret},
	})
}

// contractPurchases are a purchase in every way to pay, in more than one currency.
var contractPurchases = []providertest.Purchase{
	{System: "PayPal", Method: "paypal", Country: "DE", Total: money.New(7500, "EUR"), Refusable: true, RefundDays: 180},
	{System: "PayPal", Method: "paypal", Country: "JP", Total: money.New(7500, "JPY"), Refusable: true, RefundDays: 180},
	{System: "PayPal", Method: "paypal", Country: "HU", Total: money.New(750_000, "HUF"), Refusable: true, RefundDays: 180},
	{System: "Pay Later", Method: "paylater", Country: "DE", Total: money.New(7500, "EUR"), Refusable: true, RefundDays: 180},
	{System: "Venmo", Method: "venmo", Country: "US", Total: money.New(7500, "USD"), Refusable: true, RefundDays: 180},
	{System: "iDEAL", Method: "ideal", Country: "NL", Total: money.New(7500, "EUR"), RefundDays: 180},
	{System: "Bancontact", Method: "bancontact", Country: "BE", Total: money.New(7500, "EUR"), RefundDays: 180},
	{System: "BLIK", Method: "blik", Country: "PL", Total: money.New(7500, "PLN"), RefundDays: 180},
	{System: "eps", Method: "eps", Country: "AT", Total: money.New(7500, "EUR"), RefundDays: 180},
	{System: "MyBank", Method: "mybank", Country: "IT", Total: money.New(7500, "EUR"), RefundDays: 180},
	{System: "Przelewy24", Method: "p24", Country: "PL", Total: money.New(7500, "PLN"), RefundDays: 180},
	{System: "Przelewy24", Method: "p24", Country: "PL", Total: money.New(7500, "EUR"), RefundDays: 180},
	{System: "Trustly", Method: "trustly", Country: "SE", Total: money.New(7500, "SEK"), RefundDays: 365},
}

var contractDepartures = map[string]provider.Class{
	// A token that is refused is replaced by another, and the call made again.
	"401": providertest.Answered,
	// What another app of the account made may not be read, and is not ours.
	"payment of a capture, 403":  providertest.Answered,
	"payment of a movement, 403": providertest.Answered,
}

func kindNames() (names []string) {
	for _, k := range sim.Kinds() {
		names = append(names, string(k))
	}
	return names
}

const contractWebhook = "WHOFTHECONTRACT"

// contractAuthority signs the webhooks of every world: a key takes long to make.
var contractAuthority = sync.OnceValue(func() *sim.Authority {
	from := testTime.AddDate(-1, 0, 0)
	a, err := sim.NewAuthority("", from, from.AddDate(2, 0, 0))
	if err != nil {
		panic(err)
	}
	return a
})

// contractWorld is a simulated PayPal with the contract's levers.
type contractWorld struct {
	*sim.Simulator
	http.Handler
	t       *testing.T
	setting providertest.Setting

	mu    sync.Mutex
	as    Credentials
	newer Credentials       // found where the others are refused
	cases map[string]string // the dispute about an order
}

func openContract(t *testing.T, s providertest.Setting) providertest.World {
	w := &contractWorld{t: t, setting: s, as: Credentials{"client", testSecret}, cases: map[string]string{}}
	w.Simulator = w.simulator(s.Now)
	w.Handler = paypalspec.Watch(t, w.Simulator)
	return w
}

func (w *contractWorld) simulator(now func() time.Time) *sim.Simulator {
	return sim.New(sim.Config{
		Seed: 7, Now: now, Sleep: w.setting.Sleep, ClientID: "client", ClientSecret: testSecret, PublicURL: w.setting.URL,
		Webhook: sim.Webhook{URL: w.setting.Webhook, ID: contractWebhook, Authority: contractAuthority()},
	})
}

func (w *contractWorld) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	w.Handler.ServeHTTP(out, r)
}

func (w *contractWorld) Client() provider.Provider {
	p, err := New(Config{
		API: w.setting.URL, Pages: w.setting.URL, Credentials: w.credentials, Brand: "Corner Shop",
		ReturnURL: "https://shop.example/?checkout=return", CancelURL: "https://shop.example/?checkout=cancel",
		WebhookID: contractWebhook, CertCA: contractAuthority().CA(), Transport: w.setting.Transport, Now: w.setting.Now,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *contractWorld) credentials(_ context.Context, refused Credentials) (Credentials, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if refused != (Credentials{}) && w.newer != (Credentials{}) {
		w.as = w.newer
	}
	return w.as, nil
}

const newSecret = testSecret + "-rolled"

func (w *contractWorld) Revoke() {
	w.SetCredentials("client", newSecret)
	w.RevokeTokens()
}

func (w *contractWorld) Renew() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.newer = Credentials{"client", newSecret}
}

func (w *contractWorld) Pay(order string, _ providertest.Purchase) error { return w.Approve(order) }

func (w *contractWorld) Refuse(order string) error { return w.ApproveWith(order, sim.Declined) }

func (w *contractWorld) Leave(order string) error { return w.Cancel(order) }

// PayLate: a bank's buyer has no eCheck, and the wallet's no bank transfer.
func (w *contractWorld) PayLate(order string) error {
	if err := w.ApproveWith(order, sim.ECheck); err == nil {
		return nil
	}
	return w.ApproveWith(order, sim.OnItsWay)
}

func (w *contractWorld) Conclude(order string, arrives bool) error {
	return w.SettlePending(w.charge(order), arrives)
}

// charge is the capture of an order, which PayPal makes one of at the most.
func (w *contractWorld) charge(order string) string {
	for _, c := range w.Simulator.Books().Charges {
		if c.Order == order {
			return c.ID
		}
	}
	return ""
}

func (w *contractWorld) RefundElsewhere(order string, a money.Amount) error {
	return w.RefundInDashboard(w.charge(order), atPayPal(a))
}

// whole are the currencies of which PayPal takes no parts and ISO 4217 has them.
var whole = []money.Currency{"HUF", "TWD"}

// atPayPal and fromPayPalsUnits are amounts in PayPal's smallest units and back, worked
// out apart from the adapter.
func atPayPal(a money.Amount) int64 {
	if slices.Contains(whole, a.Currency) {
		return a.Minor / 100
	}
	return a.Minor
}

func fromPayPalsUnits(count int64, c money.Currency) money.Amount {
	if slices.Contains(whole, c) {
		count *= 100
	}
	return money.New(count, c)
}

func (w *contractWorld) EndRefund(order string, arrives bool) error {
	for _, r := range w.Simulator.Books().Refunded(w.charge(order)) {
		if r.State == "PENDING" {
			return w.SettleRefund(r.ID, arrives)
		}
	}
	return errors.New("no refund is on its way")
}

func (w *contractWorld) Dispute(order string) (err error) {
	w.cases[order], err = w.OpenDispute(w.charge(order), "MERCHANDISE_OR_SERVICE_NOT_RECEIVED")
	return err
}

func (w *contractWorld) Escalate(order string) error {
	return w.UpdateDispute(w.cases[order], "CHARGEBACK", w.setting.Now().Add(10*24*time.Hour))
}

func (w *contractWorld) Resolve(order string, won bool) error {
	outcome := "RESOLVED_BUYER_FAVOUR"
	if won {
		outcome = "RESOLVED_SELLER_FAVOUR"
	}
	return w.ResolveDispute(w.cases[order], outcome)
}

func (w *contractWorld) Other() error {
	_, err := w.Sell(sim.Sale{Currency: "EUR", Amount: 1000, CustomID: "another shop's"})
	return err
}

func (w *contractWorld) Inject(kind, call string) error {
	return w.Simulator.Inject(sim.Fault{Kind: sim.Kind(kind), Call: sim.CallName(call)})
}

func (w *contractWorld) Waiting() bool { return len(w.Faults()) > 0 }

func (w *contractWorld) Deliver() { w.Simulator.Deliver(context.Background()) }

// Sign signs at any time: with a simulator whose clock stands there, and the same keys.
func (w *contractWorld) Sign(body []byte, at time.Time, other bool) http.Header {
	id := contractWebhook
	if other {
		id = "WHOFANOTHER"
	}
	return w.simulator(func() time.Time { return at }).Sign(body, id)
}

func (w *contractWorld) Event() []byte {
	return []byte(`{"id":"WH-1","event_type":"CATALOG.PRODUCT.CREATED","resource":{"id":"PROD-1"}}`)
}

func (w *contractWorld) Books(payment string) (b providertest.Books) {
	books := w.Simulator.Books()
	for _, c := range books.Charges {
		if c.CustomID != payment {
			continue
		}
		currency := money.Currency(c.Currency)
		b.Taken, b.Given = money.Zero(currency), money.Zero(currency)
	}
	for _, c := range books.Charged(payment) {
		if c.State == "COMPLETED" {
			b.Charges++
			b.Taken.Minor += fromPayPalsUnits(c.Amount, b.Taken.Currency).Minor
		}
		for _, r := range books.Refunded(c.ID) {
			b.Refunds++
			b.Given.Minor += fromPayPalsUnits(r.Amount, b.Given.Currency).Minor
		}
	}
	return b
}

func (w *contractWorld) Balance(c money.Currency) money.Amount {
	return fromPayPalsUnits(w.Simulator.Balance(string(c)).Total, c)
}
