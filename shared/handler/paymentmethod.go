package handler

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/wording"
)

// menuBody is the ways to pay for something, in a buyer's language.
type menuBody struct {
	Country  string            `json:"country"`
	Currency string            `json:"currency"`
	Language string            `json:"language"`
	Total    writtenAmount     `json:"total"`
	Lines    []writtenLine     `json:"lines,omitempty"` // this and the next two not of an amount alone
	Parts    []writtenPart     `json:"parts,omitempty"`
	Shipping *bool             `json:"shipping,omitempty"` // an address is needed
	Methods  []methodBody      `json:"methods"`
	Texts    map[string]string `json:"texts"` // what the storefront's element says, by key
}

type methodBody struct {
	Method     string      `json:"method"`
	Name       string      `json:"name"`
	Icon       string      `json:"icon"`
	Text       string      `json:"text"`
	Timing     string      `json:"timing"` // immediate, delayed
	Limits     *limitsBody `json:"limits,omitempty"`
	Systems    []string    `json:"systems,omitempty"`
	RefundDays int         `json:"refund_days,omitempty"`
	Needs      []string    `json:"needs,omitempty"` // of the buyer, in payer: name, email
	Notice     string      `json:"notice,omitempty"`
}

type limitsBody struct {
	Min *writtenAmount `json:"min,omitempty"`
	Max *writtenAmount `json:"max,omitempty"`
}

// buttonTexts begins the keys of what the storefront's element says.
const buttonTexts = "button."

// quoteMenuRoute has the quote in its body, as POST /payments: an address is too short for
// one, and is written into logs.
const quoteMenuRoute = "POST /payment-methods"

// PaymentMethods is GET and POST /payment-methods: what the buyer can choose from, best
// first.
func (h Handlers) PaymentMethods() HTTP {
	return h.serve("payment-methods", func(ctx context.Context, in request) (answer, error) {
		choice, err := in.choice()
		if err != nil {
			return answer{}, err
		}
		language, err := in.buyersLanguage()
		if err != nil {
			return answer{}, err
		}
		menu, err := h.Checkout.Menu(ctx, choice)
		if err != nil {
			return answer{}, err
		}
		body, err := showMenu(menu, language)
		if err != nil {
			return answer{}, &checkout.Error{Kind: checkout.KindInternal, Err: err}
		}
		return answer{status: http.StatusOK, body: body, language: language}, nil
	})
}

// choice reads what is to be paid for.
func (r request) choice() (checkout.Choice, error) {
	if r.route == quoteMenuRoute {
		return r.quoteChoice()
	}
	c := checkout.Choice{Country: r.query["country"], Currency: money.Currency(r.query["currency"])}
	cart, named := r.query["cart"]
	text, priced := r.query["amount"]
	switch {
	case !countryForm.MatchString(c.Country):
		return c, badQuery("country", "two capitals, as DE")
	case !currencyForm.MatchString(string(c.Currency)):
		return c, badQuery("currency", "three capitals, as EUR")
	case named == priced:
		return c, badRequest(http.StatusBadRequest, "query-invalid", "Name what is to be paid for: either cart or amount.")
	case named:
		lines, ok := readCart(cart)
		if !ok {
			return c, badQuery("cart", "SKU:quantity pairs with commas between them, as MUG:2,CARD:1")
		}
		c.Cart = lines
		return c, nil
	}
	amount, err := money.Parse(text, c.Currency)
	if err != nil || amount.Minor <= 0 {
		return c, badQuery("amount", "a decimal above zero in that currency, as 45.00")
	}
	c.Amount = amount
	return c, nil
}

func (r request) quoteChoice() (checkout.Choice, error) {
	var body struct {
		Quote string `json:"quote"`
	}
	if err := r.decode(&body); err != nil {
		return checkout.Choice{}, err
	}
	if body.Quote == "" {
		return checkout.Choice{}, badRequest(http.StatusBadRequest, "body-invalid", "The field /quote is missing or empty.")
	}
	return checkout.Choice{Quote: body.Quote}, nil
}

func badQuery(name, form string) error {
	return badRequest(http.StatusBadRequest, "query-invalid", "The parameter "+name+" is missing or does not have the form it should have: "+form+".")
}

// readCart reads SKU:quantity pairs. The last colon of a pair stands before its
// quantity; in a SKU, a percent sign is percent-encoded.
func readCart(text string) ([]checkout.CartLine, bool) {
	cart := []checkout.CartLine{}
	for pair := range strings.SplitSeq(text, ",") {
		at := strings.LastIndexByte(pair, ':')
		if at < 0 {
			return nil, false
		}
		sku, err := url.PathUnescape(pair[:at])
		quantity, notNumber := strconv.ParseInt(pair[at+1:], 10, 64)
		if err != nil || notNumber != nil {
			return nil, false
		}
		cart = append(cart, checkout.CartLine{SKU: sku, Quantity: quantity})
	}
	return cart, true
}

// buyersLanguage is the one that the query names, English where there is none of it, and
// without any that of Accept-Language: a buyer is answered in any case.
func (r request) buyersLanguage() (wording.Language, error) {
	tag, asked := r.query["language"]
	if !asked {
		return wording.Accepted(r.header["accept-language"]), nil
	}
	if !(languageTag{}).MatchString(tag) {
		return "", badQuery("language", "a language tag, as de or de-AT")
	}
	if language, ok := wording.Named(tag); ok {
		return language, nil
	}
	return wording.English, nil
}

func showMenu(m checkout.Menu, language wording.Language) (menuBody, error) {
	currency := m.Total.Currency
	b := menuBody{
		Country: m.Country, Currency: string(currency), Language: string(language),
		Total: amountIn(m.Total, language), Methods: []methodBody{}, Texts: language.Under(buttonTexts),
	}
	for _, offer := range m.Methods {
		b.Methods = append(b.Methods, showMethod(offer, currency, language))
	}
	if m.Quote == nil {
		return b, nil
	}
	physical := m.Quote.Physical()
	b.Shipping = &physical
	var err error
	b.Lines, b.Parts, err = showQuote(*m.Quote, language)
	return b, err
}

func showMethod(o checkout.Offer, c money.Currency, language wording.Language) methodBody {
	b := methodBody{
		Method: o.ID, Name: language.Text("method."+o.ID+".name", nil), Icon: o.Icon,
		Text: language.Text("method."+o.ID+".text", nil), Timing: "immediate", Systems: o.Systems, RefundDays: o.RefundDays,
	}
	if o.Delayed {
		b.Timing = "delayed"
	}
	if o.Trouble {
		b.Notice = language.Text("method.notice.trouble", nil)
	}
	for _, need := range o.Needs {
		b.Needs = append(b.Needs, string(need))
	}
	least, most := o.Limit(c).Min, o.Limit(c).Max
	if !least.IsZero() || !most.IsZero() {
		b.Limits = &limitsBody{Min: someIn(least, language), Max: someIn(most, language)}
	}
	return b
}

func someIn(a money.Amount, language wording.Language) *writtenAmount {
	if a.IsZero() {
		return nil
	}
	w := amountIn(a, language)
	return &w
}
