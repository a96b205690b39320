// Package stripe is all that is known of Stripe: hosted Checkout Sessions, to which
// the buyer is sent and where no card data reaches us, spoken through
// github.com/stripe/stripe-go/v85, of which the parameters, their form encoding and
// the pinned API version are used. Its own retries are off: they repeat less than
// they should and sleep past every deadline. Answers are read into our own types,
// because the library's hold an exchange rate as a floating number.
//
// A session takes the buyer's money by itself. What it stands for here:
//
//   - order: a Checkout Session (cs_...). It lives 24 hours, and once it is expired
//     nobody can pay it any more.
//   - capture: the session's PaymentIntent (pi_...), of which Stripe makes one
//     successful charge and never two. A declined card is tried again on Stripe's own
//     page with the same PaymentIntent, so a decline ends nothing while the session
//     is open, and is not told.
//   - refund and dispute: Stripe's own (re_..., pyr_..., dp_..., du_...).
//
// Stripe dates no change of a session, a PaymentIntent or a refund. Their claims
// carry the time they were made, so that of two claims the one further on wins (see
// payment.Movement); all of them only ever move on, but for a refund that fails
// after it had succeeded, which is dated by the money that came back.
//
// Rules are taken from Stripe's API reference and guides (docs.stripe.com), each
// named where it is used, and from its OpenAPI file, of version 2026-08-26.dahlia.
package stripe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	api "github.com/stripe/stripe-go/v85"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/wire"
	"github.com/serverless-checkout/serverless-checkout/shared/shape"
)

// Name is this provider's name in attempts and routes.
const Name = "stripe"

// Hosts of the API and of the pages a buyer is sent to.
const (
	API   = "https://api.stripe.com"
	Pages = "https://checkout.stripe.com"

	// transferPages is where buyers are told what to transfer (API reference,
	// payment_intents, hosted_instructions_url).
	transferPages = "https://payments.stripe.com"
)

// Config is what the adapter needs. Every field is required unless it says
// otherwise.
type Config struct {
	API   string // origin of the API, https except on loopback
	Pages string // origin a buyer may be sent to; another one in an answer is refused

	// Credentials gives those in force. It is asked before every call, so it holds
	// them. With refused, whose key Stripe has just refused (the zero value: none), it
	// looks for newer ones and gives back the same where there are none.
	Credentials func(ctx context.Context, refused Credentials) (Credentials, error)

	Brand     string // the shop's name on Stripe's page; may be empty
	ReturnURL string // where the buyer comes back to after paying, or after being told how to
	CancelURL string // and after giving up

	// BankCountry is where the bank account lies that buyers in euro transfer to: BE,
	// DE, ES, FR, IE or NL. Empty: no bank transfers in euro.
	BankCountry string

	Transport http.RoundTripper // what the calls go through; nil is http.DefaultTransport
	Now       func() time.Time  // nil is time.Now
}

// Credentials are those of a Stripe account. A restricted key needs to write Checkout
// Sessions, Customers, PaymentIntents and Refunds, and to read the account, charges,
// disputes, events, balance, balance transactions and payouts.
type Credentials struct {
	Key string // secret or restricted: sk_live_..., rk_test_...

	// Signing are the secrets of the webhook (whsec_...), with commas between them:
	// two while one takes the other's place. Empty: no delivery can be verified yet,
	// and nothing is lost.
	Signing string
}

// Format prints neither part, whichever the verb: a log is no place for them.
func (Credentials) Format(out fmt.State, _ rune) { io.WriteString(out, "Stripe credentials") }

// Stripe is one account in one mode, live or test. It is safe for concurrent use.
type Stripe struct {
	config Config
	caller *caller
}

var (
	_ provider.Provider = (*Stripe)(nil)
	_ provider.Expirer  = (*Stripe)(nil)
)

// New is a client that has not called anyone yet. With the first call it asks whose
// the key is.
func New(c Config) (*Stripe, error) {
	for name, value := range map[string]string{
		"API": c.API, "Pages": c.Pages, "ReturnURL": c.ReturnURL, "CancelURL": c.CancelURL,
	} {
		if value == "" {
			return nil, fmt.Errorf("stripe: %s is missing", name)
		}
	}
	if c.Credentials == nil {
		return nil, errors.New("stripe: Credentials is missing")
	}
	if c.BankCountry != "" && !HasBank(c.BankCountry) {
		return nil, fmt.Errorf("stripe: BankCountry %q is none of Stripe's", c.BankCountry)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Transport == nil {
		c.Transport = http.DefaultTransport
	}
	for name, value := range map[string]string{"API": c.API, "Pages": c.Pages} {
		if _, err := wire.Origin("stripe: "+name, value, API); err != nil {
			return nil, err
		}
	}
	return &Stripe{config: c, caller: newCaller(c)}, nil
}

// Warm asks whose the key is where that is not known, so that the next call need
// not. Errors are *provider.Error, and only worth a note: the next call tries again
// by itself.
func (s *Stripe) Warm(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.caller.timeout)
	defer cancel()
	_, err := s.caller.identified(ctx, nil)
	return err
}

