package paypal

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// purse is a source of credentials that a test changes. newer are found only by
// whoever says that the others were refused.
type purse struct {
	mu           sync.Mutex
	held, newer  Credentials
	fault        error
	refusedCalls int
}

func (p *purse) credentials(_ context.Context, refused Credentials) (Credentials, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if refused != (Credentials{}) {
		p.refusedCalls++
		if refused == p.held && p.newer != (Credentials{}) {
			p.held = p.newer
		}
	}
	return p.held, p.fault
}

func (p *purse) set(change func(*purse)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

// granted answers with this token, whoever asks.
func granted(token string) http.HandlerFunc {
	return reply(200, `{"access_token":"`+token+`","expires_in":31668}`)
}

// withPurse is a client over a purse, of a PayPal that knows "client" and testSecret.
func withPurse(t *testing.T, replies answers, held Credentials) (*server, *PayPal, *purse) {
	t.Helper()
	s, _ := newServer(t, replies)
	from := &purse{held: held}
	return s, s.clientWith(t, nil, func(c *Config) { c.Credentials = from.credentials }), from
}

func captured(t *testing.T) answers {
	return answers{captureCall: reply(201, testdata(t, "captured.json"))}
}

// TestSecretChangedAtPayPal: the old one is refused, newer ones are asked for once,
// and the call is made with them; nothing was sent twice.
func TestSecretChangedAtPayPal(t *testing.T) {
	s, p, from := withPurse(t, captured(t), Credentials{"client", "the old secret"})
	from.newer = Credentials{"client", testSecret}
	if _, err := capture(t, p); err != nil {
		t.Fatal(err)
	}
	s.want(t, tokenCall, 2)
	s.want(t, captureCall, 1)
	if _, err := capture(t, p); err != nil || from.refusedCalls != 1 {
		t.Errorf("%v, asked %d times for newer ones", err, from.refusedCalls)
	}
	s.want(t, tokenCall, 2)
}

// TestNoNewerSecret: wrong credentials cost one call and stay the merchant's to mend.
func TestNoNewerSecret(t *testing.T) {
	s, p, from := withPurse(t, nil, Credentials{"client", "wrong"})
	_, err := capture(t, p)
	if e := wantClass(t, err, provider.MerchantSetup); e.Code != "TOKEN_REFUSED" {
		t.Errorf("%v", err)
	}
	s.want(t, tokenCall, 1)
	if from.refusedCalls != 1 {
		t.Errorf("asked %d times for newer ones", from.refusedCalls)
	}
	// Newer ones that are refused as well are not asked about again and again.
	from.newer = Credentials{"client", "wrong too"}
	if _, err := capture(t, p); provider.ClassOf(err) != provider.MerchantSetup {
		t.Error(err)
	}
	s.want(t, tokenCall, 3)
}

// TestTokenOfOlderCredentials is dropped as soon as there are others, and the
// orders of another client are another account's.
func TestTokenOfOlderCredentials(t *testing.T) {
	s, p, from := withPurse(t, answers{
		lookCall:  reply(200, testdata(t, "created.json")),
		tokenCall: inTurn(granted("one"), granted("two"), granted("three")),
	}, Credentials{"client", testSecret})
	first, err := p.Look(t.Context(), testOrder)
	if err != nil {
		t.Fatal(err)
	}
	from.set(func(f *purse) { f.held.Secret = "a new secret of the same client" })
	same, err := p.Look(t.Context(), testOrder)
	if err != nil || same.Account != first.Account {
		t.Errorf("a new secret made account %s of %s, %v", same.Account, first.Account, err)
	}
	from.set(func(f *purse) { f.held.ClientID = "another client" })
	other, err := p.Look(t.Context(), testOrder)
	if err != nil || other.Account == first.Account {
		t.Errorf("another client is the same account, %v", err)
	}
	s.want(t, tokenCall, 3)
	for i, token := range []string{"one", "two", "three"} {
		if with := s.to(lookCall)[i].header.Get("Authorization"); with != "Bearer "+token {
			t.Errorf("look %d asked with %s", i, with)
		}
	}
}

// TestAbsenceIsOfOneAccount: what one account does not know is not gone because
// another one's credentials are good.
func TestAbsenceIsOfOneAccount(t *testing.T) {
	var from *purse
	s, p, from := withPurse(t, answers{
		lookCall: func(w http.ResponseWriter, r *http.Request) {
			from.set(func(f *purse) { f.held.ClientID = "another client" })
			reply(404, testdata(t, "not_found.json"))(w, r)
		},
		controlCall: reply(200, `{"webhooks":[]}`),
		tokenCall:   granted("x"),
	}, Credentials{"client", testSecret})
	if got, err := p.Look(t.Context(), testOrder); provider.ClassOf(err) != provider.Look || got.Missing {
		t.Errorf("%+v, %v", got, err)
	}
	s.want(t, controlCall, 1)
}

// TestNoCredentials: nothing was sent, and the same call may succeed later.
func TestNoCredentials(t *testing.T) {
	s, p, from := withPurse(t, captured(t), Credentials{"client", testSecret})
	from.fault = errors.New("the secret cannot be read")
	_, err := capture(t, p)
	if e := wantClass(t, err, provider.Retry); e.Code != "NO_CREDENTIALS" || !strings.Contains(err.Error(), "cannot be read") {
		t.Error(err)
	}
	if err := p.Warm(t.Context()); provider.ClassOf(err) != provider.Retry {
		t.Error(err)
	}
	s.want(t, tokenCall, 0)
	from.set(func(f *purse) { f.fault = nil })
	if _, err := capture(t, p); err != nil {
		t.Error(err)
	}
}

// TestWarm: what comes while the token is fetched waits for the same one, and a
// warm-up that fails is made up for by the call itself.
func TestWarm(t *testing.T) {
	let := make(chan struct{})
	var s *server
	s, p := newServer(t, answers{
		tokenCall:   func(w http.ResponseWriter, r *http.Request) { <-let; s.grant(w, r) },
		captureCall: reply(201, testdata(t, "captured.json")),
	})
	var all sync.WaitGroup
	all.Go(func() {
		if err := p.Warm(t.Context()); err != nil {
			t.Error(err)
		}
	})
	for len(s.to(tokenCall)) == 0 {
		time.Sleep(time.Millisecond)
	}
	all.Go(func() {
		if _, err := capture(t, p); err != nil {
			t.Error(err)
		}
	})
	close(let)
	all.Wait()
	if err := p.Warm(t.Context()); err != nil {
		t.Error(err)
	}
	s.want(t, tokenCall, 1)

	s, p = newServer(t, answers{
		tokenCall:   inTurn(reply(500, ""), func(w http.ResponseWriter, r *http.Request) { s.grant(w, r) }),
		captureCall: reply(201, testdata(t, "captured.json")),
	})
	if err := p.Warm(t.Context()); err == nil {
		t.Error("a token out of nothing")
	}
	if _, err := capture(t, p); err != nil {
		t.Error(err)
	}
}

// TestCredentialsPrintNothing, whichever the verb.
func TestCredentialsPrintNothing(t *testing.T) {
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		c := Credentials{"client", testSecret}
		if said := fmt.Sprintf(verb+verb+verb, c, &c, Config{}); strings.Contains(said, testSecret) || strings.Contains(said, fmt.Sprintf("%x", testSecret)) {
			t.Errorf("%s: %s", verb, said)
		}
	}
}
