package stripe

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	api "github.com/stripe/stripe-go/v85"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// owner is whose a key is. A key does not say so itself, and a new one may be of the
// same account or of another; so it is asked for once for each key.
type owner struct {
	credentials Credentials
	account     string // a digest of the host, the account's id and the mode
}

// identified is the owner of the key in force, which is not the refused one. One
// caller asks while the others wait, none longer than its own context lasts.
func (k *caller) identified(ctx context.Context, refused *owner) (*owner, error) {
	held, _, err := k.known(ctx, refused)
	if held != nil || err != nil {
		return held, err
	}
	if err := ctx.Err(); err != nil {
		// Of two ready cases the select below takes either: what begins after its time
		// must not hang on that.
		return nil, failedAs(provider.Retry, "NO_ACCOUNT", &answer{}, err)
	}
	select {
	case k.turn <- struct{}{}:
		defer func() { <-k.turn }()
	case <-ctx.Done():
		return nil, failedAs(provider.Retry, "NO_ACCOUNT", &answer{}, ctx.Err())
	}
	held, as, err := k.known(ctx, refused)
	if held != nil || err != nil {
		return held, err // asked for by whose turn it was before
	}
	fetched, err := k.fetchOwner(ctx, as, refused)
	if err != nil {
		return nil, err
	}
	k.held.Store(fetched)
	return fetched, nil
}

// known is the owner that is held, or nil where it is not that of the key in force,
// and the credentials.
func (k *caller) known(ctx context.Context, refused *owner) (*owner, Credentials, error) {
	as, err := k.config.Credentials(ctx, Credentials{})
	if err != nil {
		return nil, as, failedAs(provider.Retry, "NO_CREDENTIALS", &answer{}, err)
	}
	held := k.held.Load()
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
			return &owner{as, got.account}, nil
		}
		if got.status != http.StatusUnauthorized {
			return nil, beforehand(err)
		}
	}
	newer, err := k.config.Credentials(ctx, as)
	if err != nil || newer.Key == as.Key {
		return nil, failedAs(provider.MerchantSetup, "KEY_REFUSED", &answer{status: http.StatusUnauthorized}, err)
	}
	got, err := k.askAccount(ctx, newer)
	if err != nil {
		return nil, beforehand(err)
	}
	return &owner{newer, got.account}, nil
}

// control asks for the account with the key in force, whoever is held.
func (k *caller) control(ctx context.Context) (*answer, error) {
	as, err := k.config.Credentials(ctx, Credentials{})
	if err != nil {
		return &answer{}, failedAs(provider.Look, "NO_CREDENTIALS", &answer{}, err)
	}
	ctx, cancel := context.WithTimeout(ctx, k.timeout)
	defer cancel()
	return k.askAccount(ctx, as)
}

// askAccount asks whose a key is (GET /v1/account) and notes it on the answer.
func (k *caller) askAccount(ctx context.Context, as Credentials) (*answer, error) {
	got, err := k.send(ctx, as, http.MethodGet, "/v1/account", "", &api.AccountRetrieveParams{})
	if err != nil || got.cut != nil || got.status/100 != 2 {
		return got, judge(got, err)
	}
	var body struct {
		ID     string `json:"id"`
		Object string `json:"object"`
	}
	if read(got, &body) != nil || body.Object != "account" || !objectID.MatchString(body.ID) {
		return got, unreadable(got, "NOT_AN_ACCOUNT", nil)
	}
	got.account = accountOf(k.config.API, body.ID, as.Key)
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
	if e := asFailure(err); e != nil && !e.Class.Definite() {
		sure := *e
		sure.Class = provider.Retry
		return &sure
	}
	return err
}
