package stripe

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	api "github.com/stripe/stripe-go/v85"
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
	held    atomic.Pointer[owner]
	turn    chan struct{} // held by the one caller that asks whose the key is
}

// answer is what came back over the wire, kept by the transport because the library
// turns it into its own types: status, headers and the head of the body.
type answer struct {
	asked   time.Time
	account string // whose key it was asked with; see owner
	status  int
	header  http.Header
	body    []byte
	cut     error // the body could not be read to its end
}

func newCaller(c Config) *caller {
	web := &http.Client{
		Transport: recorder{c.Transport},
		// A redirect would carry the key and the body elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return &caller{
		config: c, timeout: callTimeout, turn: make(chan struct{}, 1),
		backend: api.NewBackendsWithConfig(&api.BackendConfig{
			URL: api.String(c.API), HTTPClient: web, MaxNetworkRetries: api.Int64(0),
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
func (k *caller) call(ctx context.Context, method, path, key string, params api.ParamsContainer) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, k.timeout)
	defer cancel()
	var refused *owner
	for {
		as, err := k.identified(ctx, refused)
		if err != nil {
			return &answer{}, err
		}
		got, err := k.send(ctx, as.credentials, method, path, key, params)
		got.account = as.account
		if got.status == http.StatusUnauthorized && refused == nil {
			refused = as
			continue
		}
		if err != nil || got.cut != nil || got.status/100 != 2 {
			return got, judge(got, err)
		}
		return got, nil
	}
}

// send sends one call, whatever comes of it.
func (k *caller) send(ctx context.Context, as Credentials, method, path, key string, params api.ParamsContainer) (*answer, error) {
	got := &answer{asked: k.now()}
	own := params.GetParams()
	own.Context = context.WithValue(ctx, answerKey{}, got)
	if key != "" {
		own.IdempotencyKey = api.String(key)
	}
	err := k.backend.Call(method, path, as.Key, params, &unread{})
	if got.status != 0 {
		err = nil // the answer itself is judged; the library's text may quote it
	}
	return got, err
}

func (k *caller) now() time.Time { return k.config.Now().UTC().Truncate(time.Second) }

// unread is where the library puts an answer that we read ourselves.
type unread struct{ api.APIResource }

func (*unread) UnmarshalJSON([]byte) error { return nil }

type answerKey struct{}

// recorder is the transport under the library: it reads every answer to its end
// (else each one costs a new connection), within a limit, and keeps it.
type recorder struct{ next http.RoundTripper }

func (r recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := r.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusSwitchingProtocols {
		// Its body is the bare connection, which outlives every deadline.
		return nil, errors.New("stripe: the server wants another protocol")
	}
	got, _ := req.Context().Value(answerKey{}).(*answer)
	got.status, got.header = resp.StatusCode, resp.Header
	got.body, got.cut = io.ReadAll(io.LimitReader(resp.Body, answerCap+1))
	if len(got.body) > answerCap {
		got.cut = errors.New("answer too large")
	}
	resp.Body = io.NopCloser(bytes.NewReader(got.body))
	return resp, nil
}
