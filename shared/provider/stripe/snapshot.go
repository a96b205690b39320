package stripe

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/wire"
)

// sessionBody is a Checkout Session, as far as it is used.
type sessionBody struct {
	ID        string                 `json:"id"`
	Object    string                 `json:"object"`
	Status    string                 `json:"status"`
	Paid      string                 `json:"payment_status"`
	Created   int64                  `json:"created"`
	Expires   int64                  `json:"expires_at"`
	Reference string                 `json:"client_reference_id"`
	Amount    *int64                 `json:"amount_total"`
	Currency  string                 `json:"currency"`
	URL       string                 `json:"url"`
	Intent    expandable[intentBody] `json:"payment_intent"`
}

// intentBody is a PaymentIntent.
type intentBody struct {
	ID       string                 `json:"id"`
	Object   string                 `json:"object"`
	Status   string                 `json:"status"`
	Created  int64                  `json:"created"`
	Amount   int64                  `json:"amount"`
	Received int64                  `json:"amount_received"`
	Currency string                 `json:"currency"`
	Metadata map[string]string      `json:"metadata"`
	Charge   expandable[chargeBody] `json:"latest_charge"`
	Next     struct {
		Transfer *struct {
			Remaining int64  `json:"amount_remaining"`
			Page      string `json:"hosted_instructions_url"`
		} `json:"display_bank_transfer_instructions"`
	} `json:"next_action"`
}

// chargeBody is a Charge.
type chargeBody struct {
	ID       string                      `json:"id"`
	Object   string                      `json:"object"`
	Created  int64                       `json:"created"`
	Disputed bool                        `json:"disputed"`
	Failure  string                      `json:"failure_code"`
	Intent   string                      `json:"payment_intent"`
	Metadata map[string]string           `json:"metadata"`
	Balance  expandable[transactionBody] `json:"balance_transaction"`
	Method   struct {
		Card struct {
			Secure *struct {
				Result string `json:"result"`
			} `json:"three_d_secure"`
		} `json:"card"`
	} `json:"payment_method_details"`
}

// stepUps maps what Stripe says of 3-D Secure (OpenAPI, three_d_secure_details_charge);
// what is not here is StepUpUnclear.
var stepUps = map[string]payment.StepUp{
	"authenticated":        payment.StepUpPassed,
	"attempt_acknowledged": payment.StepUpAttempted,
	"exempted":             payment.StepUpExempted,
	"failed":               payment.StepUpFailed,
	"not_supported":        payment.StepUpImpossible,
	"processing_error":     payment.StepUpUnclear,
}

// stepUp is what came of the buyer's authentication.
func (b chargeBody) stepUp() payment.StepUp {
	if b.Method.Card.Secure == nil {
		return payment.NoStepUp
	}
	if known, ok := stepUps[b.Method.Card.Secure.Result]; ok {
		return known
	}
	return payment.StepUpUnclear
}

// expandable is what Stripe tells by its id, or whole where that was asked for. None
// at all is null.
type expandable[T any] struct {
	ID  string // of either form
	Has *T     // nil where it was not expanded
}

// UnmarshalJSON reads either form.
func (e *expandable[T]) UnmarshalJSON(raw []byte) error {
	switch jsontext.Value(raw).Kind() {
	case 'n':
		return nil
	case '"':
		return json.Unmarshal(raw, &e.ID)
	}
	var named struct {
		ID string `json:"id"`
	}
	e.Has = new(T)
	err := json.Unmarshal(raw, &named, jsontext.AllowInvalidUTF8(true))
	e.ID = named.ID
	return errors.Join(err, json.Unmarshal(raw, e.Has, jsontext.AllowInvalidUTF8(true)))
}

// errShape is an answer that is JSON and yet not what was asked for.
var errShape = errors.New("stripe: the answer is not what was asked for")

