package handler_test

import (
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

const quoteSecret = "a-secret-the-shop-knows-32-bytes-or-more"

// signedQuote is a quote as a shop's server in Go would sign it.
func signedQuote(t *testing.T, changes jwt.MapClaims) string {
	t.Helper()
	claims := jwt.MapClaims{
		"jti": strings.Repeat("q", 32), "aud": "harbour", "exp": int64(1795266000), "iat": int64(1795262400), "cur": "EUR", "country": "DE", "ref": "R-1",
		"lines": []any{map[string]any{"sku": "TEE", "name": "T-shirt", "qty": 2, "unit": 1900}}, "tax": 722, "total": 4522,
	}
	for name, value := range changes {
		claims[name] = value
	}
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(quoteSecret))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// TestQuoteInPlaceOfACart: either a quote or a cart, never both; a quote needs no
// key, and each refusal has its status and type.
func TestQuoteInPlaceOfACart(t *testing.T) {
	good := signedQuote(t, nil)
	body := func(more string) string { return `{"quote":"` + good + `","method":"paypal"` + more + `}` }
	for name, c := range map[string]struct {
		body    string
		status  int
		problem string
	}{
		"a quote":                       {body(``), 201, ""},
		"with a language":               {body(`,"language":"de"`), 201, ""},
		"and a cart":                    {body(`,"cart":[{"sku":"A","quantity":1}]`), 400, "body-invalid"},
		"and an empty cart":             {body(`,"cart":[]`), 400, "body-invalid"},
		"and a currency":                {body(`,"currency":"EUR"`), 400, "body-invalid"},
		"and a country":                 {body(`,"country":"DE"`), 400, "body-invalid"},
		"and a reference":               {body(`,"reference":"R-1"`), 400, "body-invalid"},
		"and a total":                   {body(`,"total":1`), 400, "body-invalid"},
		"and no method":                 {`{"quote":"` + good + `"}`, 400, "body-invalid"},
		"and a bad language":            {body(`,"language":"Deutsch!"`), 400, "body-invalid"},
		"twice":                         {body(`,"quote":"x"`), 400, "body-invalid"},
		"empty":                         {`{"quote":"","method":"paypal"}`, 400, "body-invalid"},
		"empty, beside a cart":          {`{"quote":"","method":"paypal","cart":[{"sku":"A","quantity":1}],"currency":"EUR","country":"DE"}`, 400, "body-invalid"},
		"null, and no cart and no key":  {`{"quote":null,"method":"paypal"}`, 400, "key-invalid"},
		"a number":                      {`{"quote":1,"method":"paypal"}`, 400, "body-invalid"},
		"an object":                     {`{"quote":{"total":1},"method":"paypal"}`, 400, "body-invalid"},
		"a word":                        {`{"quote":"cheap","method":"paypal"}`, 422, "quote-invalid"},
		"altered":                       {`{"quote":"` + good[:len(good)-3] + `AAA","method":"paypal"}`, 422, "quote-invalid"},
		"for another shop":              {`{"quote":"` + signedQuote(t, jwt.MapClaims{"aud": "other"}) + `","method":"paypal"}`, 422, "quote-invalid"},
		"that does not add up":          {`{"quote":"` + signedQuote(t, jwt.MapClaims{"total": 1}) + `","method":"paypal"}`, 422, "quote-invalid"},
		"expired":                       {`{"quote":"` + signedQuote(t, jwt.MapClaims{"exp": 1795262399}) + `","method":"paypal"}`, 422, "quote-expired"},
		"goods that have to be sent":    {`{"quote":"` + signedQuote(t, jwt.MapClaims{"lines": []any{map[string]any{"sku": "T", "name": "T", "qty": 1, "unit": 1, "physical": true}}, "tax": 0, "total": 1}) + `","method":"paypal"}`, 422, "shipping-required"},
		"a method that nobody offers":   {strings.Replace(body(``), `"paypal"`, `"cash"`, 1), 422, "method-unknown"},
		"over 16 KB, as every purchase": {`{"quote":"` + strings.Repeat("x", 16<<10) + `","method":"paypal"}`, 413, "too-large"},
	} {
		counter := newCounter(t)
		status, problem, text := counter.send(counter.CreatePayment(), "POST", c.body, nil)
		if status != c.status || problem != c.problem {
			t.Errorf("%s: %d %s", name, status, text)
		}
		if strings.Contains(text, good) {
			t.Errorf("%s: the answer repeats the quote", name)
		}
	}
}

// TestQuoteIsAPayment: the same quote again is 200 and the same payment; the same
// id with other content is refused.
func TestQuoteIsAPayment(t *testing.T) {
	c := newCounter(t)
	send := func(token string) (int, string, string) {
		return c.send(c.CreatePayment(), "POST", `{"quote":"`+token+`","method":"paypal"}`, nil)
	}
	status, _, first := send(signedQuote(t, nil))
	if status != 201 || !strings.Contains(first, `"reference":"R-1"`) || !strings.Contains(first, `"tax":{"currency":"EUR","minor":722`) {
		t.Errorf("%d %s", status, first)
	}
	if status, _, again := send(signedQuote(t, nil)); status != 200 || again != first {
		t.Errorf("again: %d %s", status, again)
	}
	if status, problem, text := send(signedQuote(t, jwt.MapClaims{"ref": "R-2"})); status != 422 || problem != "key-reused" || !strings.Contains(text, "stands for another purchase.") {
		t.Errorf("other content: %d %s", status, text)
	}
}
