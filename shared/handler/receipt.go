package handler

import (
	"context"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/wording"
)

const receiptRoute = "GET /payments/{id}/receipt"

// receiptBody is what a buyer has paid, and what of it went back: the payment's own
// amounts and nothing about a person.
type receiptBody struct {
	Payment   string          `json:"payment"`
	Shop      string          `json:"shop,omitempty"`
	Reference string          `json:"reference,omitempty"`
	Date      string          `json:"date"` // RFC 3339, UTC: when the provider took the money
	Status    string          `json:"status"`
	Language  string          `json:"language"`
	Method    receiptMethod   `json:"method"`
	Lines     []writtenLine   `json:"lines"`
	Parts     []writtenPart   `json:"parts"` // they add up to the total
	Total     writtenAmount   `json:"total"`
	Refunds   []receiptRefund `json:"refunds"`
	Rest      writtenAmount   `json:"rest"` // the total without what went back

	paid time.Time
}

type receiptMethod struct {
	Method string `json:"method"`
	Name   string `json:"name"`
}

type receiptRefund struct {
	Date  string        `json:"date"`
	Text  string        `json:"text"`
	Total writtenAmount `json:"total"`
}

// Receipt is GET /payments/{id}/receipt: the receipt as a page to print, or as JSON for a
// shop that has a form of its own. There is none before the money has moved, nor while a
// person looks into the payment: a receipt is no place for what is in doubt.
//
// It is served by the function that shows the payment: it needs the same rights and no
// others, and that function is warm when a buyer asks.
func (h Handlers) Receipt() HTTP {
	return h.serve("receipt", func(ctx context.Context, in request) (answer, error) {
		language, err := in.language()
		if err != nil {
			return answer{}, err
		}
		p, err := h.shown(ctx, in)
		if err != nil {
			return answer{}, err
		}
		if !hasReceipt(payment.StatusOf(p)) {
			shown := show(p, language)
			return answer{}, &fault{status: http.StatusConflict, slug: "no-receipt", payment: &shown}
		}
		body, err := showReceipt(p, h.Brand, language)
		if err != nil {
			return answer{}, &checkout.Error{Kind: checkout.KindInternal, Err: err}
		}
		out := answer{status: http.StatusOK, body: body, language: language}
		if !in.wantsData() {
			out.media, out.text, out.policy = "text/html; charset=utf-8", body.page(language), pagePolicy()
		}
		return out, nil
	})
}

// shown is the payment that a checkout token opens, or, without one, the token of the
// customer whose it is.
func (h Handlers) shown(ctx context.Context, in request) (payment.Payment, error) {
	if in.token() == "" && in.customer() != "" {
		return h.Checkout.OwnPayment(ctx, in.path["id"], in.customer())
	}
	return h.Checkout.Get(ctx, in.path["id"], in.token())
}

// hasReceipt: the money has moved, whatever of it has gone back since.
func hasReceipt(s payment.Status) bool {
	return s == payment.StatusCaptured || s == payment.StatusPartiallyRefunded || s == payment.StatusRefunded
}

// wantsData reports whether the header Accept names JSON and no page. Whoever takes
// anything gets the page.
func (in request) wantsData() bool {
	data := false
	for part := range strings.SplitSeq(in.header["accept"], ",") {
		media, parameters, _ := mime.ParseMediaType(part)
		switch {
		case parameters["q"] == "0":
		case media == "text/html":
			return false
		case media == "application/json":
			data = true
		}
	}
	return data
}

func showReceipt(p payment.Payment, shop string, language wording.Language) (receiptBody, error) {
	paid, _ := p.PaidBy()
	b := receiptBody{
		Payment: p.ID, Shop: shop, Reference: p.Reference, Date: stamp(paid.Created), paid: paid.Created,
		Status: string(payment.StatusOf(p)), Language: string(language), Method: methodOf(p.PaidThrough(), language),
		Total: amountIn(p.Quote.Total, language), Refunds: []receiptRefund{},
	}
	var err error
	if b.Lines, b.Parts, err = showQuote(p.Quote, language); err != nil {
		return b, err
	}
	for _, r := range p.Refunds {
		if r.State.Done() {
			b.Refunds = append(b.Refunds, receiptRefund{stamp(r.Created), language.Text("receipt.refund", wording.Values{"day": r.Created}), amountIn(r.Amount, language)})
		}
	}
	slices.SortStableFunc(b.Refunds, func(a, b receiptRefund) int { return strings.Compare(a.Date, b.Date) })
	rest, err := p.Quote.Total.Minus(p.Returned())
	b.Rest = amountIn(rest, language)
	return b, err
}

// methodOf is how the order was paid for: the method's name where it has one of its own,
// or else its provider's.
func methodOf(a payment.Attempt, language wording.Language) receiptMethod {
	key := "method." + a.Method + ".name"
	if !language.Has(key) {
		key = "provider." + a.Provider
	}
	return receiptMethod{Method: a.Method, Name: language.Text(key, nil)}
}
