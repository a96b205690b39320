package checkout

import (
	"context"
	"errors"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// Settlement is what one reading of the providers' own accounts brought.
type Settlement struct {
	Disputes    int `json:"disputes"`    // that had changed, ours or not
	Days        int `json:"days"`        // of the account, whose rows had changed
	Rows        int `json:"rows"`        // of payments of ours, in the hours that had changed
	Unmatched   int `json:"unmatched"`   // of them and of all others, those kept one by one for a person
	Unexplained int `json:"unexplained"` // balances that the rows up to yesterday's end do not explain
	Left        int `json:"left"`        // 1 where time ran out; the next run goes on
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
			faults = append(faults, s.readReports(ctx, p.Name(), desk, &done))
		}
	}
	return done, errors.Join(faults...)
}
