package main

import (
	"context"
	"encoding/json"
	"time"

	stripesim "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// stripeKinds are what goes wrong with calls of Stripe's, in windows.
var stripeKinds = [][]stripesim.Kind{
	{stripesim.ErrorBefore}, {stripesim.ErrorAfter}, {stripesim.RateLimited}, {stripesim.CutBody},
}

// judgeStripe holds our books of Stripe's account against Stripe's own balance, and every
// payment there against its session.
func (j *judgement) judgeStripe(accounts []settlement.Statement) {
	for _, s := range accounts {
		end, err := time.Parse(time.DateOnly, s.Explained)
		if total := j.stripe.BalanceAt(string(s.Currency), end.AddDate(0, 0, 1).Add(-time.Second)); err != nil || !s.Remainder.IsZero() || s.Closing.Minor != total {
			j.differs("%s at Stripe: the statement closes at %s on %q with a remainder of %s; Stripe had %d", s.Currency, s.Closing, s.Explained, s.Remainder, total)
		}
		available, _ := j.stripe.Balance(string(s.Currency))
		if s.Available.Minor != available {
			j.differs("%s at Stripe: %s is available by the statement, %d in truth", s.Currency, s.Available, available)
		}
		j.stripeAccounts = append(j.stripeAccounts, s)
	}
	j.judgeExplained()
	sessions := map[string][]stripesim.Session{}
	for _, o := range j.stripe.Sessions() {
		sessions[o.Reference] = append(sessions[o.Reference], o)
	}
	for id, s := range j.atStripe {
		j.judgeShopper(s, sessions[id])
	}
	for _, s := range accounts {
		// What no payout has taken, or came back with one, is what all payments have there.
		if c := string(s.Currency); j.atBalance[c] != s.Closing.Minor {
			j.differs("%s at Stripe: all payments have %d in the balance, which is %s", c, j.atBalance[c], s.Closing)
		}
	}
	for _, c := range j.stripe.Calls() {
		if c.Fault != "" {
			j.faults["Stripe: "+string(c.Fault)]++
		}
	}
	for _, kinds := range stripeKinds {
		for _, k := range kinds {
			j.struck("Stripe: " + string(k))
		}
	}
}

// judgeExplained: on the last explained day no balance of Stripe's has a remainder, the
// available one neither.
func (j *judgement) judgeExplained() {
	last := ""
	err := j.each(store.DayBookKey("stripe", "").Partition, func(item store.Item) error {
		var book struct {
			Rolls []settlement.Roll `json:"rolls"`
		}
		if err := json.Unmarshal(item.Document, &book); err != nil || len(book.Rolls) == 0 {
			return err
		}
		last = item.Key.Sort
		for _, r := range settlement.Unexplained(book.Rolls) {
			j.differs("Stripe: on %s %s is left over (%s)", last, r.Remainder, r.Balance)
		}
		return nil
	})
	if err != nil || last == "" {
		j.differs("Stripe: no day is explained, %v", err)
	}
}

// judgeShopper holds a payment against its sessions: charged once at the most, and known
// to be; what was given back known, too; and nothing of it anywhere that is not explained.
func (j *judgement) judgeShopper(s *shopper, sessions []stripesim.Session) {
	taken, back := 0, int64(0)
	for _, o := range sessions {
		if o.Received > 0 && o.IntentStatus == "succeeded" {
			taken, back = taken+1, back+o.Refunded
		}
	}
	p, item, ok := j.stored(s.id)
	switch paid := ok && !p.Paid().IsZero(); {
	case taken > 1:
		j.differs("%s: charged %d times at Stripe", s.id, taken)
	case (taken == 1) != paid || s.told && taken == 0:
		j.differs("%s: Stripe has taken it %d times, paid is %t, told %t", s.id, taken, paid, s.told)
	case taken == 0:
		return
	case len(p.Doubts()) > 0 || !item.Due.IsZero():
		j.differs("%s: not at its end: %s, %v, due %s", s.id, payment.StatusOf(p), p.Doubts(), item.Due)
	case p.Returned().Minor != back:
		j.differs("%s: we say %s was given back, Stripe %d", s.id, p.Returned(), back)
	}
	if taken == 0 {
		return
	}
	j.paidAtStripe++
	_, story, err := j.handlers.Checkout.Story(context.Background(), s.id)
	if err != nil {
		j.differs("%s: %v", s.id, err)
	}
	for _, part := range story.Where {
		switch part.Place {
		case settlement.PlaceUnexplained, settlement.PlaceNotReported, settlement.PlaceOnItsWay, settlement.PlaceOther, settlement.PlaceAwaited:
			j.differs("%s: %s is %s", s.id, part.Amount, part.Place)
		case settlement.PlaceBalance:
			j.atBalance[string(part.Amount.Currency)] += part.Amount.Minor
		case settlement.PlacePaidOut:
			j.paidOut++
		}
	}
}
