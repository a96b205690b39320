package checkout

import (
	"context"
	"fmt"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// Swept is what one sweep did.
type Swept struct {
	Due      int `json:"due"`      // payments whose due had come
	Changed  int `json:"changed"`  // of them, those with a new status
	Failed   int `json:"failed"`   // of them, those that could not be handled; their due was moved
	Captured int `json:"captured"` // of them, those that became paid
	Left     int `json:"left"`     // shards not read to their end for want of time
	Disputes int `json:"disputes"` // of them, those whose dispute the merchant has to answer within three days
	Review   int `json:"review"`   // of them, those that wait for a person
	Unknown  int `json:"unknown"`  // of them, those whose outcome stays unknown for more than 15 minutes
	Oldest   int `json:"oldest"`   // seconds that the longest waiting of them was past its due
}

// perPayment is what handling one payment may take at the worst: a sweep with
// less time left stops, and the next one goes on.
const perPayment = captureTime + lookTime + again

const (
	// answerSoon is how long before the deadline of a dispute the merchant is told.
	answerSoon = 3 * 24 * time.Hour

	// unknownLong is how long an outcome may be unknown before somebody is told.
	unknownLong = 15 * time.Minute
)

// Sweep handles every payment whose due has come. The index only names them:
// each is read again, consistently, and payment.Next decides. Whatever becomes
// of one payment, the next is handled, and its due is moved.
//
// It begins at another shard each time, so that no shard starves when time runs
// short. Its error is that the index could not be read.
func (s *Service) Sweep(ctx context.Context) (Swept, error) {
	var done Swept
	s.noteOff(ctx)
	now := s.now()
	first := int(now.Unix()/300) % store.DueShards
	for i := range store.DueShards {
		if err := s.sweepShard(ctx, (first+i)%store.DueShards, now, &done); err != nil {
			return done, err
		}
	}
	return done, nil
}

func (s *Service) sweepShard(ctx context.Context, shard int, now time.Time, done *Swept) error {
	query := store.Query{DueBefore: now, Shard: shard, Limit: 100}
	for {
		page, err := s.Store.Query(ctx, query)
		if err != nil {
			return storeFailed(err)
		}
		for _, item := range page.Items {
			if s.left(ctx) < perPayment {
				done.Left++
				done.waited(now.Sub(item.Due))
				return nil
			}
			s.sweepItem(ctx, item.Key, now, done)
		}
		if page.Next == "" {
			return nil
		}
		query.Cursor = page.Next
	}
}

// sweepItem handles one payment and lets nothing that goes wrong with it reach
// the next one.
func (s *Service) sweepItem(ctx context.Context, key store.Key, now time.Time, done *Swept) {
	defer func() {
		if fault := recover(); fault != nil {
			done.Failed++
			s.Log.Error("sweep: a payment panicked", "key", key.Partition, "panic", fmt.Sprint(fault))
			s.postpone(ctx, key, now)
		}
	}()
	item, err := s.Store.Get(ctx, key)
	if err != nil || item.Due.IsZero() || item.Due.After(now) {
		return // the index was behind: it is gone, or another sweep had it
	}
	done.Due++
	done.waited(now.Sub(item.Due))
	p, err := payment.Decode(item.Document)
	if err == nil {
		before := payment.StatusOf(p)
		var r record
		r, err = s.reconcile(ctx, record{payment: p, item: item}, aim{refunds: true})
		done.count(before, payment.StatusOf(r.payment))
		s.warn(r, now, done)
	}
	if err != nil {
		done.Failed++
		s.Log.Error("sweep: a payment could not be handled", "key", key.Partition, "error", err)
		s.postpone(ctx, key, now)
	}
}

func (d *Swept) count(before, after payment.Status) {
	if before != after {
		d.Changed++
	}
	if !before.Paid() && after.Paid() {
		d.Captured++
	}
}

// warn counts and names what a person may have to hear of. Everything it needs is
// at hand: it costs no read.
func (s *Service) warn(r record, now time.Time, done *Swept) {
	if r.payment.AnswerDue(now.Add(answerSoon)) {
		done.Disputes++
		s.Log.Warn("a dispute waits for the merchant's answer", "payment", r.payment.ID)
	}
	if doubts := r.payment.Doubts(); len(doubts) > 0 {
		done.Review++
		s.Log.Warn("a payment waits for a person", "payment", r.payment.ID, "reasons", doubts)
	}
	// The last of the early looks comes after ten minutes, the next an hour later:
	// counting only what is fifteen minutes old already would be an hour late.
	if since := r.payment.MovingSince(); !since.IsZero() && r.item.Due.Sub(since) > unknownLong {
		done.Unknown++
		s.Log.Warn("the outcome of a payment is unknown", "payment", r.payment.ID, "since", since)
	}
}

// waited notes how far past its due something was, if nothing was longer.
func (d *Swept) waited(past time.Duration) { d.Oldest = max(d.Oldest, int(past/time.Second)) }

// postpone moves the due of an item that nothing else has moved, so that one
// that cannot be handled does not stand first in every sweep.
func (s *Service) postpone(ctx context.Context, key store.Key, now time.Time) {
	item, err := s.Store.Get(ctx, key)
	if err != nil || item.Due.IsZero() || item.Due.After(now) {
		return
	}
	after := item
	after.WriteID, after.Due = s.WriteID(), now.Add(time.Hour)
	if err := s.write(ctx, store.Put{Before: item, After: after}); err != nil {
		s.Log.Error("sweep: a due could not be moved", "key", key.Partition, "error", err)
	}
}
