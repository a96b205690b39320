package settlement

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

// Book is the sums of one day of UTC, made of that day's rows and of nothing else: a
// day that is read again is replaced whole, hour by hour, and never added to. An hour
// whose digest has not changed has the same rows, and nothing has to be done for it.
type Book struct {
	Hours map[string]Hour `json:"hours,omitempty"` // "00" to "23", by a row's initiation
}

// Hour is the rows that began within one hour of the day.
type Hour struct {
	Digest string          `json:"digest"`
	Sums   map[string]*Sum `json:"sums"` // by currency, code and whose it is: "EUR T0006", "EUR T0006 foreign"

	// Later is what of these rows moved on a later day than this one, because they
	// were pending until then or have changed since, by that day: "2026-11-23 EUR
	// T0006", and foreign as in Sums.
	Later map[string]*Sum `json:"later,omitempty"`
}

// Sum is of rows of one currency and code: how many there are, and what those that
// have moved money have moved, in minor units. Still counts those that have not, and
// Pending is the gross of those among them that may yet.
type Sum struct {
	Count   int64 `json:"n"`
	Gross   int64 `json:"gross,omitempty"`
	Fee     int64 `json:"fee,omitempty"`
	Still   int64 `json:"still,omitempty"`
	Pending int64 `json:"pending,omitempty"`
}

// foreign marks the sums of what is no payment's of ours.
const foreign = " foreign"

// NewHour is an hour without rows.
func NewHour() Hour { return Hour{Sums: map[string]*Sum{}, Later: map[string]*Sum{}} }

// Open is the hour as it can be counted on in, wherever it was kept meanwhile.
func (h Hour) Open() Hour {
	if h.Later == nil {
		h.Later = map[string]*Sum{}
	}
	return h
}

// Waits tells whether rows of the book may yet move a balance: those that are pending.
func (b Book) Waits(w Words) bool {
	for _, h := range b.Hours {
		for key, sum := range h.Sums {
			_, code := parts(key)
			if means, _ := w.Means(code); sum.Pending != 0 && means.Balance != BalanceNone {
				return true
			}
		}
	}
	return false
}

// HourOf is the hour of a book that a row belongs to.
func HourOf(r Row) string { return r.Initiated.UTC().Format("15") }

// Digests are those of the hours of a day, of its rows in the order in which they are
// told. An hour without rows has none.
func Digests(rows []Row) map[string]string { return DigestsOn(nil, rows) }

// DigestsOn are those of a day whose first rows had the digests before.
func DigestsOn(before map[string]string, rows []Row) map[string]string {
	found := map[string]string{}
	maps.Copy(found, before)
	for _, r := range rows {
		hour := HourOf(r)
		found[hour] = chain(found[hour], r)
	}
	return found
}

// Add counts a row that is no payment's. A row that cannot be counted is there as one
// that moved nothing. Errors: money.ErrOverflow.
func (h Hour) Add(r Row) error {
	key := string(r.Amount.Currency) + " " + r.Code + foreign
	if err := sumOf(h.Sums, key).add(r); err != nil {
		return err
	}
	if err := h.await(r); err != nil {
		return err
	}
	if moved := r.movedOn(); moved > r.begunOn() {
		return sumOf(h.Later, moved+" "+key).add(r)
	}
	return nil
}

// Codes of the books that no provider has. Where the provider dates from when a row's
// money may be used, and has no row that lets it go, these two stand for that: what
// waits is withheld as it comes, and let go on its day.
const (
	CodeAwaited = "awaited"
	CodeFreed   = "freed"
)

// Dated tells whether a code is one of these two, which are of no payment alone.
func Dated(code string) bool { return code == CodeAwaited || code == CodeFreed }

// await counts what a row has brought, or taken, that is available on a later day only.
func (h Hour) await(r Row) error {
	freed := r.Available.UTC().Format(time.DateOnly)
	if !r.Moves() || r.Available.IsZero() || freed <= r.movedOn() {
		return nil
	}
	net := r.Amount
	if !r.Fee.IsZero() {
		var err error
		if net, err = net.Plus(r.Fee); err != nil {
			return err
		}
	}
	c := string(net.Currency) + " "
	return errors.Join(
		sumOf(h.Sums, c+CodeAwaited).plus(Sum{Count: 1, Gross: -net.Minor}),
		sumOf(h.Sums, c+CodeFreed).plus(Sum{Count: 1, Gross: net.Minor}),
		sumOf(h.Later, freed+" "+c+CodeFreed).plus(Sum{Count: 1, Gross: net.Minor}),
	)
}

