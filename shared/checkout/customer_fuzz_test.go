package checkout

import (
	"encoding/json"
	"strings"
	"testing"
)

// FuzzCustomerToken: a signed token is taken only for who it names, now and for 15 minutes
// at most, whoever wrote its claims; and one with a byte changed, or without its secret,
// is never taken.
func FuzzCustomerToken(f *testing.F) {
	const head = `{"alg":"HS256","typ":"JWT"}`
	good := `{"aud":"harbour","sub":"ada@shop.example","iat":1795262340,"exp":1795263000}`
	f.Add(head, good, uint16(0), byte(1))
	for _, change := range [][2]string{
		{`"exp":1795263000`, `"exp":1795262400`}, {`"exp":1795263000`, `"exp":9223372036854775807`}, {`"exp":1795263000`, `"exp":1795263000.5`}, {`"exp":1795263000`, `"exp":null`}, {`"iat":1795262340`, `"iat":-9223372036854775808`},
		{`"iat":1795262340`, `"iat":1795262461`}, {`"aud":"harbour"`, `"aud":["harbour"]`}, {`"aud":"harbour"`, `"aud":["harbour","other"]`}, {`"sub":"ada@shop.example"`, `"sub":""`}, {`"sub":"ada@shop.example"`, `"sub":"ada\u0000"`},
		{`"sub"`, `"Sub"`}, {`"sub":"ada@shop.example"`, `"sub":"ada","sub":"ben"`}, {`"aud"`, `"admin":true,"aud"`},
	} {
		f.Add(head, strings.Replace(good, change[0], change[1], 1), uint16(60), byte(32))
	}
	for _, header := range []string{`{"alg":"none"}`, `{"alg":"HS512"}`, `{"alg":"HS256","crit":["b64"],"b64":false}`, `{"alg":"RS256"}`, `{}`, ``} {
		f.Add(header, good, uint16(9), byte(255))
	}
	held := &Secrets{Customers: [][]byte{[]byte(strings.Repeat("o", 40)), []byte(strings.Repeat("s", 40))}, CustomerKey: []byte(strings.Repeat("k", 40))}
	stranger := &Secrets{Customers: held.Customers[:1], CustomerKey: held.CustomerKey}
	service := &Service{Config: Config{Stack: "harbour", Clock: noon{}}}
	now := noon{}.Now().Unix()
	f.Fuzz(func(t *testing.T, header, claims string, at uint16, flip byte) {
		token := signQuote(header, claims, held.Customers[1])
		if flip != 0 {
			altered := []byte(token)
			altered[int(at)%len(altered)] ^= flip
			if _, err := service.openCustomer(string(altered), held); err == nil {
				t.Errorf("%s is taken with a byte changed: %s", token, altered)
			}
		}
		if _, err := service.openCustomer(token, stranger); err == nil {
			t.Errorf("%s is taken by another secret", token)
		}
		customer, err := service.openCustomer(token, held)
		if err != nil {
			if customer != "" || KindOf(err) != KindCustomer {
				t.Errorf("%s: %q, %v", claims, customer, err)
			}
			return
		}
		var read struct {
			Sub      string
			Iat, Exp int64
		}
		if err := json.Unmarshal([]byte(claims), &read); err != nil || !strings.Contains(claims, "harbour") {
			t.Fatalf("%s is taken: %v", claims, err)
		}
		if customer != held.customer(read.Sub) || read.Sub == "" || read.Iat > now+60 || read.Exp <= now || read.Exp-read.Iat > 900 || read.Exp <= read.Iat {
			t.Errorf("%s is taken as %s", claims, customer)
		}
		if !strings.Contains(header, "HS256") || strings.Contains(header, "crit") {
			t.Errorf("the header %s is taken", header)
		}
	})
}

// TestCustomersAreToldApart: another name or another key is another customer, and the name
// is not to be seen.
func TestCustomersAreToldApart(t *testing.T) {
	k := &Secrets{CustomerKey: []byte(strings.Repeat("k", 40))}
	other := &Secrets{CustomerKey: []byte(strings.Repeat("l", 40))}
	seen := map[string]bool{}
	for _, name := range []string{"ada", "Ada", "ada ", "ben", "", "customer\nada"} {
		seen[k.customer(name)], seen[other.customer(name)] = true, true
	}
	if len(seen) != 12 || len(k.customer("ada")) != 16 {
		t.Errorf("%d names: %v", len(seen), seen)
	}
	// As README.md has a shop work it out with openssl.
	if got := (&Secrets{CustomerKey: []byte("the-customer-key-of-thirty-two-bytes-or-more")}).customer("customer-17"); got != "IcdcpR-hV7nO0lnD" {
		t.Errorf("customer-17 is called %s", got)
	}
}
