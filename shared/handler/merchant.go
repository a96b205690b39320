package handler

import (
	"context"
	"net/http"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

// MerchantPayments is every route that shows the merchant payments, served by one
// function: see Story and ShowPayments.
func (h Handlers) MerchantPayments() HTTP {
	story, show := h.Story(), h.ShowPayments()
	return func(ctx context.Context, event events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		if event.RouteKey == storyRoute {
			return story(ctx, event)
		}
		return show(ctx, event)
	}
}

// ShowPayments is GET /merchant/payments/{id}, one payment with its timeline and
// entries, and GET /merchant/payments?day=2026-11-21, a UTC day's payments.
func (h Handlers) ShowPayments() HTTP {
	return h.serve("merchant-payments", func(ctx context.Context, in request) (answer, error) {
		if id := in.path["id"]; id != "" {
			p, err := h.Checkout.Find(ctx, id)
			if err != nil {
				return answer{}, err
			}
			return answer{status: http.StatusOK, body: showMerchant(p)}, nil
		}
		if err := in.namesDays("day"); err != nil {
			return answer{}, err
		}
		payments, next, err := h.Checkout.Day(ctx, in.query["day"], dayPage, in.query["cursor"])
		if err != nil {
			return answer{}, err
		}
		list := dayBody{Day: in.query["day"], Payments: []dayLine{}, Next: next}
		for _, p := range payments {
			list.Payments = append(list.Payments, showLine(p))
		}
		return answer{status: http.StatusOK, body: list}, nil
	})
}

// dayPage is how many payments one answer holds.
const dayPage = 50

type dayBody struct {
	Day      string    `json:"day"`
	Payments []dayLine `json:"payments"`
	Next     string    `json:"next,omitempty"` // cursor of the next page
}

type dayLine struct {
	ID        string     `json:"id"`
	Status    string     `json:"status"`
	Paid      bool       `json:"paid"`
	Reference string     `json:"reference,omitempty"`
	Created   string     `json:"created"`
	Provider  string     `json:"provider"` // through whom it was paid, or else last tried, as Method
	Method    string     `json:"method"`
	Total     amountBody `json:"total"`
}

func showLine(p payment.Payment) dayLine {
	status, through := payment.StatusOf(p), p.PaidThrough()
	return dayLine{ID: p.ID, Status: string(status), Paid: status.Paid(), Reference: p.Reference, Created: stamp(p.Created),
		Provider: through.Provider, Method: through.Method, Total: amount(p.Quote.Total)}
}

// merchantBody is a payment as its merchant sees it. It holds no address, no
// token and no link: fields are listed one by one.
type merchantBody struct {
	dayLine
	Country    string        `json:"country"`
	Lines      []lineBody    `json:"lines"`
	Discount   *amountBody   `json:"discount,omitempty"`
	Tax        *amountBody   `json:"tax,omitempty"`
	Shipping   *amountBody   `json:"shipping,omitempty"`
	Refundable amountBody    `json:"refundable"`
	Review     []string      `json:"review,omitempty"` // why a person has to look
	Attempts   []attemptLine `json:"attempts"`
	Captures   []captureLine `json:"captures"`
	Refunds    []refundShown `json:"refunds"`
	Disputes   []disputeLine `json:"disputes"`
	Entries    []entryLine   `json:"entries"`
	Timeline   []eventLine   `json:"timeline"`
	Notes      []noteLine    `json:"notes,omitempty"`
}

type attemptLine struct {
	Number     int    `json:"number"`
	Provider   string `json:"provider"`
	Method     string `json:"method"`
	Order      string `json:"order"`
	State      string `json:"state"`
	Superseded bool   `json:"superseded,omitempty"`
	Refusals   int    `json:"refusals,omitempty"`
	Refusal    string `json:"refusal,omitempty"`
}

type captureLine struct {
	ID       string      `json:"id"`
	State    string      `json:"state"`
	Reason   string      `json:"reason,omitempty"`
	Amount   amountBody  `json:"amount"`
	Fee      *amountBody `json:"fee,omitempty"`
	Net      *amountBody `json:"net,omitempty"`
	Received *amountBody `json:"received,omitempty"`
	Rate     string      `json:"rate,omitempty"`
	StepUp   string      `json:"step_up,omitempty"`
	Created  string      `json:"created"`
}

type disputeLine struct {
	ID      string      `json:"id"`
	Open    bool        `json:"open"`
	Stage   string      `json:"stage,omitempty"`
	Reason  string      `json:"reason,omitempty"`
	Outcome string      `json:"outcome,omitempty"`
	Amount  *amountBody `json:"amount,omitempty"`
	Answer  string      `json:"seller_response_due_date,omitempty"`
}

type entryLine struct {
	Kind    string      `json:"kind"`
	Ref     string      `json:"ref"`
	Amount  amountBody  `json:"amount"`
	At      string      `json:"at"`
	Code    string      `json:"code,omitempty"` // of a row of the provider's account, as the rest
	Fee     *amountBody `json:"fee,omitempty"`
	Updated string      `json:"updated,omitempty"`

	Available string `json:"available,omitempty"`
	Rate      string `json:"rate,omitempty"`
}

type eventLine struct {
	At   string `json:"at"`
	Code string `json:"code"`
	Ref  string `json:"ref,omitempty"`
}

type noteLine struct {
	At     string `json:"at"`
	Reason string `json:"reason"`
	Code   string `json:"code"`
}

func showMerchant(p payment.Payment) merchantBody {
	b := merchantBody{
		dayLine: showLine(p), Country: p.Country, Refundable: amount(p.Refundable()),
		Discount: some(p.Quote.Discount), Tax: some(p.Quote.Tax), Shipping: some(p.Quote.Shipping),
		Lines: showLines(p.Quote), Attempts: []attemptLine{}, Captures: []captureLine{}, Refunds: showRefunds(p),
		Disputes: []disputeLine{}, Entries: []entryLine{}, Timeline: []eventLine{},
	}
	for _, d := range p.Doubts() {
		b.Review = append(b.Review, string(d))
	}
	for _, a := range p.Attempts {
		b.Attempts = append(b.Attempts, attemptLine{Number: a.Number, Provider: a.Provider, Method: a.Method, Order: a.Order,
			State: string(a.State), Superseded: a.Superseded, Refusals: a.Refusals, Refusal: a.Refusal})
	}
	for _, c := range p.Captures {
		b.Captures = append(b.Captures, captureLine{ID: c.ID, State: string(c.State), Reason: c.Reason, Amount: amount(c.Amount),
			Fee: some(c.Fee), Net: some(c.Net), Received: some(c.Received), Rate: c.Rate, StepUp: string(c.StepUp), Created: stamp(c.Created)})
	}
	for _, d := range p.Disputes {
		b.Disputes = append(b.Disputes, disputeLine{ID: d.ID, Open: d.Open, Stage: d.Stage, Reason: d.Reason, Outcome: d.Outcome,
			Amount: some(d.Amount), Answer: stamp(d.Answer)})
	}
	for _, e := range p.Entries {
		b.Entries = append(b.Entries, entryLine{Kind: string(e.Kind), Ref: e.Ref, Amount: amount(e.Amount), At: stamp(e.At),
			Code: e.Code, Fee: some(e.Fee), Updated: stamp(e.Updated), Available: stamp(e.Available), Rate: e.Rate})
	}
	for _, e := range p.Timeline {
		b.Timeline = append(b.Timeline, eventLine{At: stamp(e.At), Code: e.Code, Ref: e.Ref})
	}
	for _, n := range p.Notes {
		b.Notes = append(b.Notes, noteLine{At: stamp(n.At), Reason: string(n.Reason), Code: n.Code})
	}
	return b
}

// showRefunds lists what the merchant asked for, and what was made elsewhere.
func showRefunds(p payment.Payment) []refundShown {
	list := []refundShown{}
	for _, wish := range p.Reservations {
		shown := showRefund(p, wish.ID)
		shown.Left = nil
		list = append(list, shown)
	}
	for _, r := range p.Refunds {
		if _, ours := p.Reservation(r.Own); !ours {
			list = append(list, refundShown{ID: r.Own, Payment: p.ID, Amount: amount(r.Amount), State: string(r.State), Code: r.Movement.Reason, Provider: r.ID, At: stamp(r.Created)})
		}
	}
	return list
}

// stamp writes a time as RFC 3339 in UTC; no time is no text.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
