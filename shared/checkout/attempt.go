package checkout

import (
	"context"
	"errors"
	"fmt"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// AnotherWay is the buyer's wish to pay in another way, or once more.
type AnotherWay struct {
	After    int // the number of the attempt it replaces
	Method   string
	Language string
	Shipping *provider.Shipping // again: an address is not kept
	Payer    provider.Payer     // again, where the method needs it
	Source   string             // the address it is asked from; empty: not known
}

// NewAttempt opens another provider order for the same purchase and supersedes
// the one before. It starts only when a look has shown that nothing was taken
// and nothing is approved on the old one. A repeated request finds the attempt
// it made before: created is then false.
//
// Errors: KindNotFound, KindNoSwitch (the state forbids it; the payment is given
// back too, and tells what to do), those of way, KindShipping, KindDeclines, those of
// createFailed and storeFailed.
func (s *Service) NewAttempt(ctx context.Context, id, token string, in AnotherWay) (p payment.Payment, created bool, err error) {
	r, err := s.authorized(ctx, id, token)
	if err != nil {
		return p, false, err
	}
	mark := s.mark(ctx, in.Source)
	for range rounds {
		if n := len(r.payment.Attempts); in.After != n {
			return afterAnother(r.payment, in.After)
		}
		if err := s.checkWay(ctx, r.payment, in); err != nil {
			return r.payment, false, err
		}
		if err := s.mayTry(ctx, mark); err != nil {
			return r.payment, false, err
		}
		if r, err = s.reconcile(ctx, r, aim{lookOnly: true}); err != nil {
			return r.payment, false, err
		}
		if r.payment, err = s.endLive(ctx, r.payment); err != nil {
			return r.payment, false, err
		}
		if err := maySwitch(r.payment); err != nil {
			return r.payment, false, err
		}
		next, err := s.offer(ctx, r.payment, in)
		if err != nil {
			return r.payment, false, err
		}
		saved, err := s.save(ctx, r, next.OpenedFrom(mark), false)
		if err == nil {
			return saved.payment, true, nil
		}
		if !errors.Is(err, store.ErrConflict) {
			return r.payment, false, err
		}
		if r, err = s.load(ctx, id); err != nil {
			return p, false, err
		}
	}
	return r.payment, false, storeFailed(store.ErrConflict)
}

// afterAnother answers a request that names an attempt which is not the last:
// an earlier one was replaced already, most likely by this very request.
func afterAnother(p payment.Payment, after int) (payment.Payment, bool, error) {
	if after >= 1 && after < len(p.Attempts) {
		return p, false, nil
	}
	return p, false, refuse(KindNoSwitch, "There is no attempt %d to replace; the last one is %d.", after, len(p.Attempts))
}

// checkWay refuses what no provider has to be asked about.
func (s *Service) checkWay(ctx context.Context, p payment.Payment, in AnotherWay) error {
	if _, _, err := s.way(ctx, in.Method, p.Country, p.Quote.Total, in.Payer); err != nil {
		return err
	}
	return checkShipping(p.Quote, p.Country, in.Shipping)
}

// endLive ends an order that completes by itself, where the look before found nothing
// taken: its buyer could still pay it while another is open. What the provider says
// afterwards is merged and not saved: with the next attempt it is, and else the next look
// finds it. Errors: those of orderFailed.
func (s *Service) endLive(ctx context.Context, p payment.Payment) (payment.Payment, error) {
	live, ok := p.Live()
	if !ok || !p.Endable() {
		return p, nil
	}
	return s.end(ctx, p, live.Number)
}

// end makes the order of one attempt impossible to pay, where its provider can do that.
// Errors: those of orderFailed.
func (s *Service) end(ctx context.Context, p payment.Payment, n int) (payment.Payment, error) {
	a, _ := p.Attempt(n)
	from, can := s.providers[a.Provider].(provider.Expirer)
	if !can {
		return p, nil
	}
	ctx, cancel := s.spend(ctx, endTime)
	defer cancel()
	snapshot, err := from.Expire(ctx, a.Order)
	if err != nil {
		s.Log.Warn("order not ended", "payment", p.ID, "attempt", n, "class", provider.ClassOf(err), "code", codeOf(err), "error", err)
		return p, orderFailed(err)
	}
	return payment.Observe(p, snapshot), nil
}

func maySwitch(p payment.Payment) error {
	switch {
	case len(p.Attempts) >= payment.MaxAttempts:
		return refuse(KindNoSwitch, "This purchase has had %d attempts. Start a new one.", len(p.Attempts))
	case p.Declines() >= payment.MaxDeclines:
		return refuse(KindNoSwitch, "This purchase was declined %d times. Start a new one.", p.Declines())
	case !payment.MaySwitch(p):
		return refuse(KindNoSwitch, "The payment is %s; another attempt is not possible now.", payment.StatusOf(p))
	}
	return nil
}

// offer opens the next attempt's order and adds it to the payment, unsaved.
// What the provider made must be what we asked for, to the minor unit; and it is not one
// that the provider, unexpectedly, takes by itself beside another: see rivals.
// Errors: those of way and of createFailed, KindNoSwitch.
func (s *Service) offer(ctx context.Context, p payment.Payment, in AnotherWay) (payment.Payment, error) {
	way, from, err := s.way(ctx, in.Method, p.Country, p.Quote.Total, in.Payer)
	if err != nil {
		return p, err
	}
	call, cancel := s.spend(ctx, captureTime)
	defer cancel()
	snapshot, err := from.CreateOrder(call, provider.Order{
		Payment: p.ID, Attempt: len(p.Attempts) + 1, Method: way.ID, Country: p.Country, Quote: p.Quote,
		Reference: p.Reference, Language: in.Language, Shipping: in.Shipping,
		Payer: told(way, in.Payer), SelfCompleting: way.SelfCompleting,
	})
	if err != nil {
		s.noteFailed(ctx, way, err)
		s.Log.Warn("order failed", "payment", p.ID, "class", provider.ClassOf(err), "code", codeOf(err), "error", err)
		return p, createFailed(err)
	}
	if !snapshot.Fits(p) || snapshot.Approve == "" {
		return p, &Error{Kind: KindSetup, Code: "ORDER_DIFFERS", Detail: "The payment provider opened another order than was asked for. Nothing was charged.",
			Err: fmt.Errorf("asked for %s of %s, got %s of %q", p.Quote.Total, p.ID, snapshot.Amount, snapshot.Payment)}
	}
	s.noteWorked(ctx, way)
	if snapshot.SelfCompleting && !s.rivals() && len(p.Attempts) > 0 {
		// A capture of the order before may be on its way, and is not in the table. This
		// order has an address that nobody is given.
		s.Log.Warn("the provider takes this method by itself, and METHODS does not say so", "method", way.ID, "say", way.ID+":completes")
		return p, refuse(KindNoSwitch, "The payment method %q cannot be turned to once another was begun. Choose another.", way.ID)
	}
	return p.Begin(from.Name(), way.ID, snapshot, s.now()), nil
}
