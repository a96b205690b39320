package checkout

import (
	"context"

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
// are read from the day of the payment's first row until all of its money is at the bank.
func (s *Service) paidOut(ctx context.Context, p payment.Payment) (paid []settlement.PaidOut, err error) {
	for _, of := range s.Providers {
		if _, tells := of.(provider.Payouts); !tells {
			continue
		}
		from := firstRow(p, of.Name())
		if from == "" {
			continue
		}
		sent, err := s.sent(ctx, of.Name(), from, func(sent []settlement.Sent) bool { return s.allPaid(p, of.Name(), sent) })
		if err != nil {
			return nil, err
		}
		paid = append(paid, settlement.PaidOutOf(p.ID, sent)...)
	}
	return paid, nil
}

// allPaid tells whether all money of a payment in an account is at the bank or on its way
// there.
func (s *Service) allPaid(p payment.Payment, name string, sent []settlement.Sent) bool {
	all, err := settlement.MoneyOf(p, settlement.Sight{
		Provider: name, Words: s.words(name), Paid: settlement.PaidOutOf(p.ID, sent), Now: s.now(),
	}, "", "")
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

// firstRow is the day of the first row of a payment in an account, "" where there is none.
func firstRow(p payment.Payment, name string) string {
	for _, row := range p.Rows() {
		if p.AccountOf(row) == name {
			return store.DayOf(row.At)
		}
	}
	return ""
}