// session reads a session out of an answer: of this id, any where it is empty. What
// cannot be read is of class Look: what was asked for may have been done.
func (s *Stripe) session(got *wire.Answer, id string) (sessionBody, error) {
	var body sessionBody
	if err := got.Read(&body); err != nil {
		return body, got.Unreadable("NOT_JSON", err)
	}
	switch {
	case body.Object != "checkout.session" || !sessionID.MatchString(body.ID) || id != "" && body.ID != id:
		return body, got.Unreadable("NOT_THE_SESSION", errShape)
	case body.Reference == "" || body.Amount == nil || body.Created <= 0:
		return body, got.Unreadable("INCOMPLETE_SESSION", errShape)
	case !s.trusted(body.URL), leadsElsewhere(body.URL, body.ID):
		return body, got.Unreadable("SESSION_URL", errShape)
	}
	return body, nil
}

// trusted reports whether an address is on the pages we were configured with: a buyer
// is never sent to one an answer made up.
func (s *Stripe) trusted(address string) bool {
	u, err := url.Parse(address)
	if address == "" {
		return true
	}
	return err == nil && u.User == nil && slices.Contains([]string{s.config.Pages, transferPages}, u.Scheme+"://"+u.Host)
}

// leadsElsewhere reports whether an address names another session than the answer does:
// the buyer would pay the one, and we keep the other. Stripe's own have the session's id
// for the last part of their path (API reference, checkout sessions, url), which is not
// promised, so that one without any is taken.
func leadsElsewhere(address, id string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return true
	}
	last := u.Path[strings.LastIndex(u.Path, "/")+1:]
	return sessionID.MatchString(last) && last != id
}

// snapshot is what a session and all that hangs on it say. Where something was paid,
// its refunds and disputes are asked for.
func (s *Stripe) snapshot(ctx context.Context, got *wire.Answer, body sessionBody) (payment.Snapshot, error) {
	snapshot, err := body.read(got.Asked)
	if err != nil {
		return payment.Snapshot{}, got.Unreadable("AMOUNT", err)
	}
	snapshot.Account = got.Account
	intent := body.Intent.Has
	if body.Intent.ID != "" && intent == nil && body.Status != "open" {
		return payment.Snapshot{}, got.Unreadable("NOT_EXPANDED", errShape)
	}
	capture, told, err := intent.capture(body.Status)
	if err != nil {
		return payment.Snapshot{}, got.Unreadable("CAPTURE", err)
	}
	if !told {
		return snapshot, nil
	}
	capture.Order = body.ID
	if t := intent.Next.Transfer; t != nil && capture.State == payment.Pending && s.trusted(t.Page) {
		snapshot.Transfer = t.Page
	}
	snapshot.Captures = []payment.Capture{capture}
	if !capture.State.Done() {
		return snapshot, nil
	}
	if snapshot.Refunds, err = s.refundsOf(ctx, intent.ID, body.Reference); err != nil {
		return payment.Snapshot{}, err
	}
	if intent.Charge.Has != nil && intent.Charge.Has.Disputed {
		snapshot.Disputes, err = s.disputesOf(ctx, intent.ID)
	}
	return snapshot, err
}

// read is what a session says of itself.
func (b sessionBody) read(at time.Time) (payment.Snapshot, error) {
	amount, err := amountOf(*b.Amount, b.Currency)
	return payment.Snapshot{
		Provider: Name, Order: b.ID, At: at, State: sessionStates[b.Status], Updated: moment(b.Created),
		Payment: b.Reference, Amount: amount, Approve: b.URL, SelfCompleting: true, Ends: moment(b.Expires),
	}, err
}

// sessionStates maps a session's status; what is not here is OrderUnknown. A complete
// session proves nothing: it may be unpaid (docs.stripe.com/checkout/fulfillment), and
// only its PaymentIntent tells.
var sessionStates = map[string]payment.OrderState{
	"open":     payment.OrderWaiting,
	"complete": payment.OrderCompleted,
	"expired":  payment.OrderVoided,
}

