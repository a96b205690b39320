package stripe

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	api "github.com/stripe/stripe-go/v85"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/wire"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
)

var _ provider.Reports = (*Stripe)(nil)

// transactionBody is a balance transaction, as far as it is used. Amount is gross and
// Net = Amount - Fee, each below nothing for what is taken.
type transactionBody struct {
	ID        string         `json:"id"`
	Object    string         `json:"object"`
	Category  string         `json:"reporting_category"`
	Created   int64          `json:"created"`
	Available int64          `json:"available_on"`
	Amount    int64          `json:"amount"`
	Fee       int64          `json:"fee"`
	Net       int64          `json:"net"`
	Currency  string         `json:"currency"`
	Rate      jsontext.Value `json:"exchange_rate"`
	Source    jsontext.Value `json:"source"`
}

// sourceBody is what a balance transaction is about, of whichever kind.
type sourceBody struct {
	ID       string                 `json:"id"`
	Intent   expandable[intentBody] `json:"payment_intent"`
	Metadata map[string]string      `json:"metadata"`
}

// CodeOf says what a reporting category means (docs.stripe.com/reports/
// reporting-categories); known is false for one that is not in the list.
//
// Every row moves the total, and with it what is available, though only from the row's
// own date on: Stripe dates the availability of each row and has no row that lets it
// go (see settlement.Row).
func CodeOf(category string) (c settlement.Code, known bool) {
	kind, known := categories[category]
	if !known {
		kind = payment.EntryUnknown
	}
	return settlement.Code{Kind: kind, Balance: settlement.BalanceTotal}, known
}

// Words are what Stripe's codes mean.
func Words() settlement.Words { return settlement.Words{Code: CodeOf, Outcome: outcomeOf} }

// Words are what Stripe's codes mean.
func (*Stripe) Words() settlement.Words { return Words() }

// outcomeOf is how a dispute ended (API reference, disputes, status). An inquiry that was
// closed, and a dispute that was prevented, are in nobody's favour.
func outcomeOf(status string) settlement.Outcome {
	switch status {
	case "won":
		return settlement.OutcomeWon
	case "lost":
		return settlement.OutcomeLost
	}
	return settlement.OutcomeClosed
}

var categories = map[string]payment.EntryKind{
	"charge":                        payment.EntrySale,
	"refund":                        payment.EntryRefund,
	"refund_failure":                payment.EntryRefundReturned,
	"charge_failure":                payment.EntryReversal, // of a payment that had succeeded
	"partial_capture_reversal":      payment.EntryReversal,
	"dispute":                       payment.EntryChargeback,
	"dispute_reversal":              payment.EntryChargebackReversal,
	"fee":                           payment.EntryFee,
	"tax":                           payment.EntryFee, // on fees
	"payout":                        payment.EntryPayout,
	"payout_reversal":               payment.EntryPayout, // it failed, and the money is back
	"topup":                         payment.EntryFunding,
	"topup_reversal":                payment.EntryFunding,
	"transfer":                      payment.EntryTransfer,
	"transfer_reversal":             payment.EntryTransfer,
	"platform_earning":              payment.EntryAdjustment,
	"platform_earning_refund":       payment.EntryAdjustment,
	"other_adjustment":              payment.EntryAdjustment,
	"advance":                       payment.EntryAdjustment,
	"advance_funding":               payment.EntryAdjustment,
	"connect_collection_transfer":   payment.EntryTransfer,
	"connect_reserved_funds":        payment.EntryAdjustment,
	"risk_reserved_funds":           payment.EntryAdjustment,
	"issuing_authorization_hold":    payment.EntryAdjustment,
	"issuing_authorization_release": payment.EntryAdjustment,
	"issuing_transaction":           payment.EntryAdjustment,
}

// read tells a row, whatever is wrong with it: a row that cannot be counted says why.
// A sale has the id of its capture and a refund, come back or not, that of the refund, so
// that they are found on the payment; everything else has the transaction's own. What is
// about a payout refers to that.
func (b transactionBody) read() settlement.Row {
	var source sourceBody
	if jsontext.Value(b.Source).Kind() == '{' {
		_ = json.Unmarshal(b.Source, &source, jsontext.AllowInvalidUTF8(true))
	}
	r := settlement.Row{
		ID: objectID.formed(b.ID), Code: codeForm.formed(b.Category), Status: settlement.StatusDone,
		Reference: intentID.formed(source.Intent.ID), Custom: requestID.formed(source.Metadata[carriesPayment]),
		Initiated: moment(b.Created), Updated: moment(b.Created), Available: moment(b.Available), Rate: b.rate(),
	}
	if payoutID.MatchString(source.ID) {
		r.Reference = source.ID
	}
	switch {
	case b.Category == "charge" && r.Reference != "":
		r.ID = r.Reference
	case (b.Category == "refund" || b.Category == "refund_failure") && refundID.MatchString(source.ID):
		r.ID = source.ID
	}
	gross, fee, _, err := b.amounts()
	switch {
	case b.Object != "balance_transaction" || r.ID == "" || r.Code == "":
		r.Fault = "the row has no id or no category"
	case r.Initiated.IsZero():
		r.Fault = "the row has no time"
	case err != nil:
		r.Fault = fmt.Sprintf("amount %d, fee %d, net %d %s: %v", b.Amount, b.Fee, b.Net, codeForm.formed(strings.ToLower(b.Currency)), err)
	default:
		r.Amount = gross
		if fee.Minor = -fee.Minor; !fee.IsZero() {
			r.Fee = fee
		}
	}
	return r
}

const (
	// reportRange is the longest time the seam asks for at once.
	reportRange = 31 * 24 * time.Hour

	// reportPages is how many pages of a hundred make one of ours. Stripe lists the
	// newest first, and a page of ours has to be in the order of time.
	reportPages = 10
)

