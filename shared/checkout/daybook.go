package checkout

import (
	"context"
	"encoding/json"
	"errors"

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

// explain holds the rows of all days up to yesterday's end, or the last day's that has
// all its rows, against the balances the provider had then. It is done once a day, and
// what came of it stands in that day's book.
func (r *reportRun) explain(ctx context.Context) error {
	day := addDays(store.DayOf(r.cursor.Until.Add(-reportLag)), -1)
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
	days, err := r.days(ctx, day)
	if err != nil {
		return err
	}
	if book.Rolls, err = settlement.RollForward(r.cursor.Opening, closing, days, day); err != nil {
		return &Error{Kind: KindInternal, Err: err}
	}
	if len(book.Rolls) == 0 {
		return nil // an account without any balance
	}
	for _, open := range settlement.Unexplained(book.Rolls) {
		r.done.Unexplained++
		r.Log.Warn("the rows of the account do not explain its balance", "provider", r.provider, "until", day,
			"balance", open.Balance, "remainder", open.Remainder.String(), "moved later", open.Later.String())
	}
	return r.writeBook(ctx, day, item, book)
}

// days are the books from the first day to one.
func (r *reportRun) days(ctx context.Context, last string) (days []settlement.Day, err error) {
	query := store.Query{Partition: store.DayBookKey(r.provider, "").Partition, Limit: store.MaxPage}
	for {
		page, err := r.Store.Query(ctx, query)
		if err != nil {
			return nil, storeFailed(err)
		}
		for _, item := range page.Items {
			if day := item.Key.Sort; day >= r.cursor.First && day <= last {
				var book dayBook
				if err := json.Unmarshal(item.Document, &book); err != nil {
					return nil, &Error{Kind: KindInternal, Err: err}
				}
				days = append(days, settlement.Day{Day: day, Book: book.Book})
			}
		}
		if query.Cursor = page.Next; query.Cursor == "" {
			return days, nil
		}
	}
}
