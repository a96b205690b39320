package checkout

import (
	"context"
	"errors"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
)

// reading is a day on its way. It is kept in the cursor where time runs out between
// two pages: the rows before are in their payments by then, and in these sums.
type reading struct {
	Day     string                     `json:"day"`
	From    time.Time                  `json:"from"` // the part that is read begins here
	Seconds int64                      `json:"s"`    // and is so long
	Page    string                     `json:"page,omitempty"`
	Total   int                        `json:"total,omitempty"` // rows of the part, as its first page says
	Digests map[string]string          `json:"digests"`
	Hours   map[string]settlement.Hour `json:"hours"`

	rows []settlement.Row // read by this run
	torn int
}

func beginDay(day string) *reading {
	return &reading{
		Day: day, From: dayBegin(day), Seconds: int64(oneDay / time.Second),
		Digests: map[string]string{}, Hours: map[string]settlement.Hour{},
	}
}

// readDay reads a day whole and puts what it brought onto its payments and into its
// book. until is where the report ended: before the day's end where it has no more.
// Errors: errShort, those of orderFailed and storeFailed.
func (r *reportRun) readDay(ctx context.Context, day string) (until time.Time, err error) {
	d := beginDay(day)
	if cut := r.cursor.Reading; cut != nil && cut.Day == day {
		d, r.cursor.Reading = cut, nil
		for hour, h := range d.Hours {
			d.Hours[hour] = h.Open()
		}
	}
	for until = dayEnd(day); !d.From.After(dayEnd(day)); {
		if r.left(ctx) < reportTime+lookTime {
			return until, r.cutShort(ctx, d)
		}
		reached, err := r.readPage(ctx, d)
		if err != nil {
			return until, err
		}
		if !reached.IsZero() {
			until = reached
			break
		}
	}
	if until.Before(dayEnd(day)) && until.Before(r.cursor.Until) {
		return until, nil // it reached further before: what it leaves out now is not gone
	}
	return until, r.settleDay(ctx, d)
}

// readPage reads the next page of a day and moves on to the one after it. end is not
// zero where the report has no more for now: it is where it ends.
func (r *reportRun) readPage(ctx context.Context, d *reading) (end time.Time, err error) {
	to := d.From.Add(time.Duration(d.Seconds-1) * time.Second)
	if last := dayEnd(d.Day); to.After(last) {
		to = last
	}
	call, cancel := r.spend(ctx, reportTime)
	defer cancel()
	page, err := r.desk.Rows(call, d.From, to, d.Page)
	switch class := provider.ClassOf(err); {
	case err != nil && class == provider.NotYet:
		return d.From.Add(-time.Second), nil
	case err != nil && class == provider.TooMany && d.Page != "":
		return end, d.again() // it has grown while it was read
	case err != nil && class == provider.TooMany && d.Seconds > 1:
		d.Seconds = (d.Seconds + 1) / 2
		return end, nil
	case err != nil:
		return end, orderFailed(err)
	case d.Page != "" && page.Total != d.Total:
		return end, d.again()
	}
	d.rows = append(d.rows, page.Rows...)
	if d.Page, d.Total = page.Next, page.Total; d.Page != "" {
		return end, nil
	}
	if page.Until.Before(to) {
		return page.Until, nil
	}
	d.From = to.Add(time.Second)
	return end, nil
}

// again begins a day anew: pages of two different lists would have a row twice and
// another never.
func (d *reading) again() error {
	if d.torn++; d.torn >= tornPages {
		return &Error{Kind: KindProviderDown, RetryAfter: time.Minute, Err: errors.New("checkout: the report changes while it is read")}
	}
	torn := d.torn
	*d = *beginDay(d.Day)
	d.torn = torn
	return nil
}

// cutShort puts what was read onto its payments and keeps where to go on.
func (r *reportRun) cutShort(ctx context.Context, d *reading) error {
	if d.Page == "" && d.From.Equal(dayBegin(d.Day)) && d.Seconds == int64(oneDay/time.Second) {
		return errShort // nothing was read, and nothing learnt
	}
	hours := map[string]bool{}
	for _, row := range d.rows {
		hours[settlement.HourOf(row)] = true
	}
	if err := r.putHours(ctx, d, hours); err != nil {
		return err
	}
	d.Digests, d.rows = settlement.DigestsOn(d.Digests, d.rows), nil
	r.cursor.Reading = d
	return errShort
}

// settleDay puts the hours that have changed onto their payments, and then replaces the
// day's book: a run that ends before that finds them changed again.
func (r *reportRun) settleDay(ctx context.Context, d *reading) error {
	item, book, err := r.book(ctx, d.Day)
	if err != nil {
		return err
	}
	digests := settlement.DigestsOn(d.Digests, d.rows)
	changed := map[string]bool{}
	for hour, digest := range digests {
		changed[hour] = book.Hours[hour].Digest != digest
	}
	if err := r.putHours(ctx, d, changed); err != nil {
		return err
	}
	hours, same := map[string]settlement.Hour{}, len(digests) == len(book.Hours)
	for hour, digest := range digests {
		h := book.Hours[hour]
		if changed[hour] {
			same = false
			if h, err = d.Hours[hour].Since(h); err != nil {
				return &Error{Kind: KindInternal, Err: err}
			}
			h.Digest = digest
		}
		hours[hour] = h
	}
	r.cursor.await(d.Day, settlement.Book{Hours: hours}.Waits(r.words()))
	if same {
		return nil
	}
	r.done.Days++
	book.Hours = hours
	r.cursor.Reach = max(r.cursor.Reach, settlement.Day{Day: d.Day, Book: book.Book}.Reach())
	return r.writeBook(ctx, d.Day, item, book)
}
