package checkout

import (
	"context"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// Story is a payment, and what became of its money. Errors: those of Find.
func (s *Service) Story(ctx context.Context, id string) (payment.Payment, settlement.Story, error) {
	p, err := s.Find(ctx, id)
	if err != nil {
		return p, settlement.Story{}, err
	}
	paid, err := s.paidOut(ctx, p)
	if err != nil {
		return p, settlement.Story{}, err
	}
	story, err := settlement.StoryOf(p, s.words, paid, s.now())
	if err != nil {
		return p, story, &Error{Kind: KindInternal, Err: err}
	}
	return p, story, nil
}

// paidOut are the payouts that a payment has a part in, of those providers that tell. They
// are read from the day of the payment's first row until no later one can have a part of it.
func (s *Service) paidOut(ctx context.Context, p payment.Payment) (paid []settlement.PaidOut, err error) {
	for _, of := range s.Providers {
		if _, tells := of.(provider.Payouts); !tells {
			continue
		}
		from := firstRow(p, of.Name())
		if from == "" {
			continue
		}
		sent, err := s.sent(ctx, of.Name(), from, func(sent []settlement.Sent) bool { return s.allSent(p, of.Name(), sent) })
		if err != nil {
			return nil, err
		}
		paid = append(paid, settlement.PaidOutOf(p.ID, sent)...)
	}
	return paid, nil
}

// allSent tells whether no payout after these can change what of a payment's money is at
// the bank: every row of it could be a part of the last of them, each one that failed was
// sent again, and what is at the bank or on its way there is what the rows come to. The sum
// alone says nothing: of a refund that is yet to be sent and came back it is right too early.
func (s *Service) allSent(p payment.Payment, name string, sent []settlement.Sent) bool {
	paid := settlement.PaidOutOf(p.ID, sent)
	if len(paid) == 0 || settlement.Waiting(paid) || lastAvailable(p, name).After(sent[len(sent)-1].Created) {
		return false
	}
	all, err := settlement.MoneyOf(p, settlement.Sight{Provider: name, Words: s.words(name), Paid: paid, Now: s.now()}, "", "")
	if err != nil {
		return false
	}
	for _, m := range all {
		if m.Rows > 0 && m.PaidOut != m.Net {
			return false
		}
	}
	return true
}

// lastAvailable is from when every row of a payment in an account could be paid out.
func lastAvailable(p payment.Payment, name string) (last time.Time) {
	for _, row := range p.Rows() {
		for _, at := range []time.Time{row.At, row.Available} {
			if p.AccountOf(row) == name && at.After(last) {
				last = at
			}
		}
	}
	return last
}

// firstRow is the day of the first row of a payment in an account, "" where there is none.
func firstRow(p payment.Payment, name string) string {
	for _, row := range p.Rows() {
		if p.AccountOf(row) == name {
			return store.DayOf(row.At)
		}
	}
	return ""
}
