package handler

import (
	"context"
	"net/http"
	"strings"

	"github.com/aws/aws-lambda-go/events"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/shape"
	"github.com/serverless-checkout/serverless-checkout/shared/wording"
)

// createBody is POST /payments. There is no amount in it: the price list has it, or
// the quote that the shop's server has signed. A quote stands in place of cart,
// currency, country and reference.
type createBody struct {
	Quote     *string             `json:"quote"`
	Cart      []checkout.CartLine `json:"cart"`
	Currency  string              `json:"currency"`
	Country   string              `json:"country"`
	Language  string              `json:"language"`
	Method    string              `json:"method"`
	Reference string              `json:"reference"`
	Shipping  *shippingBody       `json:"shipping"`
	Payer     *payerBody          `json:"payer"`
}

// payerBody is who pays, for the methods that have to know.
type payerBody struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

type shippingBody struct {
	Name     string   `json:"name"`
	Lines    []string `json:"lines"`
	City     string   `json:"city"`
	Region   string   `json:"region"`
	Postcode string   `json:"postcode"`
	Country  string   `json:"country"`
}

// The forms of what a browser names. A key is a UUID or any 32 or more of these
// characters: enough of them that nobody guesses another cart's key.
var (
	keyForm       = shape.Of("A-Za-z0-9_.:~-", 32, 255)
	currencyForm  = shape.Of("A-Z", 3, 3)
	countryForm   = shape.Of("A-Z", 2, 2)
	methodForm    = shape.Of("a-z0-9_", 1, 32).Beginning("a-z")
	referenceForm = shape.Of("A-Za-z0-9 ._:/#-", 0, 64)
	boxForm       = shape.Of("A-Za-z0-9!#$%&'*+/=?^_`{|}~.-", 1, 64)
	hostForm      = shape.Of("A-Za-z0-9.-", 3, 252)
)

// languageTag is a language and what may stand behind it: de, pt-BR, zh-Hant-TW
// (RFC 5646, as far as a browser sends it).
type languageTag struct{}

var languageForm, subtagForm = shape.Of("a-z", 2, 3), shape.Of("A-Za-z0-9", 2, 8)

// MatchString reports whether a text is one.
func (languageTag) MatchString(text string) bool {
	language, rest, more := strings.Cut(text, "-")
	for fits := languageForm.MatchString(language); fits; fits = subtagForm.MatchString(language) {
		if !more {
			return true
		}
		language, rest, more = strings.Cut(rest, "-")
	}
	return false
}

// CreatePayment is POST /payments: 201 for a new payment, 200 for the one that
// the key or the quote stands for already.
func (h Handlers) CreatePayment() HTTP {
	return h.serve("create-payment", func(ctx context.Context, in request) (answer, error) {
		var body createBody
		if err := in.decode(&body); err != nil {
			return answer{}, err
		}
		wish, err := body.purchase(in.header["idempotency-key"])
		if err != nil {
			return answer{}, err
		}
		wish.Source, wish.Customer = in.source, in.customer()
		p, created, err := h.Checkout.Create(ctx, wish)
		if err != nil {
			return answer{}, err
		}
		shown := show(p, in.reads())
		if shown.Token, err = h.Checkout.Token(ctx, p.ID); err != nil {
			return answer{}, err
		}
		out := answer{status: http.StatusOK, body: shown, location: "/payments/" + p.ID, language: in.reads()}
		if created {
			out.status = http.StatusCreated
		}
		return out, nil
	})
}

// GetPayment is every route that shows a buyer one payment, served by one function: see
// ShowPayment and Receipt.
func (h Handlers) GetPayment() HTTP {
	show, receipt := h.ShowPayment(), h.Receipt()
	return func(ctx context.Context, event events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		if event.RouteKey == receiptRoute {
			return receipt(ctx, event)
		}
		return show(ctx, event)
	}
}

// ShowPayment is GET /payments/{id}: the payment as the table has it.
func (h Handlers) ShowPayment() HTTP {
	return h.serve("get-payment", func(ctx context.Context, in request) (answer, error) {
		p, err := h.Checkout.Get(ctx, in.path["id"], in.token())
		if err != nil {
			return answer{}, err
		}
		return answer{status: http.StatusOK, body: show(p, in.reads()), language: in.reads()}, nil
	})
}

func keyInvalid(advice string) *fault {
	return badRequest(http.StatusBadRequest, "key-invalid",
		"Send an Idempotency-Key: a UUID, or 32 to 255 letters, digits, dots, colons, tildes, dashes or underscores. "+advice)
}

