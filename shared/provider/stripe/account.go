package stripe

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	api "github.com/stripe/stripe-go/v85"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/wire"
)

// owner is whose a key is. A key does not say so itself, and a new one may be of the
// same account or of another; so it is asked for once for each key.
type owner struct {
	credentials Credentials
	account     string // a digest of the host, the account's id and the mode
}

// identified is the owner of the key in force, which is not the refused one. One
// caller asks while the others wait.
func (k *caller) identified(ctx context.Context, refused *owner) (*owner, error) {
	var as Credentials // in force
	known := func() (held *owner, err error) {
		held, as, err = k.known(ctx, refused)
		return held, err
	}
	return k.owner.Get(ctx, "NO_ACCOUNT", known, func() (*owner, error) { return k.fetchOwner(ctx, as, refused) })
}

// known is the owner that is held, or nil where it is not that of the key in force,
// and the credentials.
func (k *caller) known(ctx context.Context, refused *owner) (*owner, Credentials, error) {
	as, err := k.config.Credentials(ctx, Credentials{})
	if err != nil {
		return nil, as, new(wire.Answer).Failed(provider.Retry, "NO_CREDENTIALS", err)
	}
	held := k.owner.Kept()
	if held == nil || held == refused || held.credentials.Key != as.Key {
		return nil, as, nil
	}
	return held, as, nil
}

// fetchOwner asks whose a key is. A key that is refused, just now or in the call
// before, may have been changed since it was read; where there is no newer one the
// refusal stands.
func (k *caller) fetchOwner(ctx context.Context, as Credentials, refused *owner) (*owner, error) {
	if refused == nil || refused.credentials.Key != as.Key {
		got, err := k.askAccount(ctx, as)
		if err == nil {
			return &owner{as, got.Account}, nil
		}
		if got.Status != http.StatusUnauthorized {
			return nil, beforehand(err)
		}
	}
	newer, err := k.config.Credentials(ctx, as)
	if err != nil || newer.Key == as.Key {
		return nil, (&wire.Answer{Status: http.StatusUnauthorized}).Failed(provider.MerchantSetup, "KEY_REFUSED", err)
	}
	got, err := k.askAccount(ctx, newer)
	if err != nil {
		return nil, beforehand(err)
	}
	return &owner{newer, got.Account}, nil
}

// control asks for the account with the key in force, whoever is held.
func (k *caller) control(ctx context.Context) (*wire.Answer, error) {
	as, err := k.config.Credentials(ctx, Credentials{})
	if err != nil {
		return new(wire.Answer), new(wire.Answer).Failed(provider.Look, "NO_CREDENTIALS", err)
	}
	ctx, cancel := context.WithTimeout(ctx, k.timeout)
	defer cancel()
	return k.askAccount(ctx, as)
}

// askAccount asks whose a key is (GET /v1/account) and notes it on the answer.
func (k *caller) askAccount(ctx context.Context, as Credentials) (*wire.Answer, error) {
	got, err := k.send(ctx, as, http.MethodGet, "/v1/account", "", &api.AccountRetrieveParams{})
	if err != nil || !got.Good() {
		return got, judge(got, err)
	}
	var body struct {
		ID     string `json:"id"`
		Object string `json:"object"`
	}
	if got.Read(&body) != nil || body.Object != "account" || !objectID.MatchString(body.ID) {
		return got, got.Unreadable("NOT_AN_ACCOUNT", nil)
	}
	got.Account = accountOf(k.config.API, body.ID, as.Key)
	return got, nil
}

// accountOf names whose sessions are asked for, and in which mode: an account has
// one id in both, and a test key knows nothing of what is live.
func accountOf(host, id, key string) string {
	mode := "test"
	if strings.Contains(key, "_live_") {
		mode = "live"
	}
	digest := sha256.Sum256([]byte(host + "\n" + id + "\n" + mode))
	return hex.EncodeToString(digest[:5])
}

// beforehand is a failure of the question that comes before a call: whatever became
// of it, the call itself was never sent.
func beforehand(err error) error {
	if e := wire.FailureOf(err); e != nil && !e.Class.Definite() {
		sure := *e
		sure.Class = provider.Retry
		return &sure
	}
	return err
}
