package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// found is what an audit looked at, and everything that must never be.
type found struct {
	payments, charges, refunds int
	wrong                      []string
}

func (f *found) add(format string, args ...any) {
	f.wrong = append(f.wrong, fmt.Sprintf(format, args...))
}

// audit holds the whole table against PayPal's own books: every charge is known and is
// the only one of its payment, no refund goes past its capture, and both tell of the
// same money.
func (w *world) audit() found {
	var f found
	kept := w.kept(&f)
	books := w.paypal.Books()
	f.payments, f.charges, f.refunds = len(kept), len(books.Charges), len(books.Refunds)
	for _, a := range books.Accounts {
		if a.Buyer+a.Merchant+a.PayPal != 0 {
			f.add("PayPal's books of %s do not sum to zero", a.Currency)
		}
	}
	for _, c := range books.Charges {
		if _, ok := kept[c.CustomID]; !ok {
			f.add("charge %s of %s is of no payment that we know", c.ID, c.CustomID)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(kept)) {
		f.compare(kept[id].payment, books)
		if final := payment.Final(kept[id].payment); final != kept[id].item.Due.IsZero() {
			f.add("%s is final: %t, and due %s", id, final, kept[id].item.Due)
		}
	}
	for what, a := range w.tally.asked {
		for class, n := range a.codes {
			if strings.HasPrefix(class, "500") || class == "no answer" || class == "unreadable" {
				f.add("%s: %d times %s", what, n, class)
			}
		}
	}
	return f
}

// compare holds one payment against the books.
func (f *found) compare(p payment.Payment, books sim.Books) {
	charged := books.Charged(p.ID)
	if len(charged) > 1 {
		f.add("%s was charged %d times", p.ID, len(charged))
	}
	var taken, returned, back int64
	for _, c := range charged {
		if c.Amount != p.Quote.Total.Minor || c.Currency != string(p.Quote.Total.Currency) {
			f.add("%s was charged %d %s for %s", p.ID, c.Amount, c.Currency, p.Quote.Total)
		}
		if c.State == "COMPLETED" {
			taken += c.Amount
		}
		promised := int64(0)
		for _, r := range books.Refunded(c.ID) {
			if promised += r.Amount; r.State == "COMPLETED" {
				back += r.Amount
			}
		}
		if promised > c.Amount {
			f.add("%s: %d were given back of %d", p.ID, promised, c.Amount)
		}
	}
	for _, e := range p.Entries {
		if e.Kind == payment.EntryRefunded {
			returned += e.Amount.Minor
		}
	}
	if p.Paid().Minor != taken || p.Returned().Minor != back || returned != back {
		f.add("%s (%s): we have %s taken and %s given back, PayPal %d and %d", p.ID, payment.StatusOf(p), p.Paid(), p.Returned(), taken, back)
	}
}

// stored is a payment with the item it stands in.
type stored struct {
	payment payment.Payment
	item    store.Item
}

// kept is every payment in the table, by its id: all days from the first to the one
// that the clock was moved to.
func (w *world) kept(f *found) map[string]stored {
	all := map[string]stored{}
	for back := range 3 {
		query := store.Query{Day: store.DayOf(w.clock.Now().AddDate(0, 0, -back)), Limit: store.MaxPage}
		for {
			page, err := w.table.Query(context.Background(), query)
			if err != nil {
				f.add("the table cannot be listed: %v", err)
				return all
			}
			for _, named := range page.Items {
				item, err := w.table.Get(context.Background(), named.Key)
				var p payment.Payment
				if err == nil {
					p, err = payment.Decode(item.Document)
				}
				if err != nil {
					f.add("%s cannot be read: %v", named.Key.Partition, err)
					continue
				}
				all[p.ID] = stored{p, item}
			}
			if query.Cursor = page.Next; query.Cursor == "" {
				break
			}
		}
	}
	return all
}