// purchase reads what both ways to buy have in common, and then the one way.
func (b createBody) purchase(key string) (checkout.Purchase, error) {
	if err := fit(form{"language", b.Language, languageTag{}, true}, form{"method", b.Method, methodForm, false}); err != nil {
		return checkout.Purchase{}, err
	}
	to, err := b.Shipping.address()
	if err != nil {
		return checkout.Purchase{}, err
	}
	payer, err := b.Payer.payer()
	if err != nil {
		return checkout.Purchase{}, err
	}
	wish := checkout.Purchase{Language: base(b.Language), Method: b.Method, Shipping: to, Payer: payer}
	if b.Quote != nil {
		return b.quoted(wish)
	}
	if !keyForm.MatchString(key) {
		return checkout.Purchase{}, keyInvalid("Make one per cart and keep it until the payment is final.")
	}
	if hasCardNumber(b.Reference) {
		return checkout.Purchase{}, badRequest(http.StatusBadRequest, "body-invalid", "The field /reference looks like a card number, which is not taken.")
	}
	wish.Key, wish.Cart, wish.Currency, wish.Country, wish.Reference = key, b.Cart, money.Currency(b.Currency), b.Country, b.Reference
	return wish, fit(form{"currency", b.Currency, currencyForm, false}, form{"country", b.Country, countryForm, false},
		form{"reference", b.Reference, referenceForm, true})
}

// quoted: a quote needs no key, because it has an id of its own, and nothing
// beside it, because a browser could make the two contradict each other.
func (b createBody) quoted(wish checkout.Purchase) (checkout.Purchase, error) {
	switch {
	case *b.Quote == "":
		return wish, badRequest(http.StatusBadRequest, "body-invalid", "The field /quote is empty.")
	case b.Cart != nil || b.Currency != "" || b.Country != "" || b.Reference != "":
		return wish, badRequest(http.StatusBadRequest, "body-invalid", "Send either a quote, or cart, currency, country and reference: the quote names them.")
	}
	wish.Quote = *b.Quote
	return wish, nil
}

// form is a field and the form it has to have.
type form struct {
	name, value string
	form        interface{ MatchString(string) bool }
	optional    bool
}

func fit(fields ...form) error {
	for _, field := range fields {
		if (field.value != "" || !field.optional) && !field.form.MatchString(field.value) {
			return badRequest(http.StatusBadRequest, "body-invalid", "The field /"+field.name+" is missing or does not have the form it should have.")
		}
	}
	return nil
}

// base is the language without its region: "de" of "de-AT".
func base(language string) string {
	if len(language) > 2 && language[2] == '-' {
		return language[:2]
	}
	return language
}

// address checks the form of an address; nil stays nil. Lengths are PayPal's
// (schemas name, address_portable).
func (s *shippingBody) address() (*provider.Shipping, error) {
	if s == nil {
		return nil, nil
	}
	fits := within(s.Name, 1, 300) && len(s.Lines) >= 1 && len(s.Lines) <= 2 &&
		within(s.City, 1, 120) && within(s.Region, 0, 300) && within(s.Postcode, 0, 60) && countryForm.MatchString(s.Country)
	for _, line := range s.Lines {
		fits = fits && within(line, 1, 300)
	}
	if !fits {
		return nil, badRequest(http.StatusBadRequest, "body-invalid",
			"The field /shipping needs name, one or two lines, city and country (two letters); region and postcode where the country has them.")
	}
	return &provider.Shipping{Name: s.Name, Lines: s.Lines, City: s.City, Region: s.Region, Postcode: s.Postcode, Country: s.Country}, nil
}

// payer checks the form of a name and of an e-mail address; both may be left out, and
// the method says whether it can do without. Lengths are PayPal's (schemas full_name,
// email_address).
func (p *payerBody) payer() (provider.Payer, error) {
	if p == nil {
		return provider.Payer{}, nil
	}
	name := p.Name == "" || within(p.Name, 3, 300)
	if !name || p.Email != "" && !isEmail(p.Email) {
		return provider.Payer{}, badRequest(http.StatusBadRequest, "body-invalid", "The field /payer has a name of 3 to 300 characters and an e-mail address; either may be left out.")
	}
	return provider.Payer{Name: p.Name, Email: p.Email}, nil
}

// isEmail: what PayPal takes for one (schema email_address), but for quoted names and
// addresses of machines in brackets.
func isEmail(text string) bool {
	box, host, _ := strings.Cut(text, "@")
	for part := range strings.SplitSeq(box+"."+host, ".") {
		if part == "" {
			return false
		}
	}
	for label := range strings.SplitSeq(host, ".") {
		if strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return false
		}
	}
	return len(text) <= 254 && boxForm.MatchString(box) && hostForm.MatchString(host) && strings.Contains(host, ".")
}

// within: so many characters, and no control characters among them.
func within(s string, least, most int) bool {
	n := 0
	for _, r := range s {
		if r < ' ' || r == 0x7f {
			return false
		}
		n++
	}
	return n >= least && n <= most
}

