package stripe

import (
	"context"
	"net/http"
	"time"

	api "github.com/stripe/stripe-go/v85"

	"github.com/serverless-checkout/serverless-checkout/shared/provider/wire"
)

const (
	// callTimeout bounds one call where the context does not. The library's own is
	// 80 seconds, and API Gateway waits for 30.
	callTimeout = 12 * time.Second

	// answerCap is the largest answer we read, in bytes. A page of a hundred balance
	// transactions with their charges is some 600 KB.
	answerCap = 4 << 20
)

// caller makes one call and keeps what came back for failure.go to judge.
type caller struct {
	config  Config
	backend api.Backend
	timeout time.Duration
	owner   *wire.Turn[owner]
}

func newCaller(c Config) *caller {
	return &caller{
		config: c, timeout: callTimeout, owner: wire.NewTurn[owner](),
		backend: api.NewBackendsWithConfig(&api.BackendConfig{
			URL: api.String(c.API), HTTPClient: wire.Client(c.Transport, "Request-Id"), MaxNetworkRetries: api.Int64(0),
			EnableTelemetry: api.Bool(false), LeveledLogger: silence{},
		}).API,
	}
}

// silence keeps the library from writing answers, and with them buyers' names, to
// the log.
type silence struct{}

func (silence) Debugf(string, ...any) {}
func (silence) Infof(string, ...any)  {}
func (silence) Warnf(string, ...any)  {}
func (silence) Errorf(string, ...any) {}

// call makes one call and gives back a 2xx answer. key is the Idempotency-Key of a
// POST. A refused secret key is looked up anew, and with a newer one the call is made
// again: Stripe does nothing with a call it cannot authenticate. Errors are
// *provider.Error; the answer beside one says only whose it is.
func (k *caller) call(ctx context.Context, method, path, key string, params api.ParamsContainer) (*wire.Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, k.timeout)
	defer cancel()
	var refused *owner
	for {
		as, err := k.identified(ctx, refused)
		if err != nil {
			return new(wire.Answer), err
		}
		got, err := k.send(ctx, as.credentials, method, path, key, params)
		got.Account = as.account
		if got.Status == http.StatusUnauthorized && refused == nil {
			refused = as
			continue
		}
		if err != nil || !got.Good() {
			return got, judge(got, err)
		}
		return got, nil
	}
}

// send sends one call, whatever comes of it.
func (k *caller) send(ctx context.Context, as Credentials, method, path, key string, params api.ParamsContainer) (*wire.Answer, error) {
	got := &wire.Answer{Asked: k.now(), Limit: answerCap}
	own := params.GetParams()
	own.Context = wire.Keep(ctx, got)
	if key != "" {
		own.IdempotencyKey = api.String(key)
	}
	err := k.backend.Call(method, path, as.Key, params, &unread{})
	if got.Status != 0 {
		err = nil // the answer itself is judged; the library's text may quote it
	}
	return got, err
}

func (k *caller) now() time.Time { return k.config.Now().UTC().Truncate(time.Second) }

// unread is where the library puts an answer that we read ourselves.
type unread struct{ api.APIResource }

func (*unread) UnmarshalJSON([]byte) error { return nil }
