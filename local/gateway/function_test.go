package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/google/go-cmp/cmp"
)

type (
	request  = events.APIGatewayV2HTTPRequest
	response = events.APIGatewayV2HTTPResponse
)

func TestAnswer(t *testing.T) {
	b := setup(t).answering(response{
		StatusCode: 201,
		Headers: map[string]string{
			"content-type": "application/json", "location": "/things/1",
			"content-length": "99", "connection": "close", "apigw-requestid": "forged",
		},
		MultiValueHeaders: map[string][]string{"X-Many": {"not", "in 2.0"}},
		Cookies:           []string{"a=1; HttpOnly", "b=2"},
		Body:              "eyJhIjoxfQ==", IsBase64Encoded: true,
	})
	w := b.send("POST", "/things", "")
	want := http.Header{
		"Content-Type": {"application/json"}, "Location": {"/things/1"},
		"Set-Cookie": {"a=1; HttpOnly", "b=2"}, "Apigw-Requestid": {"id="},
	}
	if diff := cmp.Diff(want, w.Header()); diff != "" {
		t.Error(diff)
	}
	if w.Code != 201 || w.Body.String() != `{"a":1}` {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

// TestAnswerWithoutType is never sniffed, and one without a body gets none.
func TestAnswerWithoutType(t *testing.T) {
	for status, want := range map[int]string{200: "text/plain; charset=utf-8", 204: "", 304: ""} {
		w := setup(t).answering(response{StatusCode: status, Body: "<html>"}).send("POST", "/things", "")
		if got := w.Header().Get("Content-Type"); got != want || w.Code != status || (want == "") != (w.Body.Len() == 0) {
			t.Errorf("%d: got %d %q %q", status, w.Code, got, w.Body)
		}
	}
}

// TestFailures: whatever goes wrong inside a function, its caller hears 500 and
// no reason; the log hears it.
func TestFailures(t *testing.T) {
	secret := "inner text"
	for name, answer := range map[string]Function{
		"an error":       func(context.Context, request) (response, error) { return response{StatusCode: 200}, errors.New(secret) },
		"a panic":        func(context.Context, request) (response, error) { panic(secret) },
		"no status":      giving(response{Body: secret}),
		"status 99":      giving(response{StatusCode: 99}),
		"status 100":     giving(response{StatusCode: 100}),
		"status 600":     giving(response{StatusCode: 600}),
		"bad base64":     giving(response{StatusCode: 200, Body: "!", IsBase64Encoded: true}),
		"line in header": giving(response{StatusCode: 200, Headers: map[string]string{"x": "a\r\nset-cookie: b"}}),
		"bad header":     giving(response{StatusCode: 200, Headers: map[string]string{"x y": "a"}}),
		"empty header":   giving(response{StatusCode: 200, Headers: map[string]string{"": "a"}}),
		"line in cookie": giving(response{StatusCode: 200, Cookies: []string{"a\nb"}}),
		"too much":       giving(response{StatusCode: 200, Body: strings.Repeat("a", payloadLimit)}),
		"no end":         func(context.Context, request) (response, error) { runtime.Goexit(); return response{}, nil },
	} {
		var log bytes.Buffer
		b := setup(t, WithLog(slog.New(slog.NewTextHandler(&log, nil))))
		b.answer = answer
		w := b.send("POST", "/things", "")
		b.asked = nil
		b.refused(t, w, 500, "Internal Server Error")
		if strings.Contains(w.Body.String(), secret) {
			t.Errorf("%s: the caller heard %s", name, w.Body)
		}
		if name == "no end" && !strings.Contains(log.String(), errVanished.Error()) {
			t.Errorf("%s: the log says %q", name, log.String())
		}
		if got := log.String(); !strings.Contains(got, "function=Public") || !strings.Contains(got, "requestId=\"id=\"") {
			t.Errorf("%s: the log says %q", name, got)
		}
	}
}

func giving(a response) Function {
	return func(context.Context, request) (response, error) { return a, nil }
}

// TestTimeouts: the function's own comes from the template; the gateway's cut
// only counts when that is longer. Time is the bubble's.
func TestTimeouts(t *testing.T) {
	for _, c := range []struct {
		name            string
		timeout, takes  time.Duration
		heedsContext    bool
		status          int
		after           time.Duration
		functionGoesOn  bool
		contextDeadline time.Duration
	}{
		{"in time", 7 * time.Second, 6 * time.Second, false, 200, 6 * time.Second, false, 7 * time.Second},
		{"over", 7 * time.Second, time.Minute, false, 500, 7 * time.Second, true, 7 * time.Second},
		{"over, and heeds the end", 7 * time.Second, time.Minute, true, 500, 7 * time.Second, false, 7 * time.Second},
		{"the gateway first", time.Minute, 40 * time.Second, false, 503, 30 * time.Second, true, time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := setup(t)
				template := b.Handler.(*gateway).template
				template.Functions["Public"] = Declaration{Timeout: c.timeout}
				var ended atomic.Bool
				start := time.Now()
				b.answer = func(ctx context.Context, _ request) (response, error) {
					if deadline, ok := ctx.Deadline(); !ok || deadline.Sub(start) != c.contextDeadline {
						t.Errorf("deadline %v, %v", deadline.Sub(start), ok)
					}
					if c.heedsContext {
						<-ctx.Done()
					} else {
						time.Sleep(c.takes)
					}
					ended.Store(true)
					return response{StatusCode: 200}, nil
				}
				w := b.send("POST", "/things", "")
				if w.Code != c.status || time.Since(start) != c.after {
					t.Errorf("got %d after %v", w.Code, time.Since(start))
				}
				if c.heedsContext {
					synctest.Wait()
				}
				if ended.Load() == c.functionGoesOn {
					t.Errorf("the function goes on: %v", !ended.Load())
				}
				time.Sleep(2 * time.Minute) // let it end inside the bubble
			})
		})
	}
}

