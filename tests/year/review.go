package main

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

// reviews are the payments that the sweep's log has named because a person has to look
// at them. Nobody else tells the merchant.
type reviews struct {
	named   map[string]bool // by payment
	settled int             // by the merchant's word
}

// waitsForAPerson is the line of the log that the alarm on reviews sends a merchant to.
const waitsForAPerson = "a payment waits for a person"

// merchantsEye reads the log for the merchant, and hands it on.
type merchantsEye struct {
	slog.Handler
	year *year
}

func (m merchantsEye) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn || m.Handler.Enabled(ctx, level)
}

func (m merchantsEye) Handle(ctx context.Context, r slog.Record) error {
	switch r.Message {
	case waitsForAPerson:
		m.year.review(attribute(r, "payment"))
	case notExplained:
		m.year.noteRemainder(attribute(r, "until"), attribute(r, "balance"), attribute(r, "remainder"))
	}
	if !m.Handler.Enabled(ctx, r.Level) {
		return nil
	}
	return m.Handler.Handle(ctx, r)
}

// attribute is what a line of the log says under a name.
func attribute(r slog.Record, name string) (value string) {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == name {
			value = a.Value.String()
		}
		return a.Key != name
	})
	return value
}

func (m merchantsEye) WithAttrs(attrs []slog.Attr) slog.Handler {
	return merchantsEye{m.Handler.WithAttrs(attrs), m.year}
}

func (m merchantsEye) WithGroup(name string) slog.Handler {
	return merchantsEye{m.Handler.WithGroup(name), m.year}
}

// review lets the merchant look at a payment that the log has named, once all rows are
// in that could tell more of it.
func (y *year) review(id string) {
	if y.reviews.named[id] {
		return
	}
	y.reviews.named[id] = true
	y.in(2*oneDay, func() { y.settleReview(id, 2*patience) })
}

// settleReview is the merchant's word on an order that was approved and is gone: nothing
// was taken, and nothing was shipped. Whatever else is in review stays there, and the
// judge hears of it.
func (y *year) settleReview(id string, tries int) {
	p, _, ok := y.stored(id)
	if !ok || !slices.Equal(p.Doubts(), []payment.Doubtful{payment.DoubtGone}) {
		delete(y.reviews.named, id)
		return
	}
	r := y.ask(http.MethodPost, "/merchant/payments/"+id+"/review", `{"code":"not_shipped"}`, nil)
	switch {
	case r.code == http.StatusOK:
		y.reviews.settled++
		delete(y.reviews.named, id)
	case tries > 0:
		y.in(time.Hour, func() { y.settleReview(id, tries-1) })
	}
}
