package paypal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/wire"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
	"github.com/serverless-checkout/serverless-checkout/shared/shape"
)

var _ provider.Reports = (*PayPal)(nil)

// rowBody is reporting_transactions_v1, schema transaction_info, as far as it is used.
// Who paid and where the goods went is not asked for.
type rowBody struct {
	ID        string      `json:"transaction_id"`
	Reference string      `json:"paypal_reference_id"`
	Code      string      `json:"transaction_event_code"`
	Initiated stamp       `json:"transaction_initiation_date"`
	Updated   stamp       `json:"transaction_updated_date"`
	Amount    *amountBody `json:"transaction_amount"`
	Fee       *amountBody `json:"fee_amount"`
	Status    string      `json:"transaction_status"`
	Invoice   string      `json:"invoice_id"`
	Custom    string      `json:"custom_field"`
}

// reportPageBody is schema search_response.
type reportPageBody struct {
	Details []struct {
		Row rowBody `json:"transaction_info"`
	} `json:"transaction_details"`
	End       stamp  `json:"end_date"`
	Refreshed stamp  `json:"last_refreshed_datetime"`
	Items     *int   `json:"total_items"`
	Pages     int    `json:"total_pages"`
	Links     []link `json:"links"`
}

// balancesBody is schema balances_response.
type balancesBody struct {
	Balances []balanceBody `json:"balances"`
	At       stamp         `json:"as_of_time"`
}

// balanceBody is schema balance_detail, of which the total alone is required.
type balanceBody struct {
	Total     *amountBody `json:"total_balance"`
	Available *amountBody `json:"available_balance"`
	Withheld  *amountBody `json:"withheld_balance"`
}

// read tells what of a currency there is: where the available part is missing it is
// the total without what is withheld.
func (b balanceBody) read() (settlement.Funds, error) {
	total, err := fromReport(b.Total)
	if b.Total == nil || err != nil {
		return settlement.Funds{}, errors.Join(errNotBalances, err)
	}
	available, err := fromReport(b.Available)
	if err == nil && b.Available == nil {
		available = total
		if withheld, fault := fromReport(b.Withheld); b.Withheld != nil {
			available, err = total.Minus(withheld)
			err = errors.Join(err, fault)
		}
	}
	if err == nil && available.Currency != total.Currency {
		err = money.ErrMixed
	}
	return settlement.Funds{Total: total, Available: available}, err
}

// rowStatuses are PayPal's letters for transaction_status.
var rowStatuses = map[string]settlement.Status{
	"S": settlement.StatusDone, "V": settlement.StatusReversed, "P": settlement.StatusPending, "D": settlement.StatusDenied,
}

// rowID is what PayPal's ids are made of (transaction_id, paypal_reference_id: 24
// characters at most by the specification, and so are all that others have recorded).
var rowID = shape.Of("A-Za-z0-9-", 1, 40)

// read tells a row, whatever is wrong with it: a row that cannot be counted says why.
func (b rowBody) read() settlement.Row {
	r := settlement.Row{
		ID: formed(rowID, b.ID), Code: formed(codeForm, b.Code), Status: rowStatuses[b.Status],
		Reference: formed(rowID, b.Reference), Custom: formed(carried, b.Custom), Invoice: formed(carried, b.Invoice),
		Initiated: firstTime(b.Initiated, b.Updated), Updated: firstTime(b.Updated, b.Initiated),
	}
	var amountErr, feeErr error
	r.Amount, amountErr = fromReport(b.Amount)
	r.Fee, feeErr = fromReport(b.Fee)
	switch {
	case r.ID == "" || r.Code == "":
		r.Fault = "the row has no id or no code"
	case r.Initiated.IsZero():
		r.Fault = "the row has no time"
	case b.Amount == nil || amountErr != nil:
		r.Fault = fault("amount", b.Amount, amountErr)
	case feeErr != nil:
		r.Fault = fault("fee", b.Fee, feeErr)
	case b.Fee != nil && r.Fee.Currency != r.Amount.Currency:
		r.Fault = fmt.Sprintf("the fee is in %s, the amount in %s", r.Fee.Currency, r.Amount.Currency)
	}
	if r.Fault != "" {
		r.Amount, r.Fee = money.Amount{}, money.Amount{}
	}
	return r
}