// intentStates maps the status of a PaymentIntent whose session is complete; what is
// not here is Unclear. Before that only success counts: the buyer may still try other
// cards, and each of them goes through the other states.
var intentStates = map[string]payment.State{
	"succeeded":               payment.Completed,
	"processing":              payment.Pending,
	"requires_action":         payment.Pending, // a bank transfer is awaited
	"requires_confirmation":   payment.Pending,
	"requires_payment_method": payment.Failed,
	"canceled":                payment.Failed,
}

// underfunded is the reason of a bank transfer of which a part has arrived. Stripe
// dates no such change; it is greater than requires_action, so that it stays.
const underfunded = "underfunded"

// capture is what a PaymentIntent tells of the money, given its session's status.
// told is false where it tells nothing yet.
func (i *intentBody) capture(session string) (c payment.Capture, told bool, err error) {
	if i == nil {
		return c, false, nil
	}
	state, known := intentStates[i.Status]
	if !known {
		state = payment.Unclear
	}
	moving := state == payment.Completed || i.Status == "processing"
	if session != "complete" && !(state == payment.Completed || session == "expired" && moving) {
		return c, false, nil
	}
	c.Amount, err = amountOf(i.Amount, i.Currency)
	if err == nil && state == payment.Completed && i.Received != i.Amount {
		c.Amount, err = amountOf(i.Received, i.Currency)
	}
	if err == nil && (i.Object != "payment_intent" || !intentID.MatchString(i.ID) || i.Amount <= 0 || i.Created <= 0) {
		err = errShape
	}
	c.Movement = payment.Movement{
		ID: i.ID, State: state, Amount: c.Amount, Created: moment(i.Created), Updated: moment(i.Created), Reason: i.Status,
	}
	if t := i.Next.Transfer; t != nil && state == payment.Pending && t.Remaining < i.Amount {
		c.Reason = underfunded
	}
	if err != nil || i.Charge.Has == nil {
		return c, true, err
	}
	return c, true, i.Charge.Has.figures(&c)
}

// figures adds what the charge knows: when it was made, why it failed, how the buyer was
// authenticated, and what Stripe took of it.
func (b chargeBody) figures(c *payment.Capture) error {
	switch {
	case c.State == payment.Completed:
		c.Reason, c.Updated = "", later(c.Updated, moment(b.Created))
		c.StepUp = b.stepUp()
	case c.State == payment.Failed && b.Failure != "":
		c.Reason, c.Updated = codeForm.formed(b.Failure), later(c.Updated, moment(b.Created))
	}
	t := b.Balance.Has
	if t == nil || c.State != payment.Completed {
		return nil
	}
	gross, fee, net, err := t.amounts()
	if err != nil {
		return err
	}
	c.Fee = fee
	if gross.Currency == c.Amount.Currency {
		c.Net = net
		return nil
	}
	// Converted: the fee is in the currency the merchant is paid in.
	c.Received, c.Rate = net, t.rate()
	return nil
}

// amounts are what a balance transaction moved: gross, fee (above nothing) and net.
func (b transactionBody) amounts() (gross, fee, net money.Amount, err error) {
	for _, part := range []struct {
		to    *money.Amount
		count int64
	}{{&gross, b.Amount}, {&fee, b.Fee}, {&net, b.Net}} {
		if *part.to, err = amountOf(part.count, b.Currency); err != nil {
			return gross, fee, net, err
		}
	}
	if sum, fault := net.Plus(fee); fault != nil || sum != gross {
		err = errShape
	}
	return gross, fee, net, err
}

// rate is the exchange rate as Stripe has written it: a number that is stored, shown
// and never multiplied.
func (b transactionBody) rate() string {
	written := string(b.Rate)
	if strings.Trim(written, "0123456789.eE+-") != "" || len(written) > 32 {
		return ""
	}
	return written
}

// moment is a time as Stripe counts it, in seconds since 1970. None is no time.
func moment(seconds int64) time.Time {
	if seconds <= 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
