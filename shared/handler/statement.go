package handler

import (
	"cmp"
	"context"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
)

const (
	// statementPage is how many payments one answer in JSON looks at.
	statementPage = 250

	statementsPath = "/merchant/settlements"
	entriesPath    = "/merchant/entries"
)

// MerchantSettlements is GET /merchant/settlements?from=2026-11-01&to=2026-12-01, what
// the providers' accounts did in some days, as JSON or as a table, and GET
// /merchant/entries, everything that moved, line by line.
func (h Handlers) MerchantSettlements() HTTP {
	return h.serve("merchant-settlements", func(ctx context.Context, in request) (answer, error) {
		if err := in.namesDays("from", "to"); err != nil {
			return answer{}, err
		}
		if in.route == "GET "+entriesPath {
			return h.entries(ctx, in)
		}
		table, err := in.wantsTable()
		switch {
		case err != nil:
			return answer{}, err
		case table:
			return h.statementTable(ctx, in)
		}
		return h.statement(ctx, in)
	})
}

// wantsTable reads in which form a statement is wanted: what the query says, or else
// the header Accept where it names CSV and not JSON. Another media type in it is not
// refused: a client that sends Accept of its own accord gets JSON.
func (in request) wantsTable() (bool, error) {
	format, named := in.query["format"]
	switch {
	case format == "csv":
		return true, nil
	case format == "json":
		return false, nil
	case named:
		return false, badRequest(http.StatusBadRequest, "format-unknown", "The parameter format is json or csv.")
	}
	table := false
	for part := range strings.SplitSeq(in.header["accept"], ",") {
		media, parameters, _ := mime.ParseMediaType(part)
		switch {
		case parameters["q"] == "0":
		case media == "application/json":
			return false, nil
		case media == "text/csv":
			table = true
		}
	}
	return table, nil
}

// statement is the first page with the accounts, or a later one with payments alone.
func (h Handlers) statement(ctx context.Context, in request) (answer, error) {
	from, to := in.query["from"], in.query["to"]
	body := statementBody{From: from, To: to, Payments: []movedLine{}}
	if in.query["cursor"] == "" {
		accounts, err := h.Checkout.Accounts(ctx, from, to)
		if err != nil {
			return answer{}, err
		}
		body.Accounts = &[]accountBody{}
		for _, a := range accounts {
			*body.Accounts = append(*body.Accounts, showAccount(a))
		}
	}
	page, next, err := h.Checkout.MovedPayments(ctx, from, to, statementPage, in.query["cursor"])
	if err != nil {
		return answer{}, err
	}
	for _, m := range page {
		body.Payments = append(body.Payments, showMoved(m))
	}
	body.Next = next
	return answer{status: http.StatusOK, body: body}, nil
}

// later is the address of another page of the same days.
func (in request) later(path, cursor string, more url.Values) string {
	if cursor == "" {
		return ""
	}
	query := url.Values{"from": {in.query["from"]}, "to": {in.query["to"]}, "cursor": {cursor}}
	for name, values := range more {
		query[name] = values
	}
	return path + "?" + query.Encode()
}

type statementBody struct {
	From     string         `json:"from"`
	To       string         `json:"to"`                 // not counted in
	Accounts *[]accountBody `json:"accounts,omitempty"` // on the first page alone
	Payments []movedLine    `json:"payments"`
	Next     string         `json:"next,omitempty"` // cursor of the next page
}

type accountBody struct {
	Provider      string          `json:"provider"`
	FirstDay      string          `json:"first_day"`
	CompleteUntil string          `json:"complete_until,omitempty"`
	Explained     string          `json:"explained,omitempty"` // the last day whose balance is known
	Unmatched     int             `json:"unmatched"`
	UnmatchedRows []unmatchedLine `json:"unmatched_rows"` // the first hundred
	Currencies    []currencyBody  `json:"currencies"`
	Days          []dayMoved      `json:"days"`
}

// unmatchedLine is a row that waits for a person, as the provider tells it. Amounts are
// text: one that cannot be read may be why it waits.
type unmatchedLine struct {
	Reason    string `json:"reason"`
	Payment   string `json:"payment,omitempty"`
	ID        string `json:"id,omitempty"`
	Code      string `json:"code,omitempty"`
	Status    string `json:"status,omitempty"`
	Amount    string `json:"amount,omitempty"` // "EUR 12.34"
	Fee       string `json:"fee,omitempty"`
	Reference string `json:"reference,omitempty"`
	Fault     string `json:"fault,omitempty"` // what cannot be read
	Initiated string `json:"initiated"`
}

type dayMoved struct {
	Day        string      `json:"day"`
	Currencies []movedBody `json:"currencies"`
}

// movedBody is what moved; the amounts before Moved add up to it.
type movedBody struct {
	Currency    string     `json:"currency"`
	Captured    amountBody `json:"captured"`
	Fees        amountBody `json:"fees"`
	Refunds     amountBody `json:"refunds"`
	Reversals   amountBody `json:"reversals"`
	Conversions amountBody `json:"conversions"`
	PaidOut     amountBody `json:"paid_out"`
	Other       amountBody `json:"other"`
	OtherSales  amountBody `json:"other_sales"`
	Moved       amountBody `json:"moved"`
	Sales       int64      `json:"sales"`
	Refunded    int64      `json:"refunded"`
}

