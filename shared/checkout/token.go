package checkout

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"encoding/base32"

	"github.com/serverless-checkout/serverless-checkout/shared/shape"
)

// PaymentID is the id of the purchase that a key stands for, in this stack and
// on this route. It holds no secret, so it never changes when one rotates.
//
// Its form is "sc" and 26 characters of base 32: letters and digits only, which
// every field of a provider that carries it allows.
func PaymentID(stack, route, key string) string {
	sum := sha256.Sum256([]byte(stack + "\n" + route + "\n" + key))
	return "sc" + strings.ToLower(base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:16]))
}

// paymentID is what follows "sc".
var paymentID = shape.Of("0-9a-v", 26, 26)

// IsPaymentID reports whether an id has the form of ours.
func IsPaymentID(id string) bool {
	digest, ok := strings.CutPrefix(id, "sc")
	return ok && paymentID.MatchString(digest)
}

// Token lets the holder see and capture one payment. It is never part of a URL.
// Errors: KindStoreDown, KindInternal.
func (s *Service) Token(ctx context.Context, id string) (string, error) {
	held, err := s.secrets(ctx, nil)
	if err != nil {
		return "", err
	}
	return sign(held.Tokens[0], id), nil
}

// tokenForm is how sign writes: 32 bytes in base 64. Nothing else is worth a look
// at the secrets.
var tokenForm = shape.Of("A-Za-z0-9_-", 43, 43)

// allows reports whether a token is the payment's. Errors: those of secrets.
func (s *Service) allows(ctx context.Context, id, token string) (bool, error) {
	if !tokenForm.MatchString(token) {
		return false, nil
	}
	return s.fitting(ctx, func(k *Secrets) bool { return k.allow(id, token) })
}

// allow compares in constant time, with every secret there is.
func (k *Secrets) allow(id, token string) bool {
	ok := false
	for _, secret := range k.Tokens {
		ok = hmac.Equal([]byte(token), []byte(sign(secret, id))) || ok
	}
	return ok
}

func sign(secret []byte, id string) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("checkout token\n" + id))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