// TestTooLateIsTooLate: an answer that came with the deadline is none; Lambda
// would have killed the function.
func TestTooLateIsTooLate(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), -time.Second)
	defer cancel()
	if o := run(ctx, giving(response{StatusCode: 200}), []byte("{}")); !errors.Is(o.err, errTimedOut) {
		t.Errorf("got %+v", o)
	}
}

// TestCallerGone: a purchase goes on when the tab is closed.
func TestCallerGone(t *testing.T) {
	b := setup(t)
	ctx, leave := context.WithCancel(t.Context())
	var inside error
	b.answer = func(ctx context.Context, _ request) (response, error) {
		leave()
		inside = ctx.Err()
		return response{StatusCode: 200}, nil
	}
	b.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "/things", nil).WithContext(ctx))
	if inside != nil {
		t.Errorf("the function's context ended with its caller: %v", inside)
	}
}

// TestOnlyJSONPasses: no value of the server's context, and no shared map,
// reaches a function.
func TestOnlyJSONPasses(t *testing.T) {
	b := setup(t)
	type key struct{}
	b.answer = func(ctx context.Context, e request) (response, error) {
		if ctx.Value(key{}) != nil {
			t.Error("a context value came through")
		}
		if l, ok := lambdacontext.FromContext(ctx); !ok || l.AwsRequestID != "id=" {
			t.Errorf("lambda context: %+v", l)
		}
		text, err := json.Marshal(e)
		if err != nil {
			t.Error(err)
		}
		var again request
		if err := json.Unmarshal(text, &again); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(e, again); diff != "" {
			t.Error(diff)
		}
		return response{StatusCode: 200}, nil
	}
	r := httptest.NewRequest("GET", "/things/%ff?a=%ff", nil)
	b.ServeHTTP(httptest.NewRecorder(), r.WithContext(context.WithValue(r.Context(), key{}, 1)))
	b.last(t)
}
