package checkout

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/shape"
)

// signedQuote is an offer that the shop's own server made and signed: what the
// payment will be of, whatever the price list says.
type signedQuote struct {
	id        string // one quote, one payment
	expires   time.Time
	country   string
	reference string
	quote     payment.Quote
}

// quoteClaims is the payload of the JWS that the shop's server signs, and all of
// it: another claim could be one that was meant to change something. Amounts are
// whole minor units of cur, already rounded.
type quoteClaims struct {
	ID       string      `json:"jti"` // a UUID, or 32 to 255 characters of an Idempotency-Key
	Audience audience    `json:"aud"` // the stack's name
	Expires  int64       `json:"exp"` // Unix seconds
	Issued   int64       `json:"iat"` // Unix seconds; may be left out
	Currency string      `json:"cur"`
	Country  string      `json:"country"` // of the buyer; goods are sent there and nowhere else
	Lines    []quoteLine `json:"lines"`
	Discount int64       `json:"discount"` // 0 where left out, as tax and shipping
	Tax      int64       `json:"tax"`
	Shipping int64       `json:"shipping"`
	Total    int64       `json:"total"`
	Ref      string      `json:"ref"` // the shop's order number; may be left out
}

type quoteLine struct {
	SKU      string `json:"sku"`
	Name     string `json:"name"`
	Quantity int64  `json:"qty"`
	Unit     int64  `json:"unit"`
	Physical bool   `json:"physical"`
}

// audience is one name. Half of the libraries write it as a list of one.
type audience string

func (a *audience) UnmarshalJSON(text []byte) error {
	var list []string
	if err := json.Unmarshal(text, &list); err == nil && len(list) == 1 {
		*a = audience(list[0])
		return nil
	}
	return json.Unmarshal(text, (*string)(a))
}

var (
	quoteIDForm   = shape.Of("A-Za-z0-9_.:~-", 32, 255)
	referenceForm = shape.Of("A-Za-z0-9 ._:/#-", 0, 64)
)

// readQuote proves that the shop signed the quote, for this stack, and that it
// adds up. Whether it is still in force is fresh's question. Errors: KindQuote and
// those of secrets.
func (s *Service) readQuote(ctx context.Context, token string) (q signedQuote, fault error) {
	_, err := s.fitting(ctx, func(k *Secrets) bool {
		q, fault = s.openQuote(token, k.Quotes)
		return len(k.Quotes) > 0 && !errors.Is(fault, jwt.ErrTokenSignatureInvalid)
	})
	return q, cmp.Or(err, fault)
}

// openQuote is readQuote with these secrets. Errors: KindQuote.
func (s *Service) openQuote(token string, secrets [][]byte) (signedQuote, error) {
	if len(secrets) == 0 {
		return signedQuote{}, refuse(KindQuote, "This shop takes no signed quotes; send a cart.")
	}
	text, err := s.unseal(token, secrets)
	if err != nil {
		return signedQuote{}, unsealed(KindQuote, "quote", err)
	}
	return readClaims(text)
}

// readShown is a quote as the page that holds it may show it: whether the shop has signed
// it nobody has looked, which takes a secret. Nothing may be decided by it. Errors: KindQuote.
func readShown(token string) (signedQuote, error) {
	parser := jwt.NewParser(jwt.WithStrictDecoding())
	if _, _, err := parser.ParseUnverified(token, &sealed{}); err != nil {
		return signedQuote{}, unsealed(KindQuote, "quote", err)
	}
	text, err := parser.DecodeSegment(strings.Split(token, ".")[1])
	if err != nil {
		return signedQuote{}, unsealed(KindQuote, "quote", err)
	}
	return readClaims(text)
}

func readClaims(text []byte) (signedQuote, error) {
	var claims quoteClaims
	if slips := readStrict(text, &claims); len(slips) > 0 {
		return signedQuote{}, quoteFault("The quote's claims cannot be taken. "+slips[0].String()+".", slips[0].what)
	}
	return claims.read()
}

