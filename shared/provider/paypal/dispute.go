package paypal

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/shape"
)

var _ provider.Disputes = (*PayPal)(nil)

// disputeBody is customer_disputes_v1, schema dispute, as far as it is used. What
// the buyer wrote is not among it.
type disputeBody struct {
	ID           string `json:"dispute_id"`
	Transactions []struct {
		Seller string `json:"seller_transaction_id"`
		Custom string `json:"custom"`
	} `json:"disputed_transactions"`
	Status  string      `json:"status"`
	Stage   string      `json:"dispute_life_cycle_stage"`
	Reason  string      `json:"reason"`
	Amount  *amountBody `json:"dispute_amount"`
	Outcome struct {
		Code string `json:"outcome_code"`
	} `json:"dispute_outcome"`
	Answer     stamp `json:"seller_response_due_date"`
	CreateTime stamp `json:"create_time"`
	UpdateTime stamp `json:"update_time"`
}

// read tells the dispute once for each capture it is about: a transaction's id, as
// seen by the merchant, is the capture's. Everything but RESOLVED is open, so that
// a status nobody knows yet keeps a refund waiting for the merchant's word. An
// amount that cannot be read (a currency PayPal has no decimals for) is left out:
// it decides nothing, and the deadline beside it does.
func (b disputeBody) read() []provider.Disputed {
	amount, _ := fromPayPal(b.Amount)
	var all []provider.Disputed
	for _, t := range b.Transactions {
		if !movementID.MatchString(t.Seller) {
			continue
		}
		all = append(all, provider.Disputed{Payment: formed(requestID, t.Custom), Dispute: payment.Dispute{
			ID: b.ID, Capture: t.Seller, Open: b.Status != "RESOLVED", Amount: amount,
			Stage: formed(codeForm, b.Stage), Reason: formed(codeForm, b.Reason), Outcome: formed(codeForm, b.Outcome.Code),
			Answer:  firstTime(b.Answer),
			Updated: firstTime(b.UpdateTime, b.CreateTime, stamp(time.Unix(0, 0))),
		}})
	}
	return all
}

// disputeID is PayPal's own pattern for {id} (customer_disputes_v1).
var disputeID = shape.Of("A-Za-z0-9-", 1, 255)

// LookDispute asks for a dispute (GET /v1/customer/disputes/{id}). One that PayPal
// does not know is about nothing of ours.
func (p *PayPal) LookDispute(ctx context.Context, id string) ([]provider.Disputed, error) {
	if err := check(disputeID, id); err != nil {
		return nil, err
	}
	got, err := p.caller.call(ctx, http.MethodGet, "/v1/customer/disputes/"+id, "", nil)
	if isUnknown(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var body disputeBody
	if err := got.Read(&body); err != nil {
		return nil, got.Unreadable("NOT_JSON", err)
	}
	if body.ID != id || body.Status == "" {
		return nil, got.Unreadable("NOT_THE_DISPUTE", errNotDispute)
	}
	return body.read(), nil
}

var (
	errNotDispute = errors.New("paypal: the answer is not the dispute that was asked for")
	errNotList    = errors.New("paypal: the answer is no page of disputes")
)

const (
	disputePage = "50" // the most there is (parameter page_size)

	// disputesBack is how far back PayPal lists (parameter update_time_after: 180
	// days), less a day for the way and the clocks.
	disputesBack = 179 * 24 * time.Hour
)

// ChangedDisputes lists disputes by update time (GET /v1/customer/disputes). Of the
// link to the next page only its token is taken: the call goes to our API, with
// our filters, wherever the link leads. Whether PayPal's "after" takes the very
// moment in is not said, so it is asked for from a second before.
func (p *PayPal) ChangedDisputes(ctx context.Context, since time.Time, page string) (ids []string, next string, err error) {
	since = since.Add(-time.Second)
	if back := p.caller.now().Add(-disputesBack); since.Before(back) {
		since = back
	}
	query := url.Values{"update_time_after": {since.UTC().Format("2006-01-02T15:04:05.000Z")}, "page_size": {disputePage}}
	if page != "" {
		query.Set("next_page_token", page)
	}
	got, err := p.caller.call(ctx, http.MethodGet, "/v1/customer/disputes?"+query.Encode(), "", nil)
	if err != nil {
		return nil, "", err
	}
	var body struct {
		Items []struct {
			ID string `json:"dispute_id"`
		} `json:"items"`
		Links []link `json:"links"`
	}
	if err := got.Read(&body); err != nil {
		return nil, "", got.Unreadable("NOT_JSON", err)
	}
	next, ok := nextPage(body.Links)
	if !ok || next != "" && next == page || body.Items == nil && body.Links == nil {
		return nil, "", got.Unreadable("NOT_A_PAGE", errNotList)
	}
	for _, d := range body.Items {
		if !disputeID.MatchString(d.ID) {
			return nil, "", got.Unreadable("NOT_A_PAGE", errNotList)
		}
		ids = append(ids, d.ID)
	}
	return ids, next, nil
}

// nextPage is the token in the link to the next page; empty after the last one. A
// link without a token is no end: ok is false.
func nextPage(links []link) (token string, ok bool) {
	for _, l := range links {
		if l.Rel != "next" {
			continue
		}
		u, err := url.Parse(l.Href)
		if err != nil {
			return "", false
		}
		token = u.Query().Get("next_page_token")
		return token, token != ""
	}
	return "", true
}