// carried is what a shop may have given a movement to carry (schema transaction_info:
// custom_field and invoice_id, 127 characters at most).
var carried = shape.Of(" -~", 1, 127)

// fromReport reads an amount by PayPal's own decimals, exactly: a part of a forint is
// an error here and no rounding.
func fromReport(b *amountBody) (money.Amount, error) {
	a, err := fromPayPal(b)
	if err != nil || b == nil {
		return a, err
	}
	places, ok := decimals[a.Currency]
	if !ok {
		return money.Amount{}, money.ErrCurrency
	}
	_, err = a.DecimalWith(places)
	return a, err
}

// fault names an amount that cannot be read, as far as it has a form to be shown in.
func fault(what string, b *amountBody, err error) string {
	if b == nil {
		return "the row has no " + what
	}
	return fmt.Sprintf("%s %s %s: %v", what, formed(amountForm, b.Value), formed(codeForm, b.Currency), err)
}

var amountForm = shape.Of("0-9.-", 1, 32)

const (
	reportSize = 500 // rows a page, the most there are (parameter page_size)

	// reportRange is the longest time a report covers (parameter end_date: 31 days).
	reportRange = 31 * 24 * time.Hour

	// reportTime is the form of times that are asked for: with Z, which the pattern
	// of date_time wants or an offset with a colon.
	reportTime = "2006-01-02T15:04:05Z"
)

// Rows reads a page of the transaction report (GET /v1/reporting/transactions), of
// rows that affect a balance. Of the link to the next page only its number is taken:
// the call goes to our API, with our range, wherever the link leads.
func (p *PayPal) Rows(ctx context.Context, from, to time.Time, page string) (provider.RowPage, error) {
	number, err := strconv.Atoi(cmp.Or(page, "1"))
	if err != nil || number < 1 || to.Before(from) || to.Sub(from) > reportRange {
		return provider.RowPage{}, &provider.Error{Class: provider.OurBug, Code: "REPORT_RANGE"}
	}
	query := url.Values{
		"start_date": {from.UTC().Format(reportTime)}, "end_date": {to.UTC().Format(reportTime)},
		"fields": {"transaction_info"}, "page_size": {strconv.Itoa(reportSize)}, "page": {strconv.Itoa(number)},
	}
	got, err := p.caller.call(ctx, http.MethodGet, "/v1/reporting/transactions?"+query.Encode(), "", nil)
	if err != nil {
		return provider.RowPage{}, p.reportFailed(got, err)
	}
	var body reportPageBody
	if err := got.Read(&body); err != nil {
		return provider.RowPage{}, got.Unreadable("NOT_JSON", err)
	}
	until := firstTime(body.End)
	if until.IsZero() || body.Items == nil {
		return provider.RowPage{}, got.Unreadable("NOT_A_PAGE", errNotReport)
	}
	if until.After(to) {
		until = to
	}
	answer := provider.RowPage{Until: until, Refreshed: firstTime(body.Refreshed, body.End), Total: *body.Items}
	for _, d := range body.Details {
		answer.Rows = append(answer.Rows, d.Row.read())
	}
	if answer.Next, err = nextReport(body.Links, number, body.Pages); err != nil {
		return provider.RowPage{}, got.Unreadable("NOT_A_PAGE", err)
	}
	return answer, nil
}

var (
	errNotReport   = errors.New("paypal: the answer is no page of a report")
	errNotBalances = errors.New("paypal: the answer has no balances")
)

