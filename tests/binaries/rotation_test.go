//go:build binaries

package binaries

import (
	"net/http"
	"testing"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
)

// TestSecretIsRotated: PayPal's client secret is replaced while processes live that
// have read the old one. Both are good for a while, as PayPal has it; then the old
// one is revoked and its tokens with it. Purchases go on, in the processes that are
// there and in new ones.
func TestSecretIsRotated(t *testing.T) {
	w := open(t, "rotation")
	t.Cleanup(w.close)
	r := w.begin(t, plan{warm: true})
	defer r.end()
	defer r.report()
	buy := func() {
		t.Helper()
		b := r.paid()
		if n := len(b.charges()); n != 1 {
			t.Errorf("%d charges", n)
		}
	}
	buy()
	reads := w.secrets.Reads()
	const second = "second-secret-of-the-binaries"
	w.desk.accept(clientSecret, second)
	w.secrets.Set(secretOf(second))
	buy()
	halfway := opened(r)
	w.desk.accept(second)
	r.paypal().RevokeTokens()
	halfway.approve(sim.Balance)
	halfway.capture("captured", http.StatusOK)
	buy()
	if w.secrets.Reads() == reads {
		t.Error("nobody has read the new secret")
	}
	alive := 0
	for _, p := range r.warm {
		if p.Alive() {
			alive++
		}
	}
	if alive != len(r.warm) || alive < 2 {
		t.Errorf("%d of %d processes have outlived the old secret", alive, len(r.warm))
	}
	r.end()
	clear(r.warm)
	buy()
	r.settle()
}

// TestSecretCannotBeRead: a function that may not read its secret sells nothing,
// says so with 503, and sells again when it may.
func TestSecretCannotBeRead(t *testing.T) {
	w := open(t, "unreadable")
	t.Cleanup(w.close)
	r := w.begin(t, plan{})
	defer r.report()
	w.secrets.Refuse("AccessDeniedException")
	b := r.buyer()
	if a := r.once(http.MethodPost, "/payments", b.order, map[string]string{"Idempotency-Key": b.key}, false); a.code/100 != 5 || a.died() {
		t.Errorf("%d %s", a.code, a.text)
	}
	w.secrets.Refuse("")
	b.open()
	b.approve(sim.Balance)
	b.capture("captured", http.StatusOK)
	r.settle()
}
