package checkout

import (
	"context"
	"errors"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// record is a payment together with the item it was read from: what is written
// back is conditional on it.
type record struct {
	payment payment.Payment
	item    store.Item
}

// load reads a payment consistently. Errors: those of storeFailed.
func (s *Service) load(ctx context.Context, id string) (record, error) {
	item, err := s.Store.Get(ctx, store.PaymentKey(id))
	if err != nil {
		return record{}, storeFailed(err)
	}
	p, err := payment.Decode(item.Document)
	if err != nil {
		return record{}, &Error{Kind: KindInternal, Err: err}
	}
	return record{payment: p, item: item}, nil
}

// save writes the payment as it is now onto the version it was read from.
// Nothing is written where neither a fact nor the due has changed. asap asks for
// a due soon, because the provider could not be asked.
//
// The first write lists the payment under the day it was created. Later ones take
// the day over from what they read: the store refuses to move it, and no write
// about money may fail for the sake of a list.
func (s *Service) save(ctx context.Context, r record, p payment.Payment, asap bool) (record, error) {
	p = s.list(ctx, p)
	now := s.now()
	due := s.due(r.item, p, now, asap || p.OwesListing())
	if len(p.Doubts()) > 0 && len(r.payment.Doubts()) == 0 {
		// The sweep is who tells that a person is waited for: the next one, not
		// tomorrow's.
		due = now.Add(time.Minute)
	}
	if r.item.Version > 0 && due.Equal(r.item.Due) && payment.SameFacts(r.payment, p) {
		return record{payment: p, item: r.item}, nil
	}
	document, err := payment.Encode(p)
	if err != nil {
		return r, &Error{Kind: KindInternal, Err: err}
	}
	after := store.Item{
		Key: store.PaymentKey(p.ID), WriteID: s.WriteID(),
		Due: due, Expires: payment.Expires(p, now), Day: r.item.Day, Document: document,
	}
	if after.Day == "" {
		after.Day = store.DayOf(p.Created)
	}
	if err := s.write(ctx, store.Put{Before: r.item, After: after}); err != nil {
		return r, storeFailed(err)
	}
	after.Version = r.item.Version + 1
	return record{payment: p, item: after}, nil
}

// due is when the payment is looked at next. An earlier due that still lies
// ahead is left alone: moving it costs two index writes and gains nothing.
func (s *Service) due(item store.Item, p payment.Payment, now time.Time, asap bool) time.Time {
	wanted := payment.Due(p, now)
	if soon := payment.Retry(p, now); asap && !wanted.IsZero() && soon.Before(wanted) {
		wanted = soon
	}
	if item.Due.After(now) && item.Due.Before(wanted) {
		return item.Due
	}
	return wanted
}

// write repeats a write whose outcome is unknown: it carries its write id, so a
// repetition that finds its own work done is a success.
func (s *Service) write(ctx context.Context, put store.Put) error {
	// The reserve of the budget is for this.
	err := s.Store.Write(ctx, put)
	for range 2 {
		if !errors.Is(err, store.ErrUnavailable) || ctx.Err() != nil {
			return err
		}
		s.Clock.Sleep(ctx, 100*time.Millisecond)
		err = s.Store.Write(ctx, put)
	}
	return err
}
