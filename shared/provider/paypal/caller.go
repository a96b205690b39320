package paypal

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/provider/wire"
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
	token   *wire.Turn[bearer]
}

func newCaller(c Config, host string) *caller {
	return &caller{
		config:  c,
		host:    host,
		timeout: callTimeout,
		token:   wire.NewTurn[bearer](),
		web:     wire.Client(c.Transport, "Paypal-Debug-Id"),
	}
}

// call sends body (nil for none) and gives back a 2xx answer. A refused token is
// dropped once and the call made again: PayPal does nothing with a call it
// cannot authenticate. Errors are *provider.Error; the answer beside one says
// only whose it is.
func (k *caller) call(ctx context.Context, method, path, requestID string, body []byte) (*wire.Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, k.timeout)
	defer cancel()
	var refused *bearer
	for {
		as, err := k.authorized(ctx, refused)
		if err != nil {
			return new(wire.Answer), err
		}
		got, err := k.send(ctx, as, method, path, requestID, body)
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

func (k *caller) send(ctx context.Context, as *bearer, method, path, requestID string, body []byte) (*wire.Answer, error) {
	got := &wire.Answer{Asked: k.now(), Account: as.account, Limit: answerCap}
	ctx = wire.Keep(ctx, got)
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
	if got.Status != 0 {
		err = nil // the answer itself is judged
	}
	return got, err
}

func (k *caller) now() time.Time { return k.config.Now().UTC().Truncate(time.Second) }
