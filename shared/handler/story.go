package handler

import (
	"context"
	"net/http"
	"strings"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
	"github.com/serverless-checkout/serverless-checkout/shared/wording"
)

const storyRoute = "GET /merchant/payments/{id}/money"

// storyBody is what became of a payment's money, told to its merchant.
type storyBody struct {
	Payment   string       `json:"payment"`
	Reference string       `json:"reference,omitempty"`
	Currency  string       `json:"currency"`
	Language  string       `json:"language"`
	Summary   string       `json:"summary"`
	Paid      []amountBody `json:"paid"` // by currency, what the parts of it make
	Lines     []storyLine  `json:"lines"`
	Where     []storyPart  `json:"where"`
}

type storyLine struct {
	Code    string      `json:"code"`
	Text    string      `json:"text"`
	Amount  *amountBody `json:"amount,omitempty"`
	At      string      `json:"at"`
	Into    *amountBody `json:"into,omitempty"`
	Rate    string      `json:"rate,omitempty"`
	Reason  string      `json:"reason,omitempty"`
	Until   string      `json:"until,omitempty"`
	Payout  string      `json:"payout,omitempty"`
	Row     *rowBody    `json:"row,omitempty"`
	IntoRow *rowBody    `json:"into_row,omitempty"`
	Awaited bool        `json:"awaited,omitempty"`
}

type rowBody struct {
	ID   string `json:"id"`
	Code string `json:"code"`
}

type storyPart struct {
	Code   string     `json:"code"`
	Text   string     `json:"text"`
	Amount amountBody `json:"amount"`
}

// Story is GET /merchant/payments/{id}/money: what became of the payment's money, in
// the language that the query names or that Accept-Language asks for.
func (h Handlers) Story() HTTP {
	return h.serve("story", func(ctx context.Context, in request) (answer, error) {
		language, err := in.language()
		if err != nil {
			return answer{}, err
		}
		p, story, err := h.Checkout.Story(ctx, in.path["id"])
		if err != nil {
			return answer{}, err
		}
		body, err := showStory(p, story, language)
		if err != nil {
			return answer{}, &checkout.Error{Kind: checkout.KindInternal, Err: err}
		}
		return answer{status: http.StatusOK, body: body, language: language}, nil
	})
}

// language is the one to answer in: one that the query names has to be there, while a
// browser's wishes are met as far as they can be.
func (r request) language() (wording.Language, error) {
	tag, asked := r.query["language"]
	if !asked {
		return wording.Accepted(r.header["accept-language"]), nil
	}
	language, ok := wording.Named(tag)
	if !ok {
		var all []string
		for _, l := range wording.Languages() {
			all = append(all, string(l))
		}
		return "", badRequest(http.StatusBadRequest, "language-unknown", "The language is one of "+strings.Join(all, ", ")+"; without any it is that of Accept-Language.")
	}
	return language, nil
}

// narrator puts a story into words.
type narrator struct {
	wording.Language
	provider string // as people write it
}

func showStory(p payment.Payment, story settlement.Story, language wording.Language) (storyBody, error) {
	paid, err := story.Paid()
	if err != nil {
		return storyBody{}, err
	}
	n := narrator{Language: language}
	if a, ok := p.Live(); ok {
		n.provider = language.Text("provider."+a.Provider, nil)
	}
	b := storyBody{
		Payment: p.ID, Reference: p.Reference, Currency: string(p.Quote.Total.Currency), Language: string(language),
		Summary: n.summary(paid, story.Where), Paid: []amountBody{}, Lines: []storyLine{}, Where: []storyPart{},
	}
	for _, sum := range paid {
		b.Paid = append(b.Paid, amount(sum))
	}
	for _, l := range story.Lines {
		b.Lines = append(b.Lines, storyLine{
			Code: string(l.Code), Text: n.line(l), Amount: some(l.Amount), At: stamp(l.At), Into: some(l.Into), Rate: l.Rate,
			Reason: l.Reason, Until: stamp(l.Until), Payout: l.Payout, Row: showRow(l.Row), IntoRow: showRow(l.IntoRow), Awaited: l.Awaited,
		})
	}
	for _, part := range story.Where {
		b.Where = append(b.Where, storyPart{Code: string(part.Place), Text: n.part(part), Amount: amount(part.Amount)})
	}
	return b, nil
}

func showRow(id settlement.RowID) *rowBody {
	if id == (settlement.RowID{}) {
		return nil
	}
	return &rowBody{ID: id.ID, Code: id.Code}
}

// summary says who paid what, and where each part of it is.
func (n narrator) summary(paid []money.Amount, where []settlement.Part) string {
	var sentences []string
	arrived := map[money.Currency]int64{}
	for _, part := range where {
		if part.Place == settlement.PlaceOnItsWay {
			arrived[part.Amount.Currency] -= part.Amount.Minor
		}
	}
	for _, sum := range paid {
		sum.Minor += arrived[sum.Currency]
		if !sum.IsZero() {
			sentences = append(sentences, n.Text("money.line.paid", wording.Values{"amount": sum}))
		}
	}
	if len(sentences) == 0 && len(arrived) == 0 {
		sentences = append(sentences, n.Text("money.nothing_paid", nil))
	}
	for _, part := range where {
		sentences = append(sentences, n.part(part))
	}
	return n.Join(sentences...)
}

// line tells one line: what was taken and what was given is in the words, so that its
// amount has no sign.
func (n narrator) line(l settlement.Line) string {
	key := "money.line." + string(l.Code)
	switch {
	case l.Rate != "":
		key += ".rate"
	case l.Payout != "":
		if n.Has(key + ".payout") {
			key += ".payout"
		}
	case !l.Until.IsZero():
		key += ".until"
	case l.Code == settlement.LinePending && n.Has(key+"."+l.Reason):
		key += "." + l.Reason
	}
	text := n.Text(key, wording.Values{
		"provider": n.provider, "amount": size(l.Amount), "into": size(l.Into), "rate": wording.Number(l.Rate),
		"until": l.Until, "at": l.At, "payout": l.Payout, "code": l.Row.Code,
	})
	if l.Awaited {
		text = n.Join(text, n.Text("money.not_reported", wording.Values{"provider": n.provider}))
	}
	return text
}

// part tells where something is; a place that gave more than it got, where it has
// words for that, tells how much more.
func (n narrator) part(part settlement.Part) string {
	key, a := "money.where."+string(part.Place), part.Amount
	if a.Minor < 0 && n.Has(key+".less") {
		key, a = key+".less", size(a)
	}
	return n.Text(key, wording.Values{"provider": n.provider, "amount": a})
}

// size is an amount without its sign.
func size(a money.Amount) money.Amount {
	a.Minor = max(a.Minor, -a.Minor)
	return a
}
