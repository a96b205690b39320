package checkout

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// ShortestSecret is the least length of a secret for checkout tokens or quotes, in bytes.
const ShortestSecret = 32

// Secrets are what checkout tokens, quotes and customer tokens are signed with.
type Secrets struct {
	Tokens [][]byte // for checkout tokens; the first signs, all are accepted

	// Quotes are for quotes that the shop's server signs; all are accepted. Without
	// one, no quote is.
	Quotes [][]byte

	// Customers are for customer tokens, which the shop's server signs; all are accepted.
	// Without one, no customer is known.
	Customers [][]byte

	// CustomerKey is what customers are called by in the table; see Secrets.customer. It
	// never changes. It is there where Customers are.
	CustomerKey []byte
}

// Format prints none of them, whichever the verb: a log is no place for them.
func (Secrets) Format(out fmt.State, _ rune) { io.WriteString(out, "checkout secrets") }

// Check names every fault there is, and repeats no secret.
func (k *Secrets) Check() error {
	var faults []error
	if len(k.Tokens) == 0 {
		faults = append(faults, errors.New("checkout: the secret for checkout tokens is missing"))
	}
	for what, secrets := range map[string][][]byte{"checkout tokens": k.Tokens, "quotes": k.Quotes, "customer tokens": k.Customers, "customers' names": keyList(k.CustomerKey)} {
		for _, secret := range secrets {
			if len(secret) < ShortestSecret {
				faults = append(faults, fmt.Errorf("checkout: a secret for %s is shorter than %d bytes", what, ShortestSecret))
			}
		}
	}
	if (len(k.Customers) == 0) != (len(k.CustomerKey) == 0) {
		faults = append(faults, errors.New("checkout: customer tokens need both their secrets and the key of customers' names"))
	}
	return errors.Join(faults...)
}

// keyList is a key as a list of one, or none.
func keyList(key []byte) [][]byte {
	if len(key) == 0 {
		return nil
	}
	return [][]byte{key}
}

// SecretSource gives the secrets in force. It is asked whenever one is needed, so
// it holds them. With unfit, which something that was sent fits none of (nil:
// nothing), it looks for newer ones, as seldom as is good for it, and gives unfit
// itself back where there are none.
type SecretSource func(ctx context.Context, unfit *Secrets) (*Secrets, error)

// Constant is a source that has these and no others, ever: for a run on one machine.
func Constant(k Secrets) SecretSource {
	return func(context.Context, *Secrets) (*Secrets, error) { return &k, nil }
}

// secrets asks the source and judges what it gives. Errors: KindStoreDown where
// there is nothing to sign with just now, KindInternal.
func (s *Service) secrets(ctx context.Context, unfit *Secrets) (*Secrets, error) {
	held, err := s.Secrets(ctx, unfit)
	if err != nil {
		return nil, &Error{Kind: KindStoreDown, RetryAfter: 2 * time.Second, Err: err}
	}
	if err := held.Check(); err != nil {
		return nil, &Error{Kind: KindInternal, Err: err}
	}
	return held, nil
}

// fitting tries what was sent with the secrets that are held. What fits none of
// them may have been signed by an instance, or by a shop's server, that has a newer
// one already; so the source is asked once more. Errors: those of secrets.
func (s *Service) fitting(ctx context.Context, fits func(*Secrets) bool) (bool, error) {
	held, err := s.secrets(ctx, nil)
	if err != nil || fits(held) {
		return err == nil, err
	}
	newer, err := s.secrets(ctx, held)
	if err != nil || newer == held {
		return false, nil // as before: nothing newer is known
	}
	return fits(newer), nil
}
