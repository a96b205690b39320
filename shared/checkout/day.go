package checkout

import (
	"context"
	"errors"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// maxDayPage is the most payments one page of a day has. Each is read by itself,
// and all of them must come within one request.
const maxDayPage = 100

// Day is one page of the payments that were created on a day of UTC
// ("2026-11-21"), as the merchant sees them: every purchase that was begun,
// whatever became of it, less those that have expired. limit is how many at most;
// 100 where it is not positive or larger. cursor is next of the page before, empty
// for the first.
//
// The order is that of the payment ids, which says nothing but never changes, so
// that no payment is listed twice or left out while others are made. The index
// only names them: each is read again, consistently. A page may be shorter than
// limit, and even empty, before the last one; the last has an empty next. A
// payment of this moment may still be missing, and one that cannot be read fails
// the page, since a list without it would pass for whole.
//
// Errors: KindDay (no such day, or a cursor of another one), those of
// storeFailed.
func (s *Service) Day(ctx context.Context, day string, limit int, cursor string) (payments []payment.Payment, next string, err error) {
	if limit < 1 || limit > maxDayPage {
		limit = maxDayPage
	}
	query := store.Query{Day: day, Limit: limit, Cursor: cursor}
	if query.Check() != nil {
		return nil, "", refuse(KindDay, "%.20q is not a day of the calendar: write it like 2026-11-21.", day)
	}
	page, err := s.Store.Query(ctx, query)
	if errors.Is(err, store.ErrInvalid) {
		return nil, "", &Error{Kind: KindDay, Err: err,
			Detail: "The cursor does not belong to this day: take it from the page before, or leave it out."}
	}
	if err != nil {
		return nil, "", storeFailed(err)
	}
	for _, named := range page.Items {
		item, err := s.Store.Get(ctx, named.Key)
		if errors.Is(err, store.ErrNotFound) || err == nil && item.Day != day {
			continue // the index was behind: it has expired since, or was made again on another day
		}
		if err != nil {
			return nil, "", storeFailed(err)
		}
		p, err := payment.Decode(item.Document)
		if err != nil {
			return nil, "", &Error{Kind: KindInternal, Err: err}
		}
		payments = append(payments, p)
	}
	return payments, page.Next, nil
}