// Name is "stripe".
func (s *Stripe) Name() string { return Name }

// Window is how long Stripe keeps an Idempotency-Key at the least. A replay inside it
// answers with the status and the body of the first call, and so with what was true
// then (docs.stripe.com/api/idempotent_requests).
func (s *Stripe) Window() time.Duration { return 24 * time.Hour }

// Look asks for a session with its PaymentIntent, and for the refunds and disputes of
// what was paid (GET /v1/checkout/sessions/{id}).
func (s *Stripe) Look(ctx context.Context, id string) (payment.Snapshot, error) {
	if err := check(sessionID, id); err != nil {
		return payment.Snapshot{}, err
	}
	asked := s.caller.now()
	params := &api.CheckoutSessionRetrieveParams{Expand: expand("payment_intent.latest_charge.balance_transaction")}
	got, err := s.caller.call(ctx, http.MethodGet, "/v1/checkout/sessions/"+id, "", params)
	if isNotFound(err) {
		return s.missing(ctx, id, asked, got.Account)
	}
	if err != nil {
		return payment.Snapshot{}, err
	}
	body, err := s.session(got, id)
	if err != nil {
		return payment.Snapshot{}, err
	}
	return s.snapshot(ctx, got, body)
}

// Capture is never needed: a session takes the money by itself. Whoever asks for it
// is told what is true.
func (s *Stripe) Capture(ctx context.Context, c provider.Capture) (payment.Snapshot, error) {
	return s.Look(ctx, c.Order)
}

// missing is the answer for a session Stripe does not know. A key of another account,
// or of the other mode, gives the same 404, so a control call has to prove first that
// the key is good and still the same account's (GET /v1/account).
func (s *Stripe) missing(ctx context.Context, id string, asked time.Time, account string) (payment.Snapshot, error) {
	got, err := s.caller.control(ctx)
	if err != nil {
		if provider.ClassOf(err) != provider.MerchantSetup {
			err = wire.Doubtful(err)
		}
		return payment.Snapshot{}, err
	}
	if got.Account != account {
		// The key became another account's in between.
		return payment.Snapshot{}, got.Unreadable("CONTROL_ANSWER", nil)
	}
	return payment.Snapshot{Provider: Name, Account: account, Order: id, At: asked, Missing: true}, nil
}

// Forms of Stripe's ids, which are put into paths. Stripe promises no more than that
// they are texts of at most 255 characters (docs.stripe.com/upgrades, backward-compatible
// changes); these are what all that are known are made of.
var (
	sessionID = prefixed("cs_")
	intentID  = prefixed("pi_")
	refundID  = prefixed("re_", "pyr_")
	disputeID = prefixed("dp_", "du_")
	payoutID  = prefixed("po_")
	objectID  = prefixed("") // any of them
)

// requestID is what may be an Idempotency-Key here: Stripe takes 255 characters, and
// a header can carry these. A refund without one could be made twice.
var requestID = idForm{rest: shape.Of("A-Za-z0-9-", 1, 200)}

// idForm is the form of an id: one of some beginnings, and what may follow.
type idForm struct {
	beginnings []string
	rest       *shape.Shape
}

func prefixed(beginnings ...string) idForm {
	return idForm{beginnings, shape.Of("A-Za-z0-9_", 1, 250)}
}

// MatchString reports whether the whole text has the form.
func (f idForm) MatchString(text string) bool {
	for _, b := range f.beginnings {
		if rest, ok := strings.CutPrefix(text, b); ok && f.rest.MatchString(rest) {
			return true
		}
	}
	return len(f.beginnings) == 0 && f.rest.MatchString(text)
}

// formed is an id of its form, or none.
func (f idForm) formed(id string) string {
	if f.MatchString(id) {
		return id
	}
	return ""
}

func check(form idForm, id string) error {
	if !form.MatchString(id) {
		return &provider.Error{Class: provider.OurBug, Code: "MALFORMED_ID"}
	}
	return nil
}

func expand(fields ...string) []*string { return api.StringSlice(fields) }
