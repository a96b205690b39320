package checkout_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// keyring is a source of secrets that a test changes. What is newer is found only
// by whoever says that nothing fits.
type keyring struct {
	held, newer *checkout.Secrets
	fault       error
	asked       int // for newer ones
}

func (k *keyring) secrets(_ context.Context, unfit *checkout.Secrets) (*checkout.Secrets, error) {
	if unfit != nil {
		k.asked++
		if k.newer != nil {
			k.held = k.newer
		}
	}
	return k.held, k.fault
}

func keys(tokens, quotes string) *checkout.Secrets {
	k := &checkout.Secrets{Tokens: [][]byte{[]byte(tokens)}}
	if quotes != "" {
		k.Quotes = [][]byte{[]byte(quotes)}
	}
	return k
}

// with is an instance over the shop's table with secrets of its own.
func (s *shop) with(k *keyring) *checkout.Service {
	s.Helper()
	config := s.Service.Config
	config.Secrets = k.secrets
	c, err := checkout.New(config)
	if err != nil {
		s.Fatal(err)
	}
	return c
}

// TestTokenOfANewerSecret: signed by an instance that has read the new secret, shown
// to one that has not.
func TestTokenOfANewerSecret(t *testing.T) {
	s := newShop(t)
	ahead := s.with(&keyring{held: keys(newSecret, newSecret)})
	p, _, err := ahead.Create(t.Context(), checkout.Purchase{Quote: quoted(), Method: "paypal"})
	if err != nil {
		t.Fatal(err)
	}
	token, err := ahead.Token(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	ring := &keyring{held: keys(oldSecret, ""), newer: keys(newSecret, "")}
	behind := s.with(ring)
	for range 2 {
		if _, err := behind.Get(t.Context(), p.ID, token); err != nil || ring.asked != 1 {
			t.Errorf("%v, asked %d times for newer secrets", err, ring.asked)
		}
	}
}

// TestWrongTokens: each asks for newer secrets at most once, and what cannot be a
// token of ours asks for none.
func TestWrongTokens(t *testing.T) {
	s := newShop(t)
	ring := &keyring{held: keys(oldSecret, "")}
	c := s.with(ring)
	id := checkout.PaymentID("harbour", "quote", "x")
	for _, token := range []string{"", "x", strings.Repeat("x", 42), strings.Repeat("x", 44), strings.Repeat("x", 42) + "=", strings.Repeat("ä", 43), strings.Repeat("x", 43) + "\n"} {
		_, err := c.Get(t.Context(), id, token)
		wantKind(t, token, err, checkout.KindNotFound)
	}
	if ring.asked != 0 {
		t.Errorf("asked %d times", ring.asked)
	}
	for range 3 {
		_, err := c.Get(t.Context(), id, strings.Repeat("x", 43))
		wantKind(t, "wrong", err, checkout.KindNotFound)
	}
	if ring.asked != 3 {
		t.Errorf("asked %d times", ring.asked)
	}
}

// TestQuoteOfANewerSecret: the shop's server signs with it already.
func TestQuoteOfANewerSecret(t *testing.T) {
	for name, old := range map[string]string{"another secret": oldSecret, "no secret": ""} {
		s := newShop(t)
		ring := &keyring{held: keys(oldSecret, old), newer: keys(oldSecret, newSecret)}
		_, _, err := s.with(ring).Create(t.Context(), checkout.Purchase{Quote: quoted(), Method: "paypal"})
		if err != nil || ring.asked != 1 {
			t.Errorf("%s: %v, asked %d times for newer secrets", name, err, ring.asked)
		}
	}
	// A quote that is signed by nobody asks once; one that is none, or is signed and
	// wrong, not at all.
	for name, c := range map[string]struct {
		token string
		asked int
	}{
		"of somebody else": {signed(hs256, payload(), "a secret that was never one of this shop's"), 1},
		"no JWS":           {"x.y", 0},
		"for another shop": {signed(hs256, strings.Replace(payload(), `"harbour"`, `"other"`, 1), oldSecret), 0},
	} {
		ring := &keyring{held: keys(newSecret, oldSecret)}
		_, _, err := newShop(t).with(ring).Create(t.Context(), checkout.Purchase{Quote: c.token, Method: "paypal"})
		wantKind(t, name, err, checkout.KindQuote)
		if ring.asked != c.asked {
			t.Errorf("%s: asked %d times for newer secrets", name, ring.asked)
		}
	}
}

// TestNoSecrets: without them nothing is opened, nobody is let in, and the caller
// may try again; secrets nobody may sign with are our own fault.
func TestNoSecrets(t *testing.T) {
	s := newShop(t)
	down := &keyring{fault: errors.New("the secret cannot be read")}
	for kind, ring := range map[checkout.Kind]*keyring{
		checkout.KindStoreDown: down, checkout.KindInternal: {held: keys("short", newSecret)},
	} {
		c := s.with(ring)
		_, _, err := c.Create(t.Context(), checkout.Purchase{Quote: quoted(), Method: "paypal"})
		wantKind(t, "create", err, kind)
		_, err = c.Get(t.Context(), checkout.PaymentID("harbour", "quote", "x"), strings.Repeat("x", 43))
		wantKind(t, "get", err, kind)
		_, err = c.Token(t.Context(), "x")
		wantKind(t, "token", err, kind)
	}
	if orders, _ := s.paypal.count(); orders != 0 {
		t.Errorf("%d orders", orders)
	}
	if _, err := checkout.New(checkout.Config{Providers: []provider.Provider{s.paypal}}); err == nil || !strings.Contains(err.Error(), "the source of secrets is missing") {
		t.Error(err)
	}
}
