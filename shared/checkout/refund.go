package checkout

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// GiveBack is the merchant's wish to refund a payment, or a part of it.
type GiveBack struct {
	Key       string       // the Idempotency-Key: one per refund
	Amount    money.Amount // the zero Amount: all that is left
	Reason    string       // a code from the closed list of the route
	Remark    string       // for the buyer; kept where it can be erased
	Confirmed bool         // although a dispute is open
}

// RefundID is the id of the refund that a key stands for: the payment's id, a
// dash and a short hash, so that whoever sees it knows the payment.
func RefundID(paymentID, key string) string {
	sum := sha256.Sum256([]byte(paymentID + "\nrefund\n" + key))
	return paymentID + "-" + hex.EncodeToString(sum[:6])
}

// Refund reserves a refund, by a conditional write, and then sends it. The
// reservation is the answer to a repeated request too: created is then false.
// What became of it stands on the payment, under the id that is given back.
//
// Errors: KindNotFound, KindKeyReused (the key stands for another amount),
// KindRefund, KindDisputed, those of storeFailed.
func (s *Service) Refund(ctx context.Context, id string, in GiveBack) (p payment.Payment, refund string, created bool, err error) {
	r, err := s.found(ctx, id)
	if err != nil {
		return p, "", false, err
	}
	refund = RefundID(id, in.Key)
	r, created, err = s.reserve(ctx, r, refund, in)
	if err != nil {
		return r.payment, refund, false, err
	}
	r, err = s.reconcile(ctx, r, aim{refunds: true})
	if isAsking(err) {
		err = nil // it is reserved, and its due stands in the table
	}
	return r.payment, refund, created, err
}

// reserve writes the reservation down, once per key.
func (s *Service) reserve(ctx context.Context, r record, refund string, in GiveBack) (record, bool, error) {
	for range rounds {
		if kept, ok := r.payment.Reservation(refund); ok {
			if !in.asks(kept) {
				return r, false, refuse(KindKeyReused, "This Idempotency-Key stands for a refund of %s. Make a new key for another refund.", kept.Amount)
			}
			return r, false, nil
		}
		p, err := in.reserve(r.payment, refund, s.now())
		if err != nil {
			return r, false, reserveFailed(err, r.payment)
		}
		saved, err := s.save(ctx, r, p.Remark(refund, in.Remark), false)
		if err == nil {
			return saved, true, nil
		}
		if !errors.Is(err, store.ErrConflict) {
			return r, false, err
		}
		if r, err = s.load(ctx, r.payment.ID); err != nil {
			return r, false, err
		}
	}
	return r, false, storeFailed(store.ErrConflict)
}

// rest reports whether the wish is for all that is left.
func (g GiveBack) rest() bool { return g.Amount == (money.Amount{}) }

// asks reports whether a reservation is what this wish asks for. To name what all
// that was left came to is the same wish; to ask for all that is left where a part
// was named is not.
func (g GiveBack) asks(kept payment.Reservation) bool {
	if g.rest() {
		return kept.Rest
	}
	return g.Amount == kept.Amount
}

func (g GiveBack) reserve(p payment.Payment, id string, now time.Time) (payment.Payment, error) {
	if g.rest() {
		return p.ReserveRest(id, g.Reason, g.Confirmed, now)
	}
	return p.Reserve(id, g.Amount, g.Reason, g.Confirmed, now)
}

func reserveFailed(err error, p payment.Payment) error {
	switch {
	case errors.Is(err, payment.ErrDisputed):
		return refuse(KindDisputed, "A dispute is open: the provider may give the money back as well. Answer the dispute, or send \"despite_dispute\": true.")
	case errors.Is(err, payment.ErrNothingPaid):
		return refuse(KindRefund, "The payment is %s: nothing was paid that could be refunded.", payment.StatusOf(p))
	case errors.Is(err, payment.ErrOtherCurrency):
		return refuse(KindRefund, "The payment was made in %s.", p.Quote.Total.Currency)
	case errors.Is(err, payment.ErrManyRefunds):
		return refuse(KindRefund, "A payment can have %d refunds.", payment.MaxReservations)
	}
	left, once := p.Refundable(), p.RefundableAtOnce()
	if once != left {
		return refuse(KindRefund, "%s is left to refund, of two charges or more; one refund can give back %s.", left, once)
	}
	return refuse(KindRefund, "%s is left to refund.", left)
}

// sendRefund sends a reserved refund, under its own id for ever. Only a definite
// refusal gives the amount free again; what the provider says it has no money
// left for is looked into, and is a person's if our refund is not to be found.
func (s *Service) sendRefund(ctx context.Context, p payment.Payment, id string) payment.Payment {
	reserved, _ := p.Reservation(id)
	from, order, ok := s.providerOfCapture(p, reserved.Capture)
	if !ok {
		return p.WonderRefund(id, "PROVIDER_NOT_CONFIGURED", s.now())
	}
	call, cancel := s.spend(ctx, time.Hour)
	defer cancel()
	done, err := from.Refund(call, provider.Refund{
		Capture: reserved.Capture, ID: id, Amount: reserved.Amount, Remark: p.Remarks[id],
	})
	if err == nil {
		return payment.ObserveRefund(p, done)
	}
	class, code := provider.ClassOf(err), codeOf(err)
	s.Log.Warn("refund failed", "payment", p.ID, "refund", id, "class", class, "code", code, "error", err)
	switch {
	case class == provider.Retry:
		return p.WonderRefund(id, "", s.now())
	case class.Definite():
		return p.RefuseRefund(id, code, s.now())
	}
	p = p.WonderRefund(id, "", s.now())
	if s.left(ctx) < again+lookTime {
		return p
	}
	s.Clock.Sleep(ctx, again)
	looked, err := s.look(ctx, p, order)
	if err != nil {
		return p
	}
	if class == provider.Review || looked.Impossible(id) {
		looked = looked.WonderRefund(id, code, s.now())
	}
	return looked
}

// providerOfCapture finds whose capture it is, and on which attempt.
func (s *Service) providerOfCapture(p payment.Payment, capture string) (provider.Provider, int, bool) {
	a, _ := p.TakenBy(capture)
	from, ok := s.providers[a.Provider]
	return from, a.Number, ok
}
