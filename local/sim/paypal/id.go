package paypal

import (
	"strings"

	"github.com/serverless-checkout/serverless-checkout/local/sim/chance"
)

// Lengths of ids. PayPal's own are 17 characters of A-Z0-9; the spec allows up
// to 36, so a client must not count them.
const (
	idLength    = 17
	tokenLength = 80
	traceLength = 13
)

const (
	upperAlphanumerics = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	tokenLetters       = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	traceLetters       = "0123456789abcdef"
)

// newID draws an id that no order, no capture and no refund has. Since every id
// drawn names one of the three and none is ever thrown away, this also takes up
// the sequence of a seed where an earlier process left it. The caller holds mu.
func (s *Simulator) newID() string {
	for {
		id := chance.Letters(s.ids, upperAlphanumerics, idLength)
		if s.free(id) {
			return id
		}
	}
}

// isID tells whether a path segment can be an id: ^[A-Z0-9]{1,36}$ (Orders
// spec, path parameter id).
func isID(segment string) bool {
	if len(segment) < 1 || len(segment) > 36 {
		return false
	}
	for _, c := range []byte(segment) {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// isDisputeID tells whether a path segment can be a dispute's id (Disputes spec,
// schema dispute, dispute_id).
func isDisputeID(segment string) bool {
	return isID(strings.ReplaceAll(segment, "-", ""))
}