// AddOurs counts a row of a payment that has it. What the payment knows of the row's
// past says what of it moved when: a row itself tells only its last change, and one of
// nothing has posted nothing. Errors: money.ErrOverflow.
func (h Hour) AddOurs(r Row, p payment.Payment) error {
	key := string(r.Amount.Currency) + " " + r.Code
	if err := errors.Join(sumOf(h.Sums, key).add(r), h.await(r)); err != nil || !r.Moves() {
		return err
	}
	posted := false
	for _, m := range p.Postings() {
		if m.Ref != r.ID || m.Code != r.Code || m.Amount.Currency != r.Amount.Currency {
			continue
		}
		posted = true
		moved := m.Moved.UTC().Format(time.DateOnly)
		if moved <= r.begunOn() {
			continue
		}
		sum := Sum{Gross: m.Amount.Minor, Fee: m.Fee.Minor}
		if m.First {
			sum.Count = 1
		}
		if err := sumOf(h.Later, moved+" "+key).plus(sum); err != nil {
			return err
		}
	}
	if moved := r.movedOn(); !posted && moved > r.begunOn() {
		return sumOf(h.Later, moved+" "+key).plus(Sum{Count: 1})
	}
	return nil
}

// Since is an hour as it follows from the one that was read before it. Rows that are no
// payment's have no past here, and each tells only its last change: what their sums have
// changed by is what moved on that day, and what had moved before stays where it was.
// Changes of two days that are read at once are taken for the later day's. Errors:
// money.ErrOverflow.
func (h Hour) Since(before Hour) (Hour, error) {
	if before.Digest == "" {
		return h, nil
	}
	later := map[string]*Sum{}
	for key, sum := range h.Later {
		if !strings.HasSuffix(key, foreign) {
			later[key] = sum
		}
	}
	for key, sum := range before.Later {
		if strings.HasSuffix(key, foreign) {
			had := *sum
			later[key] = &had
		}
	}
	for key, sum := range h.Sums {
		day := h.lastChange(key)
		if day == "" || !strings.HasSuffix(key, foreign) {
			continue
		}
		moved := sum.moved()
		if had := before.Sums[key]; had != nil {
			if err := moved.plus(had.moved().times(-1)); err != nil {
				return h, err
			}
		}
		if moved == (Sum{}) {
			continue
		}
		if err := sumOf(later, day+" "+key).plus(moved); err != nil {
			return h, err
		}
	}
	h.Later = later
	return h, nil
}

// lastChange is the last day on which rows of a sum have changed, "" where none has.
func (h Hour) lastChange(key string) (last string) {
	for dated := range h.Later {
		if day, ok := strings.CutSuffix(dated, " "+key); ok {
			last = max(last, day)
		}
	}
	return last
}

// moved is the part of a sum that has moved money.
func (s Sum) moved() Sum { return Sum{Count: s.Count - s.Still, Gross: s.Gross, Fee: s.Fee} }

func (s Sum) times(sign int64) Sum {
	return Sum{Count: sign * s.Count, Gross: sign * s.Gross, Fee: sign * s.Fee}
}

func (r Row) begunOn() string { return r.Initiated.UTC().Format(time.DateOnly) }

func sumOf(in map[string]*Sum, key string) *Sum {
	if in[key] == nil {
		in[key] = &Sum{}
	}
	return in[key]
}

// movedOn is the day on which a row's money moved, "" where it has not. One that was
// done after a while was pending until then; one that was reversed had moved at its
// beginning.
func (r Row) movedOn() string {
	switch {
	case !r.Moves():
		return ""
	case r.Status == StatusReversed:
		return r.begunOn()
	}
	return r.Updated.UTC().Format(time.DateOnly)
}

func (s *Sum) add(r Row) error {
	s.Count++
	if !r.Moves() {
		s.Still++
		return s.await(r)
	}
	gross, err := money.New(s.Gross, r.Amount.Currency).Plus(r.Amount)
	if err != nil {
		return err
	}
	s.Gross = gross.Minor
	if r.Fee.IsZero() {
		return nil
	}
	fee, err := money.New(s.Fee, r.Amount.Currency).Plus(r.Fee)
	s.Fee = fee.Minor
	return err
}

// plus adds another sum of the same currency.
func (s *Sum) plus(other Sum) error {
	s.Count, s.Still = s.Count+other.Count, s.Still+other.Still
	for _, part := range []struct {
		to *int64
		of int64
	}{{&s.Gross, other.Gross}, {&s.Fee, other.Fee}, {&s.Pending, other.Pending}} {
		sum, err := money.New(*part.to, "").Plus(money.New(part.of, ""))
		if err != nil {
			return err
		}
		*part.to = sum.Minor
	}
	return nil
}

// await counts what a pending row has announced.
func (s *Sum) await(r Row) error {
	if r.Status != StatusPending || r.Fault != "" {
		return nil
	}
	pending, err := money.New(s.Pending, r.Amount.Currency).Plus(r.Amount)
	s.Pending = pending.Minor
	return err
}

// Unknown are the codes in the book that nobody knows, in their order.
func (b Book) Unknown(w Words) []string {
	found := map[string]bool{}
	for _, h := range b.Hours {
		for key := range h.Sums {
			_, code := parts(key)
			if _, known := w.Means(code); !known {
				found[code] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// parts takes the key of a sum apart.
func parts(key string) (currency money.Currency, code string) {
	c, rest, _ := strings.Cut(key, " ")
	code, _, _ = strings.Cut(rest, " ")
	return money.Currency(c), code
}
