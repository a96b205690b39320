package handler

import (
	"fmt"
	"testing"
)

func TestReadCart(t *testing.T) {
	for text, want := range map[string]string{
		"MUG:2":                    "[{MUG 2}]",
		"MUG:2,CARD-GIFT:1":        "[{MUG 2} {CARD-GIFT 1}]",
		"A:B:3":                    "[{A:B 3}]",
		"A%2CB:1,100%25:2":         "[{A,B 1} {100% 2}]",
		"A+B C:1":                  "[{A+B C 1}]",
		":1":                       "[{ 1}]", // no product is a refusal of the cart's
		"MUG:-1":                   "[{MUG -1}]",
		"":                         "",
		"MUG":                      "",
		"MUG:":                     "",
		"MUG:2,":                   "",
		"MUG:1.5":                  "",
		"MUG:99999999999999999999": "",
		"A%zz:1":                   "",
	} {
		cart, ok := readCart(text)
		if got := fmt.Sprint(cart); ok != (want != "") || ok && got != want {
			t.Errorf("%q: %s %t, want %s", text, got, ok, want)
		}
	}
}

func TestPayer(t *testing.T) {
	for _, c := range []struct {
		name, email string
		fits        bool
	}{
		{"Ada Byron", "ada@rook.example", true}, {"Zoë Ñandú", "a.b+c@x-y.example", true}, {"", "", true}, {"Åsa", "", true}, {"", "a@b.co", true},
		{"Al", "", false}, {"Ada\nByron", "", false}, {"", "ada", false}, {"", "@b.example", false}, {"", "a@b", false}, {"", "a@@b.example", false},
		{"", "a b@c.example", false}, {"", ".a@b.example", false}, {"", "a@b..example", false}, {"", "a@-b.example", false}, {"", "ä@b.example", false},
	} {
		got, err := (&payerBody{Name: c.name, Email: c.email}).payer()
		if (err == nil) != c.fits || c.fits && (got.Name != c.name || got.Email != c.email) {
			t.Errorf("%q %q: %+v, %v", c.name, c.email, got, err)
		}
	}
	if got, err := (*payerBody)(nil).payer(); err != nil || got.Name+got.Email != "" {
		t.Errorf("nobody is %+v, %v", got, err)
	}
}
