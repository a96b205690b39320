package checkout

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"
	"time"
)

// noon is a clock that stands still.
type noon struct{ Clock }

func (noon) Now() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }

// signQuote seals claims as a shop's server does, by hand.
func signQuote(header, claims string, secret []byte) string {
	text := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims))
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// FuzzSignedQuote: signed claims are taken only where they add up, whoever wrote them; and
// a token with one byte changed, or without its secret, is never taken.
func FuzzSignedQuote(f *testing.F) {
	const head = `{"alg":"HS256","typ":"JWT"}`
	good := `{"jti":"` + strings.Repeat("q", 32) + `","aud":"harbour","exp":1795270000,"cur":"EUR","country":"DE","lines":[{"sku":"A","name":"B","qty":2,"unit":1900}],"discount":100,"tax":822,"shipping":0,"total":4522}`
	f.Add(head, good, uint16(0), byte(1))
	for _, change := range [][2]string{
		{`"total":4522`, `"total":1`}, {`"qty":2`, `"qty":9223372036854775807`}, {`"unit":1900`, `"unit":-1900`}, {`"aud":"harbour"`, `"aud":["harbour"]`}, {`"aud":"harbour"`, `"aud":["harbour","other"]`}, {`"exp":1795270000`, `"exp":null`},
		{`"cur":"EUR"`, `"cur":"eur"`}, {`"tax":822`, `"tax":822,"tax":0`}, {`"total"`, `"Total"`}, {`"discount":100`, `"discount":9223372036854775807`}, {`"qty":2`, `"qty":2.0`}, {`"country":"DE"`, `"country":"DE","iat":99999999999`},
	} {
		f.Add(head, strings.Replace(good, change[0], change[1], 1), uint16(70), byte(32))
	}
	for _, header := range []string{`{"alg":"none"}`, `{"alg":"HS512"}`, `{"alg":"HS256","crit":["b64"],"b64":false}`, `{"alg":"RS256"}`, `{}`, ``} {
		f.Add(header, good, uint16(9), byte(255))
	}
	secret, other := []byte(strings.Repeat("s", 40)), []byte(strings.Repeat("o", 40))
	service := &Service{Config: Config{Stack: "harbour", Clock: noon{}}}
	f.Fuzz(func(t *testing.T, header, claims string, at uint16, flip byte) {
		token := signQuote(header, claims, secret)
		if flip != 0 {
			altered := []byte(token)
			altered[int(at)%len(altered)] ^= flip
			if _, err := service.openQuote(string(altered), [][]byte{secret}); err == nil {
				t.Errorf("%s is taken with a byte changed: %s", token, altered)
			}
		}
		if _, err := service.openQuote(token, [][]byte{other}); err == nil {
			t.Errorf("%s is taken by another secret", token)
		}
		q, err := service.openQuote(token, [][]byte{other, secret})
		if err != nil {
			return
		}
		sum := new(big.Int)
		for _, l := range q.quote.Lines {
			if l.Quantity < 1 || l.Unit.Minor < 0 || l.Unit.Currency != q.quote.Total.Currency {
				t.Errorf("a line of %+v", l)
			}
			sum.Add(sum, new(big.Int).Mul(big.NewInt(l.Quantity), big.NewInt(l.Unit.Minor)))
		}
		sum.Sub(sum, big.NewInt(q.quote.Discount.Minor))
		sum.Add(sum, big.NewInt(q.quote.Tax.Minor))
		sum.Add(sum, big.NewInt(q.quote.Shipping.Minor))
		if !sum.IsInt64() || sum.Int64() != q.quote.Total.Minor || sum.Sign() <= 0 || len(q.quote.Lines) == 0 || len(q.id) < 32 {
			t.Errorf("%s comes to %s, and is taken for %v", claims, sum, q.quote.Total)
		}
		if !strings.Contains(header, "HS256") || strings.Contains(header, "crit") {
			t.Errorf("the header %s is taken", header)
		}
	})
}
