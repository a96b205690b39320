package checkout_test

import (
	"context"
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"hash"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// Quotes are written here without the library that reads them: another server
// would use another one.

const quoteID = "0b8b1f9c-8a3b-4f0e-9d5e-2f6f1f9a7c11"

// noon is the shop's time: exp of a good quote is an hour later.
const noon = 1795262400

// claim is one member of a payload, its value as raw JSON; empty leaves it out.
type claim struct{ name, value string }

// payload is a good quote with some claims changed or added.
func payload(changes ...claim) string {
	claims := []claim{
		{"jti", `"` + quoteID + `"`}, {"aud", `"harbour"`}, {"exp", fmt.Sprint(noon + 3600)}, {"iat", fmt.Sprint(noon)},
		{"cur", `"EUR"`}, {"country", `"DE"`},
		{"lines", `[{"sku":"TEE","name":"T-shirt","qty":2,"unit":1900,"physical":false},{"sku":"MUG","name":"Mug","qty":1,"unit":700}]`},
		{"discount", "500"}, {"tax", "760"}, {"shipping", "490"}, {"total", "5250"}, {"ref", `"R-17"`},
	}
	for _, change := range changes {
		at := slices.IndexFunc(claims, func(c claim) bool { return c.name == change.name })
		if at < 0 {
			claims = append(claims, change)
		} else {
			claims[at] = change
		}
	}
	var text []string
	for _, c := range claims {
		if c.value != "" {
			text = append(text, fmt.Sprintf("%q:%s", c.name, c.value))
		}
	}
	return "{" + strings.Join(text, ",") + "}"
}

// lines is a good quote with other lines and the total that goes with them.
func lines(text string, total string) string {
	return payload(claim{"lines", text}, claim{"discount", ""}, claim{"tax", ""}, claim{"shipping", ""}, claim{"total", total})
}

const hs256 = `{"alg":"HS256","typ":"JWT"}`

func b64(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

func signed(header, payload, secret string) string {
	return signedWith(sha256.New, header, payload, secret)
}

func signedWith(algorithm func() hash.Hash, header, payload, secret string) string {
	text := b64(header) + "." + b64(payload)
	mac := hmac.New(algorithm, []byte(secret))
	mac.Write([]byte(text))
	return text + "." + b64(string(mac.Sum(nil)))
}

func quoted(changes ...claim) string { return signed(hs256, payload(changes...), newSecret) }

func (s *shop) buyQuote(token string) (string, bool, error) {
	p, created, err := s.Create(context.Background(), checkout.Purchase{Quote: token, Method: "paypal"})
	return p.ID, created, err
}

func TestAQuoteIsBoughtAsSigned(t *testing.T) {
	s := newShop(t)
	p, created, err := s.Create(t.Context(), checkout.Purchase{Quote: quoted(), Method: "paypal", Country: "FR", Reference: "the browser's"})
	if err != nil || !created {
		t.Fatal(created, err)
	}
	q := p.Quote
	if p.ID != checkout.PaymentID("harbour", "quote", quoteID) || p.Country != "DE" || p.Reference != "R-17" {
		t.Errorf("payment %+v", p)
	}
	if len(q.Lines) != 2 || q.Lines[0].Unit != money.New(1900, "EUR") || q.Lines[0].Quantity != 2 || q.Discount.Minor != 500 ||
		q.Tax.Minor != 760 || q.Shipping.Minor != 490 || q.Total != money.New(5250, "EUR") {
		t.Errorf("quote %+v", q)
	}
}

// TestQuoteForms are quotes that are good though they look otherwise.
func TestQuoteForms(t *testing.T) {
	for name, token := range map[string]string{
		"signed with the secret of before": signed(hs256, payload(), oldSecret),
		"without typ":                      signed(`{"alg":"HS256"}`, payload(), newSecret),
		"with a key's name":                signed(`{"typ":"JWT","alg":"HS256","kid":"2026"}`, payload(), newSecret),
		"audience in a list":               quoted(claim{"aud", `["harbour"]`}),
		"without iat":                      quoted(claim{"iat", ""}),
		"a clock half a minute ahead":      quoted(claim{"iat", fmt.Sprint(noon + 30)}),
		"without ref":                      quoted(claim{"ref", ""}),
		"in the last second":               quoted(claim{"exp", fmt.Sprint(noon + 1)}),
		"lines alone":                      signed(hs256, lines(`[{"sku":"A","name":"A","qty":1,"unit":1}]`, "1"), newSecret),
		"a gift in it":                     signed(hs256, lines(`[{"sku":"A","name":"A","qty":1,"unit":1},{"sku":"B","name":"B","qty":1,"unit":0}]`, "1"), newSecret),
		"one SKU twice":                    signed(hs256, lines(`[{"sku":"A","name":"red","qty":1,"unit":1},{"sku":"A","name":"blue","qty":1,"unit":2}]`, "3"), newSecret),
		"a key of 32 characters":           quoted(claim{"jti", `"` + strings.Repeat("k", 32) + `"`}),
	} {
		if _, created, err := newShop(t).buyQuote(token); err != nil || !created {
			t.Errorf("%s: %t, %v", name, created, err)
		}
	}
}

// TestAlteredQuotes changes each claim, the header and the signature of a good
// quote without signing it again.
func TestAlteredQuotes(t *testing.T) {
	s, good := newShop(t), quoted()
	parts := strings.Split(good, ".")
	altered := map[string]string{
		"cut": good[:len(good)-1], "no signature": parts[0] + "." + parts[1] + ".", "two parts": parts[0] + "." + parts[1],
		"four parts": good + ".x", "empty parts": "..", "a word": "quote", "a blank": " " + good, "padded": good + "=",
		"a bit of padding set": good[:len(good)-1] + string(nextLetter(good[len(good)-1])),
		"another signature":    parts[0] + "." + parts[1] + "." + strings.Split(quoted(claim{"total", "1"}), ".")[2],
		"another header":       b64(`{"alg":"HS256"}`) + "." + parts[1] + "." + parts[2],
	}
	for name, value := range map[string]string{
		"jti": `"` + strings.Repeat("x", 36) + `"`, "aud": `"other"`, "exp": fmt.Sprint(noon + 7200), "iat": fmt.Sprint(noon - 1), "cur": `"USD"`, "country": `"FR"`,
		"lines": `[{"sku":"TEE","name":"T-shirt","qty":2,"unit":1}]`, "discount": "501", "tax": "0", "shipping": "0", "total": "1", "ref": `"R-18"`, "more": "1",
	} {
		altered["claim "+name] = parts[0] + "." + b64(payload(claim{name, value})) + "." + parts[2]
	}
	if len(altered) < 13+11 {
		t.Fatal("claims were not altered")
	}
	for name, token := range altered {
		if name != "a bit of padding set" && token == good {
			t.Fatal(name, "is the good quote")
		}
		_, _, err := s.buyQuote(token)
		wantKind(t, name, err, checkout.KindQuote)
	}
	if _, asked := s.paypal.count(); asked != 0 {
		t.Errorf("%d orders were asked for", asked)
	}
	if _, _, err := s.buyQuote(good); err != nil {
		t.Errorf("the good one: %v", err)
	}
}

// nextLetter changes the last two bits of the last letter, which belong to no
// byte of the 32: a lax reader takes both.
func nextLetter(c byte) byte {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return letters[strings.IndexByte(letters, c)^1]
}

// TestForeignSignatures are quotes with a lawful content and a signature that
// proves nothing.
func TestForeignSignatures(t *testing.T) {
	s := newShop(t)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	text := b64(`{"alg":"RS256","typ":"JWT"}`) + "." + b64(payload())
	sum := sha256.Sum256([]byte(text))
	rs256, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{
		"alg none":                      b64(`{"alg":"none","typ":"JWT"}`) + "." + b64(payload()) + ".",
		"alg none, signed":              signed(`{"alg":"none"}`, payload(), newSecret),
		"alg None":                      signed(`{"alg":"None"}`, payload(), newSecret),
		"alg hs256":                     signed(`{"alg":"hs256"}`, payload(), newSecret),
		"no alg":                        signed(`{"typ":"JWT"}`, payload(), newSecret),
		"alg a number":                  signed(`{"alg":256}`, payload(), newSecret),
		"HS512":                         signedWith(sha512.New, `{"alg":"HS512"}`, payload(), newSecret),
		"HS384":                         signedWith(sha512.New384, `{"alg":"HS384"}`, payload(), newSecret),
		"HS512 by name":                 signed(`{"alg":"HS512"}`, payload(), newSecret),
		"HS384 by name":                 signed(`{"alg":"HS384"}`, payload(), newSecret),
		"RS256 by name":                 signed(`{"alg":"RS256"}`, payload(), newSecret),
		"RS256":                         text + "." + b64(string(rs256)),
		"a secret of nobody":            signed(hs256, payload(), strings.Repeat("n", 40)),
		"an empty secret":               signed(hs256, payload(), ""),
		"the secret of checkout tokens": signed(hs256, payload(), string(make([]byte, 32))),
		"crit":                          signed(`{"alg":"HS256","crit":["b64"],"b64":false}`, payload(), newSecret),
		"a header of its own":           signed(`{"alg":"HS256","jwk":{"kty":"oct","k":"AA"}}`, payload(), newSecret),
		"header is a list":              signed(`[]`, payload(), newSecret),
		"header is no JSON":             signed(`alg`, payload(), newSecret),
	} {
		_, _, err := s.buyQuote(token)
		wantKind(t, name, err, checkout.KindQuote)
	}
	if _, asked := s.paypal.count(); asked != 0 {
		t.Errorf("%d orders were asked for", asked)
	}
}

// TestQuoteExpiry: asked where a payment is made, and only there; the signature is
// asked every time.
func TestQuoteExpiry(t *testing.T) {
	s := newShop(t)
	_, _, err := s.buyQuote(quoted(claim{"exp", fmt.Sprint(noon)}))
	wantKind(t, "expired this second", err, checkout.KindQuoteExpired)
	_, _, err = s.buyQuote(quoted(claim{"exp", fmt.Sprint(noon - 86400)}))
	wantKind(t, "expired yesterday", err, checkout.KindQuoteExpired)
	_, _, err = s.buyQuote(quoted(claim{"exp", fmt.Sprint(noon - 86400)}, claim{"aud", `"other"`}))
	wantKind(t, "expired, and another's", err, checkout.KindQuote)

	id, _, err := s.buyQuote(quoted())
	if err != nil {
		t.Fatal(err)
	}
	s.clock.move(24 * time.Hour)
	again, created, err := s.buyQuote(quoted())
	if err != nil || created || again != id {
		t.Errorf("found again after its end: %q, %t, %v", again, created, err)
	}
	_, _, err = s.buyQuote(signed(hs256, payload(), strings.Repeat("n", 40)))
	wantKind(t, "found again with another signature", err, checkout.KindQuote)
	_, _, err = s.buyQuote(quoted(claim{"jti", `"` + strings.Repeat("x", 36) + `"`}))
	wantKind(t, "another one after its end", err, checkout.KindQuoteExpired)
}

// TestOneQuoteOnePayment: the same id with the same content is the same payment,
// whenever it was signed; with other content it is refused.
func TestOneQuoteOnePayment(t *testing.T) {
	s := newShop(t)
	id, _, err := s.buyQuote(quoted())
	if err != nil {
		t.Fatal(err)
	}
	const turned = `[{"sku":"MUG","name":"Mug","qty":1,"unit":700},{"sku":"TEE","name":"T-shirt","qty":2,"unit":1900,"physical":false}]`
	for name, token := range map[string]string{
		"as it is":           quoted(),
		"signed later":       quoted(claim{"iat", fmt.Sprint(noon + 1)}, claim{"exp", fmt.Sprint(noon + 9999)}),
		"by the other key":   signed(hs256, payload(), oldSecret),
		"with other headers": signed(`{"alg":"HS256"}`, payload(), newSecret),
		"lines turned round": quoted(claim{"lines", turned}),
	} {
		again, created, err := s.buyQuote(token)
		if err != nil || created || again != id {
			t.Errorf("%s: %q, %t, %v", name, again, created, err)
		}
	}
	for name, token := range map[string]string{
		"cheaper":           quoted(claim{"discount", "5749"}, claim{"total", "1"}),
		"tax for shipping":  quoted(claim{"tax", "490"}, claim{"shipping", "760"}),
		"another currency":  quoted(claim{"cur", `"USD"`}),
		"another country":   quoted(claim{"country", `"AT"`}),
		"another order":     quoted(claim{"ref", `"R-18"`}),
		"another name":      quoted(claim{"lines", strings.Replace(turned, "Mug", "Cup", 1)}),
		"now to be sent":    quoted(claim{"lines", strings.Replace(turned, "false", "true", 1)}),
		"quantity for unit": quoted(claim{"lines", strings.Replace(turned, `"qty":2,"unit":1900`, `"qty":1,"unit":3800`, 1)}),
	} {
		_, _, err := s.buyQuote(token)
		wantKind(t, name, err, checkout.KindKeyReused)
	}
	// A cart whose key is the quote's id is another purchase.
	s.upload(`{"products":[{"sku":"A","name":"A","prices":{"EUR":"1"}}]}`)
	p, created, err := s.Create(t.Context(), checkout.Purchase{Key: quoteID, Method: "paypal", Currency: "EUR", Country: "DE", Cart: []checkout.CartLine{{SKU: "A", Quantity: 1}}})
	if err != nil || !created || p.ID == id {
		t.Errorf("a cart under the quote's id: %q, %t, %v", p.ID, created, err)
	}
}

// TestTwentyClicksOnOneQuote: whoever comes first makes the payment; all others
// meet it, and the provider has heard of one order.
func TestTwentyClicksOnOneQuote(t *testing.T) {
	s := newShop(t)
	var wait sync.WaitGroup
	var mu sync.Mutex
	made, ids := 0, map[string]bool{}
	gate := make(chan struct{})
	for range 20 {
		wait.Go(func() {
			<-gate
			id, created, err := s.buyQuote(quoted())
			mu.Lock()
			defer mu.Unlock()
			if ids[id] = true; created {
				made++
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	close(gate)
	wait.Wait()
	orders, asked := s.paypal.count()
	if made != 1 || len(ids) != 1 || orders != 1 {
		t.Errorf("%d payments made under %d ids, %d orders", made, len(ids), orders)
	}
	t.Logf("%d of 20 clicks asked the provider, for one order", asked)
}

func TestQuoteSecrets(t *testing.T) {
	s := newShop(t)
	for name, c := range map[string]struct {
		secrets []string
		signed  string
		kind    checkout.Kind
	}{
		"none":                   {nil, newSecret, checkout.KindQuote},
		"none, empty secret":     {nil, "", checkout.KindQuote},
		"the old one alone":      {[]string{oldSecret}, oldSecret, ""},
		"new before old":         {[]string{newSecret, oldSecret}, oldSecret, ""},
		"old before new":         {[]string{oldSecret, newSecret}, newSecret, ""},
		"the old one taken away": {[]string{newSecret}, oldSecret, checkout.KindQuote},
	} {
		_, _, err := s.another(c.secrets...).Create(t.Context(), checkout.Purchase{Quote: signed(hs256, payload(), c.signed), Method: "paypal"})
		wantKind(t, name, err, c.kind)
	}
	_, _, err := s.another("short").Create(t.Context(), checkout.Purchase{Quote: quoted(), Method: "paypal"})
	if wantKind(t, "short", err, checkout.KindInternal); !strings.Contains(err.Error(), "secret for quotes is shorter") {
		t.Errorf("a short secret: %v", err)
	}
}

// TestQuotedGoodsAreSentWhereTheyWerePriced: the rules of an address are those of
// a cart.
func TestQuotedGoodsAreSentWhereTheyWerePriced(t *testing.T) {
	goods := signed(hs256, lines(`[{"sku":"A","name":"A","qty":1,"unit":1,"physical":true}]`, "1"), newSecret)
	home := func(country string) *provider.Shipping {
		return &provider.Shipping{Name: "Ada", Lines: []string{"1 Rook Lane"}, City: "Dover", Country: country}
	}
	for name, c := range map[string]struct {
		token string
		to    *provider.Shipping
		kind  checkout.Kind
	}{
		"no address":      {goods, nil, checkout.KindShipping},
		"another country": {goods, home("FR"), checkout.KindShipping},
		"nothing to send": {quoted(), home("DE"), checkout.KindShipping},
		"home":            {goods, home("DE"), ""},
	} {
		_, _, err := newShop(t).Create(t.Context(), checkout.Purchase{Quote: c.token, Method: "paypal", Shipping: c.to})
		wantKind(t, name, err, c.kind)
	}
}
