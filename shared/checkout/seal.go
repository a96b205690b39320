package checkout

import (
	"errors"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// What the shop's own server says it signs: a JWS in compact form (RFC 7515), HS256, for
// this stack and no other. Here is what quotes and customer tokens have in common.

// sealed is what the library reads before the claims are ours to read: the
// audience and the time of issue. The expiry is left out, because each kind of token
// has a rule of its own for it.
type sealed struct{ jwt.RegisteredClaims }

func (sealed) GetExpirationTime() (*jwt.NumericDate, error) { return nil, nil }

const (
	// clockSkew is how far the shop's clock may run ahead of ours. Without it a
	// token would be refused in the second it was signed, by chance.
	clockSkew = time.Minute

	// lastSecond is the end of year 9999: a time behind it was not meant.
	lastSecond = 253402300799
)

// errHeader is a header with more in it than alg, typ and kid: crit and b64 change what a
// signature means.
var errHeader = errors.New("checkout: a token's header")

// sealOptions are the library's checks, all of them strict: one algorithm, no
// second way to write the same signature, our audience and no other.
func (s *Service) sealOptions() []jwt.ParserOption {
	return []jwt.ParserOption{
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithStrictDecoding(),
		jwt.WithAudience(s.Stack), jwt.WithIssuedAt(), jwt.WithTimeFunc(s.Clock.Now),
	}
}

// unseal proves that one of the secrets has signed a token, for this stack, and gives its
// claims as they were written. Its errors are the library's and errHeader; see unsealed.
func (s *Service) unseal(token string, secrets [][]byte) ([]byte, error) {
	var keys jwt.VerificationKeySet
	for _, secret := range secrets {
		keys.Keys = append(keys.Keys, secret)
	}
	parser := jwt.NewParser(append(s.sealOptions(), jwt.WithLeeway(clockSkew))...)
	seal, err := parser.ParseWithClaims(token, &sealed{}, func(*jwt.Token) (any, error) { return keys, nil })
	if err != nil {
		return nil, err
	}
	for name := range seal.Header {
		if name != "alg" && name != "typ" && name != "kid" {
			return nil, errHeader
		}
	}
	return parser.DecodeSegment(strings.Split(token, ".")[1])
}

// unsealed says why a token was refused, which is called by this name. What the library
// read stays out of the answer and out of the log: nobody has vouched for it.
func unsealed(kind Kind, name string, err error) *Error {
	for _, known := range []struct {
		err    error
		detail string
	}{
		{errHeader, "'s header may hold alg, typ and kid only."},
		{jwt.ErrTokenSignatureInvalid, " is not signed by this shop with HS256, or it was altered."},
		{jwt.ErrTokenInvalidAudience, " is for another shop."},
		{jwt.ErrTokenRequiredClaimMissing, " does not say which shop it is for."},
		{jwt.ErrTokenUsedBeforeIssued, " is from the future; set the clock of the server that signs."},
	} {
		if errors.Is(err, known.err) {
			return &Error{Kind: kind, Detail: "The " + name + known.detail, Err: known.err}
		}
	}
	return &Error{Kind: kind, Detail: "The " + name + " is not a JWS in compact form, signed with HS256.", Err: errors.New(name + ": form")}
}