// paymentBody is a payment as its buyer sees it. Fields are listed one by one:
// nothing is shown because somebody added it to the domain.
type paymentBody struct {
	ID        string      `json:"id"`
	Status    string      `json:"status"`
	Paid      bool        `json:"paid"` // true: it is safe to send the goods
	Reference string      `json:"reference,omitempty"`
	Created   string      `json:"created"` // RFC 3339, UTC
	Lines     []lineBody  `json:"lines"`
	Discount  *amountBody `json:"discount,omitempty"`
	Tax       *amountBody `json:"tax,omitempty"`
	Shipping  *amountBody `json:"shipping,omitempty"`
	Total     amountBody  `json:"total"`
	Refunded  *amountBody `json:"refunded,omitempty"`
	Attempt   int         `json:"attempt"`          // the last one
	Method    string      `json:"method"`           // that it was paid by, or else of the last attempt
	Reason    string      `json:"reason,omitempty"` // the provider's code for a refusal or a pending capture
	Next      nextBody    `json:"next"`
	Token     string      `json:"token,omitempty"` // of POST /payments only
}

type lineBody struct {
	SKU      string     `json:"sku"`
	Name     string     `json:"name"`
	Quantity int64      `json:"quantity"`
	Unit     amountBody `json:"unit"`
}

// amountBody names an amount twice: in minor units for reckoning, as a decimal
// for showing.
type amountBody struct {
	Currency string `json:"currency"`
	Minor    int64  `json:"minor"`
	Value    string `json:"value"`
}

// nextBody is what the client does next, and what there is to tell its buyer.
type nextBody struct {
	Action string `json:"action"`        // redirect, capture, wait, attempt, none
	URL    string `json:"url,omitempty"` // where to go for it; while waiting, what to transfer and where to
	Text   string `json:"text"`          // how it stands and what to do, in the buyer's language
}

// show is a payment in the language that its buyer reads.
func show(p payment.Payment, language wording.Language) paymentBody {
	status := payment.StatusOf(p)
	live, _ := p.Live()
	return paymentBody{
		ID: p.ID, Status: string(status), Paid: status.Paid(), Reference: p.Reference,
		Created: stamp(p.Created), Lines: showLines(p.Quote), Total: amount(p.Quote.Total),
		Discount: some(p.Quote.Discount), Tax: some(p.Quote.Tax), Shipping: some(p.Quote.Shipping), Refunded: some(p.Returned()),
		Attempt: live.Number, Method: p.PaidThrough().Method, Reason: reason(p, status, live), Next: told(next(status, live), p, status, language),
	}
}

// told puts what to do next into words. Where the same status has the buyer do one thing
// or another, the action has words of its own.
func told(n nextBody, p payment.Payment, status payment.Status, language wording.Language) nextBody {
	key := "next." + string(status)
	switch {
	case status == payment.StatusPending && n.URL != "":
		key += ".transfer"
	case language.Has(key + "." + n.Action):
		key += "." + n.Action
	}
	n.Text = language.Text(key, wording.Values{
		"amount": p.Quote.Total, "refunded": p.Returned(), "provider": language.Text("provider."+p.PaidThrough().Provider, nil),
	})
	return n
}

func showLines(q payment.Quote) []lineBody {
	lines := []lineBody{}
	for _, l := range q.Lines {
		lines = append(lines, lineBody{SKU: l.SKU, Name: l.Name, Quantity: l.Quantity, Unit: amount(l.Unit)})
	}
	return lines
}

func amount(a money.Amount) amountBody {
	return amountBody{Currency: string(a.Currency), Minor: a.Minor, Value: a.Decimal()}
}

func some(a money.Amount) *amountBody {
	if a.IsZero() {
		return nil
	}
	b := amount(a)
	return &b
}

func reason(p payment.Payment, status payment.Status, live payment.Attempt) string {
	if status == payment.StatusDeclined && live.Refusal != "" {
		return live.Refusal
	}
	if status == payment.StatusDeclined || status == payment.StatusPending {
		for _, c := range p.Captures {
			if c.Reason != "" {
				return c.Reason
			}
		}
	}
	return ""
}

func next(status payment.Status, live payment.Attempt) nextBody {
	switch status {
	case payment.StatusAwaitingApproval:
		return nextBody{Action: "redirect", URL: live.Approve}
	case payment.StatusApproved:
		return nextBody{Action: "capture"}
	case payment.StatusPending:
		return nextBody{Action: "wait", URL: live.Transfer}
	case payment.StatusChecking, payment.StatusReview:
		return nextBody{Action: "wait"}
	case payment.StatusDeclined:
		if live.Retriable() {
			return nextBody{Action: "redirect", URL: live.Approve}
		}
		return nextBody{Action: "attempt"}
	case payment.StatusExpired:
		return nextBody{Action: "attempt"}
	}
	return nextBody{Action: "none"}
}