// Rows reads the balance transactions of some time (GET /v1/balance_transactions), all
// in one page: where they are more than a thousand it fails with TooMany. They are
// complete at once, so Until is what was asked for or now.
func (s *Stripe) Rows(ctx context.Context, from, to time.Time, page string) (provider.RowPage, error) {
	if page != "" || to.Before(from) || to.Sub(from) > reportRange {
		return provider.RowPage{}, &provider.Error{Class: provider.OurBug, Code: "REPORT_RANGE"}
	}
	// What happens in this very second may not be whole yet.
	until := s.caller.now().Add(-time.Second)
	if from.After(until) {
		return provider.RowPage{}, &provider.Error{Class: provider.NotYet, Code: "NOT_YET"}
	}
	answer := provider.RowPage{Until: to.UTC().Truncate(time.Second), Refreshed: until}
	if until.Before(to) {
		answer.Until = until
	}
	bodies, err := s.transactions(ctx, from, answer.Until)
	if err != nil {
		return provider.RowPage{}, err
	}
	for _, b := range slices.Backward(bodies) {
		answer.Rows = append(answer.Rows, b.read())
	}
	slices.SortStableFunc(answer.Rows, func(a, b settlement.Row) int { return a.Initiated.Compare(b.Initiated) })
	answer.Total = len(answer.Rows)
	return answer, nil
}

// transactions are those of some time, both ends counted in, the newest first.
func (s *Stripe) transactions(ctx context.Context, from, to time.Time) ([]transactionBody, error) {
	params := listParams{Created: between(from, to), Expand: expand("data.source")}
	bodies, complete, err := whole(ctx, s, "/v1/balance_transactions", params, reportPages, transactionID)
	if err == nil && !complete {
		err = &provider.Error{Class: provider.TooMany, Code: "TOO_MANY_ROWS"}
	}
	return bodies, err
}

func transactionID(b transactionBody) string { return b.ID }

// balanceBody is the account's balance: what may be paid out, and what is still on its
// way there, by currency.
type balanceBody struct {
	Available []fundBody `json:"available"`
	Pending   []fundBody `json:"pending"`
}

type fundBody struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

// Balances are the balances at a time. Stripe tells them for now alone (GET
// /v1/balance); what has moved since is taken off, and read again afterwards, so that
// nothing came in between. Two such balances of different days are still two readings
// of Stripe's own: a row that was lost between them stands in the remainder.
//
// What is available is taken back in the same way, by the rows since. What became
// available since then of rows before stays in it (see Seen): Stripe lists no rows by
// their availability, and the books know them.
func (s *Stripe) Balances(ctx context.Context, at time.Time) (provider.Balances, error) {
	now := s.caller.now()
	if at = at.UTC().Truncate(time.Second); at.After(now) {
		at = now
	}
	since, err := s.movedSince(ctx, at)
	if err != nil {
		return provider.Balances{}, err
	}
	of, err := s.balance(ctx)
	if err != nil {
		return provider.Balances{}, err
	}
	again, err := s.movedSince(ctx, at)
	if err != nil {
		return provider.Balances{}, err
	}
	if !slices.EqualFunc(since, again, func(a, b transactionBody) bool { return a.ID == b.ID }) {
		return provider.Balances{}, &provider.Error{Class: provider.Retry, Code: "BALANCE_MOVES"}
	}
	for _, b := range since {
		_, _, net, err := b.amounts()
		if err == nil {
			err = add(of, net, -1, !moment(b.Available).After(now))
		}
		if err != nil {
			return provider.Balances{}, new(wire.Answer).Unreadable("BALANCE", err)
		}
	}
	return provider.Balances{At: at, Seen: now.UTC(), Of: of}, nil
}

// movedSince are the transactions after a second.
func (s *Stripe) movedSince(ctx context.Context, at time.Time) ([]transactionBody, error) {
	params := listParams{Created: &api.RangeQueryParams{GreaterThan: at.Unix()}}
	bodies, complete, err := whole(ctx, s, "/v1/balance_transactions", params, reportPages, transactionID)
	if err == nil && !complete {
		err = &provider.Error{Class: provider.TooMany, Code: "TOO_MANY_ROWS"}
	}
	return bodies, err
}

// balance is what is at Stripe now, by currency.
func (s *Stripe) balance(ctx context.Context) (map[money.Currency]settlement.Funds, error) {
	var body balanceBody
	if _, err := s.ask(ctx, "/v1/balance", "balance", "", &body); err != nil {
		return nil, err
	}
	if body.Available == nil || body.Pending == nil {
		return nil, new(wire.Answer).Unreadable("BALANCE", errShape)
	}
	of := map[money.Currency]settlement.Funds{}
	for i, part := range slices.Concat(body.Available, body.Pending) {
		amount, err := amountOf(part.Amount, part.Currency)
		if err == nil {
			err = add(of, amount, 1, i < len(body.Available))
		}
		if err != nil {
			return nil, new(wire.Answer).Unreadable("BALANCE", err)
		}
	}
	return of, nil
}

// add adds an amount, times sign, to what there is of its currency: to the total, and
// where it is available to that as well.
func add(to map[money.Currency]settlement.Funds, a money.Amount, sign int64, available bool) (err error) {
	had, ok := to[a.Currency]
	if !ok {
		had = settlement.Funds{Total: money.Zero(a.Currency), Available: money.Zero(a.Currency)}
	}
	a.Minor *= sign
	if had.Total, err = had.Total.Plus(a); err == nil && available {
		had.Available, err = had.Available.Plus(a)
	}
	to[a.Currency] = had
	return err
}
