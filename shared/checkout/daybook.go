package checkout

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// dayBook is a day's sums, and what they explained once the day was over.
type dayBook struct {
	settlement.Book
	Rolls []settlement.Roll `json:"rolls,omitempty"`
}

func (r *reportRun) book(ctx context.Context, day string) (store.Item, dayBook, error) {
	var book dayBook
	item, err := r.Store.Get(ctx, store.DayBookKey(r.provider, day))
	if errors.Is(err, store.ErrNotFound) {
		return store.Item{}, book, nil
	}
	if err != nil {
		return item, book, storeFailed(err)
	}
	if err := json.Unmarshal(item.Document, &book); err != nil {
		return item, book, &Error{Kind: KindInternal, Err: err}
	}
	return item, book, nil
}

// writeBook replaces a day's book. Where another run has replaced it meanwhile, the
// next one reads it once more.
func (r *reportRun) writeBook(ctx context.Context, day string, before store.Item, book dayBook) error {
	document, err := json.Marshal(book)
	if err != nil {
		return &Error{Kind: KindInternal, Err: err}
	}
	after := store.Item{Key: store.DayBookKey(r.provider, day), WriteID: r.WriteID(), Document: document}
	if err := r.write(ctx, store.Put{Before: before, After: after}); err != nil && !errors.Is(err, store.ErrConflict) {
		return storeFailed(err)
	}
	return nil
}

// datedBook is a book with its day.
type datedBook struct {
	day string
	dayBook
}

// books are the books of the days from from to before to, in their order.
func (s *Service) books(ctx context.Context, provider, from, to string) (found []datedBook, err error) {
	err = s.eachOf(ctx, store.DayBookKey(provider, "").Partition, from, to, func(item store.Item) error {
		b := datedBook{day: item.Key.Sort}
		if err := json.Unmarshal(item.Document, &b.dayBook); err != nil {
			return &Error{Kind: KindInternal, Err: err}
		}
		found = append(found, b)
		return nil
	})
	return found, err
}

// explain holds the rows of all days up to yesterday's end, or the last day's that has
// all its rows, against the balances the provider had then. It is done once a day, and
// what came of it stands in that day's book.
func (r *reportRun) explain(ctx context.Context) error {
	day := r.explainable()
	if day < r.cursor.First {
		return nil
	}
	item, book, err := r.book(ctx, day)
	if err != nil || len(book.Rolls) > 0 {
		return err
	}
	if r.left(ctx) < reportTime+lookTime {
		return errShort
	}
	closing, ok, err := r.balances(ctx, dayEnd(day))
	if err != nil {
		return orderFailed(err)
	}
	if !ok {
		return nil // the next run
	}
	days, err := r.explaining(ctx, day)
	if err != nil {
		return err
	}
	of := closing.Of
	if closing.Seen.After(closing.At) {
		if of, err = settlement.AsOf(of, days, day, store.DayOf(closing.Seen)); err != nil {
			return &Error{Kind: KindInternal, Err: err}
		}
	}
	if book.Rolls, err = settlement.RollForward(r.words(), r.cursor.Opening, of, days, day); err != nil {
		return &Error{Kind: KindInternal, Err: err}
	}
	if len(book.Rolls) == 0 {
		return nil // an account without any balance
	}
	_, before, err := r.book(ctx, addDays(day, -1))
	if err != nil {
		return err
	}
	for _, open := range settlement.Unexplained(book.Rolls) {
		if !before.explained(open) {
			r.done.Unexplained++
		}
		r.Log.Warn("the rows of the account do not explain its balance", "provider", r.provider, "until", day,
			"balance", open.Balance, "remainder", open.Remainder.String(), "moved later", open.Later.String())
	}
	return r.writeBook(ctx, day, item, book)
}

// explained tells whether a balance came out at nothing on this day. What changes in the
// hours between a day's end and its explanation leaves a remainder that is gone the next
// day; only one that stays is worth a person's sleep.
func (b dayBook) explained(open settlement.Roll) bool {
	return slices.ContainsFunc(b.Rolls, func(had settlement.Roll) bool {
		return had.Balance == open.Balance && had.Closing.Currency == open.Closing.Currency && had.Remainder.IsZero()
	})
}

// carriedAfter is how many days old a day is when it is never read again, with two weeks
// to spare for runs that are short of time. What it has moved is then carried in the
// cursor, so that a day is explained by the books of the days after it alone.
const carriedAfter = readDaily + 14

// explaining are the days that explain a balance at the end of a day: what is carried of
// the old ones, and the books of all others.
func (r *reportRun) explaining(ctx context.Context, last string) ([]settlement.Day, error) {
	carry := settlement.Day{Day: addDays(r.cursor.First, -1)}
	if r.cursor.Carry != nil {
		carry = *r.cursor.Carry
	}
	books, err := r.books(ctx, r.provider, addDays(carry.Day, 1), addDays(last, 1))
	if err != nil {
		return nil, err
	}
	var days []settlement.Day
	for _, b := range books {
		day := settlement.Day{Day: b.day, Book: b.Book}
		if b.day >= r.readAgainFrom() || b.day > last {
			days = append(days, day)
			continue
		}
		if carry, err = carry.Carry(day); err != nil {
			return nil, &Error{Kind: KindInternal, Err: err}
		}
		r.cursor.Carry = &carry
	}
	return append(days, carry), nil
}

// readAgainFrom is the first day that may ever be read again.
func (r *reportRun) readAgainFrom() string {
	first := min(addDays(r.today, -carriedAfter), r.cursor.Next)
	if r.cursor.Wide != "" {
		first = min(first, r.cursor.Wide)
	}
	if len(r.cursor.Waiting) > 0 {
		first = min(first, r.cursor.Waiting[0])
	}
	if r.cursor.Reading != nil {
		first = min(first, r.cursor.Reading.Day)
	}
	return first
}

// reach is how many days after it began a row may have moved, as far as such rows were
// met: a day is read until it is so old, or once if it is older by then.
func (c reportCursor) reach() int { return max(carriedAfter, c.Reach) }
