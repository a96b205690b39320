package paypal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"time"

	plutov "github.com/plutov/paypal/v4"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/wire"
)

const (
	// tokenMargin is how long before its end a token is replaced: no call lasts
	// as long.
	tokenMargin = time.Minute

	// A life that is shorter or longer is not believed, in seconds. PayPal
	// answers 429 to a token per call, and a refused one is replaced anyway.
	tokenShortest = 120
	tokenLongest  = 12 * 60 * 60
)

// bearer is a client with a token in it, whose the token is, and until when it is
// used.
type bearer struct {
	client      *plutov.Client
	until       time.Time
	credentials Credentials // that it was given for
	account     string      // a digest of the environment and the client id
}

// authorized is a client with a token that is good, is not the refused one and was
// given for the credentials in force. One caller fetches a new token while the
// others wait.
//
// The library would fetch by itself, but under a lock that holds all callers as
// long as one of them hangs, and it panics on a 2xx answer without a token.
func (k *caller) authorized(ctx context.Context, refused *bearer) (*bearer, error) {
	var as Credentials // in force
	usable := func() (held *bearer, err error) {
		held, as, err = k.usable(ctx, refused)
		return held, err
	}
	return k.token.Get(ctx, "NO_TOKEN", usable, func() (*bearer, error) {
		fetched, err := k.fetchToken(ctx, as)
		if isRefused(err) {
			return k.fetchAgain(ctx, as, err)
		}
		return fetched, err
	})
}

// usable is the bearer that is held, or nil where it is not good any more, and
// the credentials in force.
func (k *caller) usable(ctx context.Context, refused *bearer) (*bearer, Credentials, error) {
	as, err := k.config.Credentials(ctx, Credentials{})
	if err != nil {
		return nil, as, new(wire.Answer).Failed(provider.Retry, "NO_CREDENTIALS", err)
	}
	held := k.token.Kept()
	if held == nil || held == refused || held.credentials != as || !k.config.Now().Before(held.until) {
		return nil, as, nil
	}
	return held, as, nil
}

// fetchAgain: the credentials were refused, and may have been changed since they
// were read. Where there are no newer ones the refusal stands.
func (k *caller) fetchAgain(ctx context.Context, refused Credentials, why error) (*bearer, error) {
	newer, err := k.config.Credentials(ctx, refused)
	if err != nil || newer == refused {
		return nil, why
	}
	return k.fetchToken(ctx, newer)
}

// isRefused reports whether PayPal does not know the credentials (401,
// invalid_client: api/rest/authentication).
func isRefused(err error) bool {
	var e *provider.Error
	return errors.As(err, &e) && e.Status == http.StatusUnauthorized
}

// account names whose orders are asked for, and in which environment. The secret
// is no part of it: a new one for the same app is the same account.
func (k *caller) account(as Credentials) string {
	owner := sha256.Sum256([]byte(k.host + "\n" + as.ClientID))
	return hex.EncodeToString(owner[:5])
}

// fetchToken makes a client with a token of its own (POST /v1/oauth2/token).
func (k *caller) fetchToken(ctx context.Context, as Credentials) (*bearer, error) {
	client, err := plutov.NewClient(as.ClientID, as.Secret, k.config.API)
	if err != nil {
		return nil, new(wire.Answer).Failed(provider.MerchantSetup, "CREDENTIALS", err)
	}
	client.SetHTTPClient(k.web)
	got := new(wire.Answer)
	token, err := client.GetAccessToken(wire.Keep(ctx, got))
	if err != nil || got.Cut != nil || token.Token == "" {
		return nil, judgeToken(got, err)
	}
	// Set like this it has no end for the library, which leaves renewal to us.
	client.SetAccessToken(token.Token)
	life := time.Duration(max(tokenShortest, min(tokenLongest, token.ExpiresIn))) * time.Second
	return &bearer{
		client: client, until: k.config.Now().Add(life - tokenMargin),
		credentials: as, account: k.account(as),
	}, nil
}
