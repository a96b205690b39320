package paypal

import (
	"context"
	"time"

	plutov "github.com/plutov/paypal/v4"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
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

// bearer is a client with a token in it, and until when the token is used.
type bearer struct {
	client *plutov.Client
	until  time.Time
}

// authorized is a client with a token that is good and is not the refused one.
// One caller fetches a new token while the others wait, none longer than its own
// context lasts: a fetch that hangs costs everybody their deadline and no more.
//
// The library would fetch by itself, but under a lock that holds all callers as
// long as one of them hangs, and it panics on a 2xx answer without a token.
func (k *caller) authorized(ctx context.Context, refused *bearer) (*bearer, error) {
	if held := k.held.Load(); k.good(held, refused) {
		return held, nil
	}
	select {
	case k.turn <- struct{}{}:
		defer func() { <-k.turn }()
	case <-ctx.Done():
		return nil, failedAs(provider.Retry, "NO_TOKEN", &answer{}, ctx.Err())
	}
	if held := k.held.Load(); k.good(held, refused) {
		return held, nil // fetched by whose turn it was before
	}
	fetched, err := k.fetchToken(ctx)
	if err != nil {
		return nil, err
	}
	k.held.Store(fetched)
	return fetched, nil
}

func (k *caller) good(held, refused *bearer) bool {
	return held != nil && held != refused && k.config.Now().Before(held.until)
}

// fetchToken makes a client with a token of its own (POST /v1/oauth2/token).
func (k *caller) fetchToken(ctx context.Context) (*bearer, error) {
	client, err := plutov.NewClient(k.config.ClientID, k.config.Secret, k.config.API)
	if err != nil {
		return nil, failedAs(provider.MerchantSetup, "CREDENTIALS", &answer{}, err)
	}
	client.SetHTTPClient(k.web)
	got := &answer{}
	token, err := client.GetAccessToken(context.WithValue(ctx, answerKey{}, got))
	if err != nil || got.cut != nil || token.Token == "" {
		return nil, judgeToken(got, err)
	}
	// Set like this it has no end for the library, which leaves renewal to us.
	client.SetAccessToken(token.Token)
	life := time.Duration(max(tokenShortest, min(tokenLongest, token.ExpiresIn))) * time.Second
	return &bearer{client: client, until: k.config.Now().Add(life - tokenMargin)}, nil
}