func quoteFault(detail, cause string) error {
	return &Error{Kind: KindQuote, Detail: detail, Err: errors.New("quote: " + cause)}
}

// fresh refuses a quote that has expired. It is asked where a payment is made and
// nowhere else: who clicked in time is not turned away by a reload. Errors:
// KindQuoteExpired.
func (s *Service) fresh(q signedQuote) error {
	claims := jwt.RegisteredClaims{Audience: jwt.ClaimStrings{s.Stack}, ExpiresAt: jwt.NewNumericDate(q.expires)}
	if err := jwt.NewValidator(append(s.sealOptions(), jwt.WithExpirationRequired())...).Validate(claims); err != nil {
		return &Error{Kind: KindQuoteExpired, Detail: "The quote has expired; ask the shop for a new one.", Err: jwt.ErrTokenExpired}
	}
	return nil
}

// read turns claims into a quote and holds it against every rule a cart is held
// against, and its own: the parts make the total. Errors: KindQuote.
func (c quoteClaims) read() (signedQuote, error) {
	for _, claim := range []struct {
		name string
		fits bool
	}{
		{"jti", quoteIDForm.MatchString(c.ID)},
		{"exp", c.Expires > 0 && c.Expires <= lastSecond},
		{"iat", c.Issued >= 0 && c.Issued <= lastSecond},
		{"cur", money.Currency(c.Currency).Valid()},
		{"country", countryForm.MatchString(c.Country)},
		{"ref", referenceForm.MatchString(c.Ref)},
		{"lines", len(c.Lines) >= 1 && len(c.Lines) <= payment.MaxLines},
	} {
		if !claim.fits {
			return signedQuote{}, quoteFault("The quote's claim "+claim.name+" is missing or does not have the form it should have.", claim.name)
		}
	}
	currency := money.Currency(c.Currency)
	q := payment.Quote{Discount: part(c.Discount, currency), Tax: part(c.Tax, currency), Shipping: part(c.Shipping, currency), Total: money.New(c.Total, currency)}
	for i, l := range c.Lines {
		if !plain(l.SKU, maxSKU) || !plain(l.Name, maxName) || l.Quantity < 1 || l.Quantity > maxQuantity || l.Unit < 0 {
			at := fmt.Sprintf("lines[%d]", i)
			return signedQuote{}, quoteFault(fmt.Sprintf("The quote's claim %s does not fit: sku (1 to %d bytes), name (1 to %d), qty (1 to %d), unit (0 or more).", at, maxSKU, maxName, maxQuantity), at)
		}
		q.Lines = append(q.Lines, payment.Line{SKU: l.SKU, Name: l.Name, Quantity: l.Quantity, Unit: money.New(l.Unit, currency), Physical: l.Physical})
	}
	if err := q.Check(); err != nil {
		return signedQuote{}, quoteFault("The quote does not add up: lines - discount + tax + shipping = total, above zero, nothing below zero.", "sum")
	}
	return signedQuote{id: c.ID, expires: time.Unix(c.Expires, 0), country: c.Country, reference: c.Ref, quote: q}, nil
}

// part is an amount that may be nothing; nothing has no currency, as everywhere.
func part(minor int64, currency money.Currency) money.Amount {
	if minor == 0 {
		return money.Amount{}
	}
	return money.New(minor, currency)
}

// fingerprint is what is bought, for whom and under which order number, in
// whatever order the lines stand. When it was signed and until when it holds is
// no part of it: the shop may sign the same offer again.
func (q signedQuote) fingerprint() string {
	var lines []string
	for _, l := range q.quote.Lines {
		text, _ := json.Marshal(l) // plain structs always marshal; the currency was checked
		lines = append(lines, string(text))
	}
	slices.Sort(lines)
	text, _ := json.Marshal([]any{lines, q.quote.Discount, q.quote.Tax, q.quote.Shipping, q.quote.Total, q.country, q.reference})
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:12])
}
