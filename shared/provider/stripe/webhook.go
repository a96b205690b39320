package stripe

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

var _ provider.Doorbell = (*Stripe)(nil)

const (
	// tolerance is how far the signed time may be from ours, either way. Stripe signs
	// each try anew, so an old signature is somebody else's (docs.stripe.com/webhooks,
	// replay attacks: five minutes).
	tolerance = 5 * time.Minute

	// Nothing of Stripe's is longer: a header has a time and one signature, or two
	// while the secret changes, and there are as many secrets.
	longestHeader = 1000
	mostValues    = 16
	mostSecrets   = 8
)

// Hear verifies a delivery on its raw bytes with the webhook's secrets. It makes no
// call at all. Unlike others' signatures Stripe's covers the whole body; a Ring is a
// hint all the same.
func (s *Stripe) Hear(ctx context.Context, d provider.Delivery) (provider.Ring, error) {
	if d.Header == nil {
		return provider.Ring{}, fmt.Errorf("%w: it has no headers", provider.ErrForged)
	}
	signed, err := readSignature(d.Header("Stripe-Signature"))
	if err != nil {
		return provider.Ring{}, err
	}
	if age := s.config.Now().Sub(signed.at); age > tolerance || age < -tolerance {
		return provider.Ring{}, fmt.Errorf("%w: it was signed at another time", provider.ErrForged)
	}
	as, err := s.config.Credentials(ctx, Credentials{})
	if err != nil {
		return provider.Ring{}, fmt.Errorf("%w: %w", provider.ErrCannotVerify, err)
	}
	secrets := secretsIn(as.Signing)
	if len(secrets) == 0 {
		return provider.Ring{}, fmt.Errorf("%w: there is no signing secret yet", provider.ErrCannotVerify)
	}
	if !signed.by(secrets, d.Body) {
		return provider.Ring{}, fmt.Errorf("%w: no signature of it is good", provider.ErrForged)
	}
	return s.readEvent(d.Body), nil
}

// secretsIn are the secrets in a list with commas.
func secretsIn(list string) (secrets []string) {
	for secret := range strings.SplitSeq(list, ",") {
		if secret = strings.TrimSpace(secret); secret != "" && len(secrets) < mostSecrets {
			secrets = append(secrets, secret)
		}
	}
	return secrets
}

// signature is what the header of a delivery says: "t=1492774577,v1=HEX,v1=HEX,v0=HEX".
type signature struct {
	time string // as written: it is signed
	at   time.Time
	sums [][]byte // of scheme v1; the others prove nothing
}

// readSignature reads the header. A value that is no signature is passed over, as a
// scheme is that nobody knows yet; a time that is there twice is none. Errors:
// provider.ErrForged.
func readSignature(header string) (signature, error) {
	forged := func(what string) (signature, error) {
		return signature{}, fmt.Errorf("%w: its %s", provider.ErrForged, what)
	}
	if header == "" || len(header) > longestHeader {
		return forged("signature is missing")
	}
	values := strings.Split(header, ",")
	if len(values) > mostValues {
		return forged("signature has too many parts")
	}
	var s signature
	for _, value := range values {
		name, text, _ := strings.Cut(strings.TrimSpace(value), "=")
		switch name {
		case "t":
			if s.time != "" {
				return forged("time is there twice")
			}
			seconds, err := strconv.ParseInt(text, 10, 64)
			if err != nil || seconds <= 0 || strconv.FormatInt(seconds, 10) != text {
				return forged("time is none")
			}
			s.time, s.at = text, time.Unix(seconds, 0)
		case "v1":
			if sum, err := hex.DecodeString(text); err == nil && len(sum) == sha256.Size {
				s.sums = append(s.sums, sum)
			}
		}
	}
	if s.time == "" || len(s.sums) == 0 {
		return forged("signature is missing")
	}
	return s, nil
}

// by reports whether any of the signatures is by any of the secrets, over the very
// bytes that came. All are compared, each in constant time.
func (s signature) by(secrets []string, body []byte) bool {
	good := false
	for _, secret := range secrets {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(s.time + "."))
		mac.Write(body)
		sum := mac.Sum(nil)
		for _, claimed := range s.sums {
			good = hmac.Equal(sum, claimed) || good
		}
	}
	return good
}
