package checkout

import (
	"context"
	"errors"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// Settlement is what one reading of the providers' own accounts brought.
type Settlement struct {
	Disputes    int `json:"disputes"`    // that had changed, ours or not
	Days        int `json:"days"`        // of the account, whose rows had changed
	Rows        int `json:"rows"`        // of payments of ours, in the hours that had changed
	Unmatched   int `json:"unmatched"`   // of them and of all others, those kept one by one for a person
	Payouts     int `json:"payouts"`     // that were sent to the bank, or of which something is new
	Unexplained int `json:"unexplained"` // balances that the rows have not explained for two days running, and payouts that theirs do not
	Left        int `json:"left"`        // 1 where time ran out; the next run goes on
	Refused     int `json:"refused"`     // accounts that the provider does not let the shop read

	// Until is up to when the account is read, whatever may still come in late; of
	// several accounts the one that is furthest behind. One that could never be read
	// is behind by all that a first run reads. Zero where there is none to read, or
	// where it is not known.
	Until time.Time `json:"until,omitzero"`
}

// reach notes how far an account was read.
func (d *Settlement) reach(c reportCursor) {
	until := c.Until
	if until.IsZero() && c.First != "" {
		until = dayBegin(c.First)
	}
	if !until.IsZero() && (d.Until.IsZero() || until.Before(d.Until)) {
		d.Until = until
	}
}

// SettleBooks reads what each provider tells of its own accord, whatever rang or
// did not ring: the disputes that changed, and the rows of the merchant's account.
// What was not read is read the next time, so a run that was cut short loses nothing.
// One provider that cannot be asked does not keep the others from being read, nor its
// reports its disputes.
//
// Errors: those of storeFailed and orderFailed, of every provider that failed.
func (s *Service) SettleBooks(ctx context.Context) (Settlement, error) {
	var done Settlement
	var faults []error
	for _, p := range s.Providers {
		if desk, ok := p.(provider.Disputes); ok {
			found, err := s.pollDisputes(ctx, p.Name(), desk)
			done.Disputes += found
			faults = append(faults, err)
		}
		if desk, ok := p.(provider.Reports); ok {
			faults = append(faults, s.mayRead(p.Name(), &done, s.readReports(ctx, p.Name(), desk, &done)))
			if bank, ok := p.(provider.Payouts); ok {
				faults = append(faults, s.mayRead(p.Name(), &done, s.readPayouts(ctx, p.Name(), desk, bank, &done)))
			}
		}
	}
	return done, errors.Join(faults...)
}

// mayRead is what came of a reading for which the merchant may have to switch something
// on at the provider first. No repetition helps against that, so it is no failure of the
// run: it is logged once, the next run asks again, and how far behind the account is by
// then says the rest.
func (s *Service) mayRead(name string, done *Settlement, err error) error {
	if provider.ClassOf(err) != provider.MerchantSetup {
		return err
	}
	done.Refused++
	s.Log.Error("settlement: the account may not be read", "provider", name, "error", err)
	return nil
}
