// Package providertest is the contract that every provider of money passes: what the
// checkout relies on, whoever moves the money.
//
// A provider's own tests give a Subject: how to open a fresh simulator with a client of
// it, and levers to be the buyer, the merchant and bad luck. The contract speaks to the
// client through the seam alone and judges it by the simulator's own books, never by what
// either side says of itself.
package providertest

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
)

// Subject is a provider as its own tests offer it.
type Subject struct {
	Open func(t *testing.T, s Setting) World

	// Purchases are one at least for each way to pay, the plainest first: it is the one
	// that most of the contract is held with.
	Purchases []Purchase

	// Proved is the file with what was seen of each purchase; see Proof.
	Proved string

	// Inexpressible are amounts the provider has no number for. Nothing may be sent for
	// them.
	Inexpressible []money.Amount

	// Calls are the calls this provider is asked with, by the simulator's names: a call
	// that is not here is never made.
	Calls map[Call]string

	// Kinds are the simulator's own fault kinds, all of them, and Fits tells which calls
	// each can befall.
	Kinds []string
	Fits  func(kind, call string) bool

	// Heals are calls whose faults the client makes good by itself: it asks again, where
	// no money moves, or looks at what has come of it. One fault alone may pass unseen.
	Heals []Call

	// Departures are where the provider answers otherwise than the table of classes has
	// it: "question, fault", or a fault for every question, to the class it fails with,
	// Answered for none. Each wants its reason beside it. One that is not needed fails the
	// contract.
	Departures map[string]provider.Class

	// Tolerance is how far the time a delivery was signed at may lie from ours, either
	// way, and Beyond how far is too far.
	Tolerance, Beyond time.Duration

	// ReportedAfter is how long it can take until a movement is in the report, MostRows
	// how many rows it lists at once, and CodeOf what their codes mean.
	ReportedAfter time.Duration
	MostRows      int
	CodeOf        func(code string) (settlement.Code, bool)

	// Secrets are texts that no error may show.
	Secrets []string
}

// Answered is the class of a departure that fails with none.
const Answered provider.Class = "answered"

// Purchase is something bought in one way.
type Purchase struct {
	System  string // the payment system as buyers know it: "Visa", "Alipay"
	Method  string // as provider.Order names it
	Country string // of the buyer
	Total   money.Amount

	// Awaited: the buyer is done before the money has come (a bank transfer).
	Awaited bool

	// Refusable: the buyer's means can be declined while the buyer waits.
	Refusable bool

	// RefundDays after the capture a refund is refused; 0: the provider names no end.
	RefundDays int
}

// Setting is what a world is opened with.
type Setting struct {
	Now       func() time.Time
	Sleep     func(ctx context.Context, d time.Duration) // how the simulator waits
	URL       string                                     // where the simulator can be reached
	Webhook   string                                     // where it sends events
	Transport http.RoundTripper                          // of every client of it
}

// World is a fresh simulator, and the levers of everybody around it. Orders are named by
// the provider's ids.
type World interface {
	// Client is a new client of the simulator, which has not called anybody yet.
	Client() provider.Provider
	// ServeHTTP is the simulator.
	http.Handler

	// Pay is the buyer who does all there is to do, with means that are good.
	Pay(order string, p Purchase) error
	// Refuse is the buyer whose means are declined; another way may be chosen.
	Refuse(order string) error
	// Leave is the buyer who turns back to the shop.
	Leave(order string) error
	// PayLate is the buyer who pays with money that is on its way; Conclude is how that
	// ends, once it has been taken.
	PayLate(order string) error
	Conclude(order string, arrives bool) error

	// RefundElsewhere is the merchant who gives money back on the provider's own pages.
	RefundElsewhere(order string, amount money.Amount) error
	// EndRefund ends the refund of an order that is pending.
	EndRefund(order string, arrives bool) error
	// Dispute is the buyer who complains, Escalate who insists, and Resolve how it ends.
	// Only from Escalate on money moves, by the time it is resolved.
	Dispute(order string) error
	Escalate(order string) error
	Resolve(order string, won bool) error
	// Other is a movement of the account that has nothing to do with the shop.
	Other() error

	// Revoke makes the credentials in force worthless; Renew puts good ones where the
	// client finds them.
	Revoke()
	Renew()

	// Inject makes the next call of a name go wrong; Waiting tells whether that is still
	// to come.
	Inject(kind, call string) error
	Waiting() bool

	// Deliver sends the events that are due; the four behind it are what goes wrong with
	// the next of them.
	Deliver()
	LoseNext(n int)
	DoubleNext(n int)
	DelayNext(n int, by time.Duration)
	Reorder()
	// Sign gives the headers of a delivery that is the provider's own, as sent at a time;
	// with other, by whoever is not the provider.
	Sign(body []byte, at time.Time, other bool) http.Header
	// Event is the body of an event of a type that means nothing to a payment.
	Event() []byte

	// Books is what was taken and given back for one payment of ours, and Balance what of
	// a currency is at the provider now.
	Books(payment string) Books
	Balance(c money.Currency) money.Amount
}

// Books is the truth about one payment. Taken is what the buyer was charged, and Given
// what was given back of it or is on its way.
type Books struct {
	Taken, Given     money.Amount
	Charges, Refunds int // how many of them
}

// Settles is a world of a provider that tells which rows were paid out together.
type Settles interface {
	// PayOut sends to the bank all that is available of a currency. Until a moment later
	// the provider does not know what it is made of.
	PayOut(c money.Currency) (id string, known time.Duration, err error)
}

// group is a part of the contract; each case of it gets a fresh world.
type group struct {
	name  string
	cases []testCase
}

type testCase struct {
	name string
	run  func(b *bench)
}

// Run holds a provider against the contract.
func Run(t *testing.T, s Subject) {
	proved := openRecord(t, s.Proved)
	for _, g := range []group{
		{"Orders", orderCases},
		{"Captures", captureCases},
		{"Refunds", refundCases},
		{"Amounts", amountCases},
		{"Absence", absenceCases},
		{"Expiry", expiryCases},
		{"Deliveries", deliveryCases},
		{"Disputes", disputeCases},
		{"Reports", reportCases},
		{"Payouts", payoutCases},
		{"Lost", lostCases},
		{"Methods", methodCases(s, proved)},
		{"Faults", faultCases(s)},
	} {
		t.Run(g.name, func(t *testing.T) {
			for _, c := range g.cases {
				t.Run(c.name, func(t *testing.T) { c.run(open(t, s)) })
			}
		})
	}
	t.Run("Knobs", func(t *testing.T) { knobs(t, s) })
	proved.close(t, len(s.Purchases))
}