type currencyBody struct {
	movedBody
	Incoming  amountBody   `json:"incoming"`
	InTransit amountBody   `json:"in_transit"`
	Balance   *balanceBody `json:"balance,omitempty"` // where the account has an explained day
}

// balanceBody is of the provider's own balances: Opening and what moved, less MovedSince
// and with Remainder, make Closing.
type balanceBody struct {
	Opening    amountBody `json:"opening"`
	Closing    amountBody `json:"closing"` // at the end of the account's explained day
	OnHold     amountBody `json:"on_hold"`
	Available  amountBody `json:"available"`
	MovedSince amountBody `json:"moved_since"` // after that day
	Remainder  amountBody `json:"remainder"`
}

// movedLine is a payment of which rows moved money in the days.
type movedLine struct {
	Provider  string      `json:"provider"`
	ID        string      `json:"id"`
	Reference string      `json:"reference,omitempty"`
	Status    string      `json:"status"`
	Created   string      `json:"created"`
	Money     []moneyLine `json:"money"`
}

type moneyLine struct {
	Currency    string     `json:"currency"`
	Captured    amountBody `json:"captured"`
	Fees        amountBody `json:"fees"`
	Refunds     amountBody `json:"refunds"`
	Reversals   amountBody `json:"reversals"`
	Conversions amountBody `json:"conversions"`
	Net         amountBody `json:"net"`
	Held        amountBody `json:"held"`
	Where       string     `json:"where"`

	// Of providers alone that tell it.
	PaidOut   *amountBody  `json:"paid_out,omitempty"`
	Available string       `json:"available,omitempty"`
	Payouts   []payoutLine `json:"payouts,omitempty"`
}

// payoutLine is what of a payment's money went to the bank with a payout.
type payoutLine struct {
	ID      string     `json:"id"`
	State   string     `json:"state,omitempty"`
	Amount  amountBody `json:"amount"`
	Sent    string     `json:"sent"`
	Arrives string     `json:"arrives,omitempty"`
}

func showAccount(a checkout.Account) accountBody {
	b := accountBody{
		Provider: a.Provider, FirstDay: a.First, CompleteUntil: stamp(a.CompleteUntil), Unmatched: a.Unmatched,
		UnmatchedRows: []unmatchedLine{}, Currencies: []currencyBody{}, Days: []dayMoved{},
	}
	for _, r := range a.Rows {
		b.UnmatchedRows = append(b.UnmatchedRows, unmatchedLine{
			Reason: string(r.Reason), Payment: r.Payment, ID: r.ID, Code: r.Code, Status: string(r.Status),
			Amount: r.Amount, Fee: r.Fee, Reference: r.Reference, Fault: r.Fault, Initiated: stamp(r.Initiated),
		})
	}
	for _, s := range a.Statements {
		b.Explained = cmp.Or(b.Explained, s.Explained)
		b.Currencies = append(b.Currencies, showCurrency(s))
	}
	for _, d := range a.Days {
		day := dayMoved{Day: d.Day}
		for _, s := range d.Of {
			day.Currencies = append(day.Currencies, showMovement(s))
		}
		b.Days = append(b.Days, day)
	}
	return b
}

func showCurrency(s settlement.Statement) currencyBody {
	b := currencyBody{movedBody: showMovement(s), Incoming: amount(s.Incoming), InTransit: amount(s.InTransit)}
	if s.Explained != "" {
		b.Balance = &balanceBody{amount(s.Opening), amount(s.Closing), amount(s.OnHold), amount(s.Available), amount(s.MovedSince), amount(s.Remainder)}
	}
	return b
}

func showMovement(s settlement.Statement) movedBody {
	return movedBody{
		Currency: string(s.Currency), Captured: amount(s.Captured), Fees: amount(s.Fees), Refunds: amount(s.Refunds),
		Reversals: amount(s.Reversals), Conversions: amount(s.Conversions), PaidOut: amount(s.PaidOut), Other: amount(s.Other),
		OtherSales: amount(s.OtherSales), Moved: amount(s.Moved), Sales: s.Sales, Refunded: s.Refunded,
	}
}

func showMoved(m checkout.MovedPayment) movedLine {
	line := movedLine{
		Provider: m.Provider, ID: m.Payment.ID, Reference: m.Payment.Reference,
		Status: string(payment.StatusOf(m.Payment)), Created: stamp(m.Payment.Created), Money: []moneyLine{},
	}
	for _, of := range m.Of {
		shown := moneyLine{
			Currency: string(of.Currency), Captured: amount(of.Captured), Fees: amount(of.Fees), Refunds: amount(of.Refunds),
			Reversals: amount(of.Reversals), Conversions: amount(of.Conversions), Net: amount(of.Net), Held: amount(of.Held), Where: string(of.Where),
			PaidOut: some(of.PaidOut), Available: stamp(of.Available),
		}
		for _, p := range of.Payouts {
			shown.Payouts = append(shown.Payouts, payoutLine{p.ID, string(p.State), amount(p.Share), stamp(p.Created), stamp(p.Arrives)})
		}
		line.Money = append(line.Money, shown)
	}
	return line
}
