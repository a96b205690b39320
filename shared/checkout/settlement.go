package checkout

import (
	"context"
	"errors"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// Settlement is what one reading of the providers' own accounts brought.
type Settlement struct {
	Disputes int `json:"disputes"` // that had changed, ours or not
}

// SettleBooks reads what each provider tells of its own accord, whatever rang or
// did not ring: the disputes that changed. What was not read is read the next
// time, so a run that was cut short loses nothing. One provider that cannot be
// asked does not keep the others from being read.
//
// Errors: those of storeFailed and orderFailed, of every provider that failed.
func (s *Service) SettleBooks(ctx context.Context) (Settlement, error) {
	var done Settlement
	var faults []error
	for _, p := range s.Providers {
		desk, ok := p.(provider.Disputes)
		if !ok {
			continue
		}
		found, err := s.pollDisputes(ctx, p.Name(), desk)
		done.Disputes += found
		faults = append(faults, err)
	}
	return done, errors.Join(faults...)
}
