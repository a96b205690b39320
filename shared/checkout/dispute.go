package checkout

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// hearDispute asks for the dispute a ring names, where it would be news.
func (s *Service) hearDispute(ctx context.Context, name string, ring provider.Ring, news bool) (Heard, error) {
	if !news {
		return HeardNothingNew, nil
	}
	if err := s.fetchDispute(ctx, name, ring.Dispute); err != nil {
		return "", err
	}
	return HeardReconciled, nil
}

// fetchDispute asks for a dispute and puts it onto every payment of ours that it
// is about.
func (s *Service) fetchDispute(ctx context.Context, name, id string) error {
	desk, ok := s.providers[name].(provider.Disputes)
	if !ok {
		return nil
	}
	call, cancel := s.spend(ctx, lookTime)
	defer cancel()
	found, err := desk.LookDispute(call, id)
	if err != nil {
		return orderFailed(err)
	}
	for _, d := range found {
		owner := d.Payment
		if !IsPaymentID(owner) {
			if owner, err = desk.PaymentOfCapture(call, d.Capture); err != nil {
				return orderFailed(err)
			}
		}
		if !IsPaymentID(owner) {
			continue
		}
		if err := s.putDispute(ctx, owner, d.Dispute); err != nil && KindOf(err) != KindNotFound {
			return err
		}
	}
	return nil
}

// putDispute merges a dispute that the provider has told of into its payment.
func (s *Service) putDispute(ctx context.Context, owner string, d payment.Dispute) error {
	for range rounds {
		r, err := s.load(ctx, owner)
		if err != nil {
			return err
		}
		p := payment.ObserveDispute(r.payment, d)
		if _, n, ok := s.providerOfCapture(p, d.Capture); ok && !d.Open && !payment.SameFacts(r.payment, p) {
			// Its end may have moved the money, and may be all that would have had
			// the payment looked at again.
			if p, err = s.look(ctx, p, n); err != nil {
				return orderFailed(err)
			}
		}
		_, err = s.save(ctx, r, p, false)
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
	return storeFailed(store.ErrConflict)
}

const (
	// disputesLag is how far behind now an answer may be.
	disputesLag = 10 * time.Minute

	// disputesReread is how old the cursor may become while nothing happens: PayPal
	// answers for 180 days back.
	disputesReread = 24 * time.Hour
)

// disputeCursor is up to when disputes are known. Each provider has its own.
type disputeCursor struct {
	Until time.Time `json:"until"` // changes before this have been read
}

// pollDisputes asks a provider for the disputes that changed, so that nothing
// depends on a webhook, and tells how many there were. The cursor moves when all
// were put; an hour without disputes costs no write.
func (s *Service) pollDisputes(ctx context.Context, name string, desk provider.Disputes) (int, error) {
	now := s.now()
	item, since, err := s.disputesSince(ctx, name, now)
	if err != nil {
		return 0, err
	}
	found, err := s.readDisputes(ctx, name, desk, since)
	if err != nil || (found == 0 && item.Version > 0 && now.Sub(since) < disputesReread) {
		return found, err
	}
	document, err := json.Marshal(disputeCursor{Until: now.Add(-disputesLag)})
	if err != nil {
		return found, &Error{Kind: KindInternal, Err: err}
	}
	after := store.Item{Key: store.CursorKey("disputes", name), WriteID: s.WriteID(), Document: document}
	if err := s.write(ctx, store.Put{Before: item, After: after}); err != nil && !errors.Is(err, store.ErrConflict) {
		return found, storeFailed(err)
	}
	return found, nil
}

// readDisputes puts every dispute that changed since then onto its payment, and
// tells how many there were.
func (s *Service) readDisputes(ctx context.Context, name string, desk provider.Disputes, since time.Time) (found int, err error) {
	for page := ""; ; {
		call, cancel := s.spend(ctx, lookTime)
		ids, next, err := desk.ChangedDisputes(call, since, page)
		cancel()
		if err != nil {
			return found, orderFailed(err)
		}
		for _, id := range ids {
			if err := s.fetchDispute(ctx, name, id); err != nil {
				return found, err
			}
			found++
		}
		if page = next; page == "" {
			return found, nil
		}
	}
}

// disputesSince reads the cursor; before the first it is a day back.
func (s *Service) disputesSince(ctx context.Context, name string, now time.Time) (store.Item, time.Time, error) {
	item, err := s.Store.Get(ctx, store.CursorKey("disputes", name))
	if errors.Is(err, store.ErrNotFound) {
		return store.Item{}, now.Add(-24 * time.Hour), nil
	}
	if err != nil {
		return item, time.Time{}, storeFailed(err)
	}
	var c disputeCursor
	if err := json.Unmarshal(item.Document, &c); err != nil {
		return item, time.Time{}, &Error{Kind: KindInternal, Err: err}
	}
	return item, c.Until, nil
}
