package stripe

import (
	"context"
	"errors"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/wire"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
)

var _ provider.Payouts = (*Stripe)(nil)

// payoutBody is a Payout, as far as it is used.
type payoutBody struct {
	ID         string `json:"id"`
	Object     string `json:"object"`
	Status     string `json:"status"`
	Created    int64  `json:"created"`
	Arrives    int64  `json:"arrival_date"`
	Amount     int64  `json:"amount"`
	Currency   string `json:"currency"`
	Automatic  bool   `json:"automatic"`
	Reconciled string `json:"reconciliation_status"`
	Failure    string `json:"failure_code"`
}

// payoutStates maps a payout's status; what is not here is PayoutUnclear. One that is
// paid may still fail, within five days (API reference, payouts).
var payoutStates = map[string]settlement.PayoutState{
	"pending":    settlement.PayoutOnItsWay,
	"in_transit": settlement.PayoutOnItsWay,
	"paid":       settlement.PayoutArrived,
	"failed":     settlement.PayoutFailed,
	"canceled":   settlement.PayoutFailed,
}

// reconciled is the status of a payout whose rows are all known.
const reconciled = "completed"

func (b payoutBody) read() (settlement.Payout, error) {
	amount, err := amountOf(b.Amount, b.Currency)
	if err == nil && (b.Object != "payout" || !payoutID.MatchString(b.ID) || b.Created <= 0) {
		err = errShape
	}
	return settlement.Payout{
		ID: b.ID, State: payoutStates[b.Status], Amount: amount, Created: moment(b.Created), Arrives: moment(b.Arrives),
		Fault: codeForm.formed(b.Failure), Itemised: b.Automatic,
	}, err
}

// Payouts lists payouts by when they were made (GET /v1/payouts).
func (s *Stripe) Payouts(ctx context.Context, from, to time.Time, page string) (all []settlement.Payout, next string, err error) {
	bodies, next, err := list(ctx, s, "/v1/payouts", page, listParams{Created: between(from, to)}, func(b payoutBody) string { return b.ID })
	if err != nil {
		return nil, "", err
	}
	for _, b := range bodies {
		payout, err := b.read()
		if err != nil {
			return nil, "", new(wire.Answer).Unreadable("PAYOUT", err)
		}
		all = append(all, payout)
	}
	return all, next, nil
}

// PaidOut lists the balance transactions of a payout (GET /v1/balance_transactions,
// parameter payout), which Stripe knows of automatic payouts alone, and whole only once
// the payout is reconciled (docs.stripe.com/payouts/reconciliation).
func (s *Stripe) PaidOut(ctx context.Context, payout, page string) (rows []provider.PaidRow, next string, err error) {
	if err := check(payoutID, payout); err != nil {
		return nil, "", err
	}
	if page == "" {
		if err := s.ready(ctx, payout); err != nil {
			return nil, "", err
		}
	}
	params := listParams{Payout: &payout, Expand: expand("data.source")}
	bodies, next, err := list(ctx, s, "/v1/balance_transactions", page, params, transactionID)
	if err != nil {
		return nil, "", err
	}
	for _, b := range bodies {
		_, _, net, err := b.amounts()
		if err != nil {
			return nil, "", new(wire.Answer).Unreadable("AMOUNT", err)
		}
		rows = append(rows, provider.PaidRow{Row: b.read(), Net: net})
	}
	return rows, next, nil
}

var errByHand = errors.New("stripe: a payout made by hand is made of no rows")

// ready asks whether a payout's rows are known (GET /v1/payouts/{id}).
func (s *Stripe) ready(ctx context.Context, payout string) error {
	var body payoutBody
	found, err := s.ask(ctx, "/v1/payouts/", "payout", payout, &body)
	switch {
	case err != nil:
		return err
	case !found:
		return new(wire.Answer).Unreadable("NOT_THE_PAYOUT", errShape)
	case !body.Automatic:
		return &provider.Error{Class: provider.OurBug, Code: "PAYOUT_BY_HAND", Err: errByHand}
	case body.Reconciled != reconciled:
		return &provider.Error{Class: provider.NotYet, Code: "PAYOUT_NOT_RECONCILED"}
	}
	return nil
}
