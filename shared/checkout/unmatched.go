package checkout

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// unmatchedLife is how long a row about a payment we do not have is kept.
const unmatchedLife = 90 * 24 * time.Hour

// unmatched is a delivery that named a payment of our form which is not in the
// table: one row per payment id, however often it rings.
type unmatched struct {
	Provider string    `json:"provider"`
	Payment  string    `json:"payment"`
	Event    string    `json:"event"`
	Type     string    `json:"type"`
	Order    string    `json:"order,omitempty"`
	Capture  string    `json:"capture,omitempty"`
	At       time.Time `json:"at"`
}

func (s *Service) keepUnmatched(ctx context.Context, name, id string, ring provider.Ring) error {
	row := unmatched{Provider: name, Payment: id, Event: ring.ID, Type: ring.Type, Order: ring.Order, Capture: ring.Capture, At: s.now()}
	document, err := json.Marshal(row)
	if err != nil {
		return &Error{Kind: KindInternal, Err: err}
	}
	after := store.Item{Key: store.UnmatchedKey(id), WriteID: s.WriteID(), Expires: s.now().Add(unmatchedLife), Document: document}
	if err := s.write(ctx, store.Put{After: after}); err != nil && !errors.Is(err, store.ErrConflict) {
		return storeFailed(err)
	}
	return nil
}