// nextReport is the number of the next page. A link that leads to no later page, or
// a count of pages that says more than the links, is no end of the report.
func nextReport(links []link, number, pages int) (string, error) {
	for _, l := range links {
		if l.Rel != "next" {
			continue
		}
		u, err := url.Parse(l.Href)
		if err != nil {
			return "", errNotReport
		}
		next, err := strconv.Atoi(u.Query().Get("page"))
		if err != nil || next <= number {
			return "", errNotReport
		}
		return strconv.Itoa(next), nil
	}
	if number < pages {
		return strconv.Itoa(number + 1), nil
	}
	return "", nil
}

// Balances asks for the balances of all currencies at a time (GET
// /v1/reporting/balances).
func (p *PayPal) Balances(ctx context.Context, at time.Time) (provider.Balances, error) {
	query := url.Values{"as_of_time": {at.UTC().Format(reportTime)}}
	got, err := p.caller.call(ctx, http.MethodGet, "/v1/reporting/balances?"+query.Encode(), "", nil)
	if err != nil {
		return provider.Balances{}, p.reportFailed(got, err)
	}
	var body balancesBody
	if err := got.Read(&body); err != nil {
		return provider.Balances{}, got.Unreadable("NOT_JSON", err)
	}
	answer := provider.Balances{At: firstTime(body.At), Of: map[money.Currency]settlement.Funds{}}
	if answer.At.IsZero() || body.Balances == nil {
		return provider.Balances{}, got.Unreadable("NO_BALANCES", errNotBalances)
	}
	for _, b := range body.Balances {
		funds, err := b.read()
		if err != nil {
			return provider.Balances{}, got.Unreadable("NO_BALANCES", err)
		}
		answer.Of[funds.Total.Currency] = funds
	}
	return answer, nil
}

// PaymentOf asks for the movement as a capture, and where it is none as a refund,
// which a reversal is as well. What may not be read is not ours (see PaymentOfCapture).
func (p *PayPal) PaymentOf(ctx context.Context, movement string) (string, error) {
	id, err := p.carriedBy(ctx, movement)
	if id == "" && err == nil {
		var capture string
		if capture, err = p.captureOfRefund(ctx, movement); err == nil && capture != "" {
			id, err = p.carriedBy(ctx, capture)
		}
	}
	return readable(id, err)
}

// What a report refuses and its specification does not name: the connectors of
// Airbyte and of Odoo's OCA for PayPal act on these two, as others have met them.
const (
	tooLarge     = "RESULTSET_TOO_LARGE"
	notAvailable = "Data for the given start date is not available."
)

// errNotGranted says what the merchant has to do.
var errNotGranted = errors.New(`paypal: the app may not read transactions: switch on "Transaction search" among its features (developer.paypal.com, Apps & Credentials); it can take PayPal some hours`)

// reportFailed finds the failures that reports alone have.
func (p *PayPal) reportFailed(got *wire.Answer, err error) error {
	var e *provider.Error
	if !errors.As(err, &e) {
		return err
	}
	if e.Status == http.StatusForbidden && e.Class == provider.MerchantSetup {
		// Only a token that was fetched after the feature was switched on has the right.
		p.caller.token.Drop()
		return got.Failed(provider.MerchantSetup, e.Code, errNotGranted)
	}
	var body struct {
		Name    string `json:"name"`
		Message string `json:"message"`
		Details []struct {
			Issue string `json:"issue"`
		} `json:"details"`
	}
	if e.Status != http.StatusBadRequest || json.Unmarshal(got.Body, &body) != nil {
		return err
	}
	early := body.Message == notAvailable
	for _, d := range body.Details {
		early = early || d.Issue == notAvailable
	}
	switch {
	case body.Name == tooLarge:
		return got.Failed(provider.TooMany, tooLarge, nil)
	case early:
		return got.Failed(provider.NotYet, "DATA_NOT_AVAILABLE", nil)
	}
	return err
}
