package handler

import (
	"context"
	"encoding/csv"
	"net/http"
	"net/url"
	"strings"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
)

// tableHeader names the columns of a statement as a table. What has the provider's whole
// account in it (payouts, other sales, balances) is of another shape and in JSON alone:
// two tables in one file are none to a spreadsheet.
var tableHeader = []string{
	"provider", "payment", "reference", "created", "status", "currency",
	"captured", "fees", "refunds", "reversals", "conversions", "net", "held", "where",
	"paid_out", "payout", "arrives",
}

// statementTable is one page of the payments of a statement, one line for each payment
// and currency. Every page begins with the header, so each opens by itself.
func (h Handlers) statementTable(ctx context.Context, in request) (answer, error) {
	page, next, err := h.Checkout.MovedPayments(ctx, in.query["from"], in.query["to"], checkout.MaxMovedPage, in.query["cursor"])
	if err != nil {
		return answer{}, err
	}
	text, err := table(page)
	if err != nil {
		return answer{}, err
	}
	return answer{
		status: http.StatusOK, media: "text/csv; charset=utf-8; header=present", text: text,
		next: in.later(statementsPath, next, url.Values{"format": {"csv"}}),
	}, nil
}

// table writes payments as CSV in the form of RFC 4180.
func table(page []checkout.MovedPayment) (string, error) {
	var out strings.Builder
	w := csv.NewWriter(&out)
	w.UseCRLF = true
	lines := [][]string{tableHeader}
	for _, m := range page {
		for _, of := range m.Of {
			line := texts(m.Provider, m.Payment.ID, m.Payment.Reference, stamp(m.Payment.Created), string(payment.StatusOf(m.Payment)), string(of.Currency))
			line = append(line, numbers(of.Captured, of.Fees, of.Refunds, of.Reversals, of.Conversions, of.Net, of.Held)...)
			line = append(line, texts(string(of.Where))...)
			lines = append(lines, append(append(line, numbers(of.PaidOut)...), lastPayout(of)...))
		}
	}
	err := w.WriteAll(lines)
	return out.String(), err
}

// lastPayout is the latest payout that a payment has a part in, and the day on which it
// arrives at the bank; both are empty where the provider tells of none.
func lastPayout(of settlement.PaymentMoney) []string {
	if len(of.Payouts) == 0 {
		return []string{"", ""}
	}
	last := of.Payouts[len(of.Payouts)-1]
	return texts(last.ID, stamp(last.Arrives))
}

// texts are cells that a spreadsheet must not take for formulas: one that begins like
// one gets an apostrophe before it, which spreadsheets take for "this is text" (OWASP,
// "CSV Injection"). A shop's reference may come from a buyer.
func texts(cells ...string) []string {
	for i, cell := range cells {
		if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
			cells[i] = "'" + cell
		}
	}
	return cells
}

// numbers are amounts in major units, with the currency's decimals. They are digits of
// ours and never a text from outside, so that a minus stays one and they can be added.
func numbers(amounts ...money.Amount) []string {
	cells := make([]string, 0, len(amounts))
	for _, a := range amounts {
		cells = append(cells, a.Decimal())
	}
	return cells
}
