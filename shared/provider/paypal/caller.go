package paypal

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

const (
	// callTimeout bounds one call where the context does not, token and the one
	// repetition included.
	callTimeout = 12 * time.Second

	// answerCap is the largest answer we read, in bytes. A large order is some
	// 20 KB.
	answerCap = 1 << 20
)

// caller makes one call and keeps what came back for failure.go to judge.
type caller struct {
	config  Config
	host    string // of the API
	web     *http.Client
	timeout time.Duration
	held    atomic.Pointer[bearer]
	turn    chan struct{} // held by the one caller that fetches a token
}

// answer is what came back over the wire, kept by the transport because the
// client loses it: status, headers and the head of the body.
type answer struct {
	asked   time.Time
	account string // whose token it was asked with; see bearer
	limit   int    // the most that is read, in bytes; answerCap where it is 0
	status  int
	header  http.Header
	body    []byte
	cut     error // the body could not be read to its end
}

func newCaller(c Config, host string) *caller {
	return &caller{
		config:  c,
		host:    host,
		timeout: callTimeout,
		turn:    make(chan struct{}, 1),
		web: &http.Client{
			Transport: recorder{c.Transport},
			// A redirect would carry the bearer token and the body elsewhere.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// call sends body (nil for none) and gives back a 2xx answer. A refused token is
// dropped once and the call made again: PayPal does nothing with a call it
// cannot authenticate. Errors are *provider.Error; the answer beside one says
// only whose it is.
func (k *caller) call(ctx context.Context, method, path, requestID string, body []byte) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, k.timeout)
	defer cancel()
	var refused *bearer
	for {
		as, err := k.authorized(ctx, refused)
		if err != nil {
			return &answer{}, err
		}
		got, err := k.send(ctx, as, method, path, requestID, body)
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

func (k *caller) send(ctx context.Context, as *bearer, method, path, requestID string, body []byte) (*answer, error) {
	got := &answer{asked: k.now(), account: as.account}
	ctx = context.WithValue(ctx, answerKey{}, got)
	var content io.Reader
	if body != nil {
		content = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, k.config.API+path, content)
	if err != nil {
		return got, err
	}
	if requestID != "" {
		req.Header.Set("PayPal-Request-Id", requestID)
		// The calls that take the one take the other, and no call else. Without it
		// the answer omits amounts and purchase units.
		req.Header.Set("Prefer", "return=representation")
	}
	err = as.client.SendWithAuth(req, nil)
	if got.status != 0 {
		err = nil // the answer itself is judged
	}
	return got, err
}

func (k *caller) now() time.Time { return k.config.Now().UTC().Truncate(time.Second) }

type answerKey struct{}

// recorder is the transport under the library: it reads every answer to its end
// (else each one costs a new connection), within a limit, and keeps what the
// library would lose.
type recorder struct{ next http.RoundTripper }

func (r recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := r.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusSwitchingProtocols {
		// Its body is the bare connection, which outlives every deadline.
		return nil, errors.New("paypal: the server wants another protocol")
	}
	got, _ := req.Context().Value(answerKey{}).(*answer)
	got.status, got.header = resp.StatusCode, resp.Header
	limit := cmp.Or(got.limit, answerCap)
	got.body, got.cut = io.ReadAll(io.LimitReader(resp.Body, int64(limit)+1))
	if len(got.body) > limit {
		got.cut = errors.New("answer too large")
	}
	resp.Body = io.NopCloser(bytes.NewReader(got.body))
	if got.cut != nil {
		resp.Body = http.NoBody // half an answer is none: the library need not read a megabyte of it
	}
	return resp, nil
}
