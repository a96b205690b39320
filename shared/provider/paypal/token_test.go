package paypal

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// TestGap14TokenRefused: one 401 costs one new token, and the call
// is made again under the same request id.
func TestGap14TokenRefused(t *testing.T) {
	s, p := newServer(t, answers{captureCall: inTurn(reply(401, issuesBody("AUTHENTICATION_FAILURE")), reply(201, testdata(t, "captured.json")))})
	if _, err := capture(t, p); err != nil {
		t.Fatal(err)
	}
	s.want(t, tokenCall, 2)
	calls := s.to(captureCall)
	if len(calls) != 2 {
		t.Fatalf("%d captures sent", len(calls))
	}
	for i, call := range calls {
		if id := call.header.Get("PayPal-Request-Id"); id != testCapture || call.body != "{}" {
			t.Errorf("capture %d sent %q with id %q", i, call.body, id)
		}
		if want := fmt.Sprintf("Bearer %s-%d", testToken, i+1); call.header.Get("Authorization") != want {
			t.Errorf("capture %d with %q, want %q", i, call.header.Get("Authorization"), want)
		}
	}
	// The new token stays.
	if _, err := capture(t, p); err != nil {
		t.Fatal(err)
	}
	s.want(t, tokenCall, 2)
}

func TestTokenRefusedTwice(t *testing.T) {
	s, p := newServer(t, answers{captureCall: reply(401, issuesBody("AUTHENTICATION_FAILURE"))})
	_, err := capture(t, p)
	wantClass(t, err, provider.MerchantSetup)
	s.want(t, captureCall, 2)
	s.want(t, tokenCall, 2)
}

// TestTokenNotGiven: without a token the call was never sent, whatever the
// token endpoint did, so the class is definite.
func TestTokenNotGiven(t *testing.T) {
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		class  provider.Class
	}{
		"400":             {reply(400, `{"error":"unsupported_grant_type"}`), provider.MerchantSetup},
		"401":             {reply(401, `{"error":"invalid_client","error_description":"Client Authentication failed"}`), provider.MerchantSetup},
		"403":             {reply(403, ``), provider.MerchantSetup},
		"429":             {reply(429, `{}`), provider.Retry},
		"500":             {reply(500, `{}`), provider.Retry},
		"502 HTML":        {reply(502, testdata(t, "bad_gateway.html")), provider.Retry},
		"200 HTML":        {reply(200, "<html>"), provider.Retry},
		"empty":           {reply(200, ""), provider.Retry},
		"no token":        {reply(200, `{}`), provider.Retry},
		"null":            {reply(200, `null`), provider.Retry},
		"token of null":   {reply(200, `{"access_token":null,"expires_in":5}`), provider.Retry},
		"token no string": {reply(200, `{"access_token":5,"expires_in":5}`), provider.Retry},
		"life no number":  {reply(200, `{"access_token":"x","expires_in":"soon"}`), provider.Retry},
		"cut":             {cut(`{"access_token":"x","expires_in":5}`), provider.Retry},
		"reset":           {reset, provider.Retry},
		"308":             {reply(308, ``), provider.Retry},
	} {
		t.Run(name, func(t *testing.T) {
			s, p := newServer(t, answers{tokenCall: inTurn(tt.answer)})
			for range 2 { // the second call finds nothing held or locked
				_, err := capture(t, p)
				wantClass(t, err, tt.class)
			}
			s.want(t, tokenCall, 2)
			s.want(t, captureCall, 0)
		})
	}
}

// TestGap13TokenHung: a fetch that hangs holds nobody longer than the
// deadline they brought, not even those who wait for it.
func TestGap13TokenHung(t *testing.T) {
	s, p := newServer(t, answers{tokenCall: hang(t)})
	p.caller.timeout = time.Hour
	hanging, giveUp := context.WithCancel(t.Context())
	var first, others sync.WaitGroup
	first.Go(func() {
		_, err := p.Look(hanging, testOrder)
		wantClass(t, err, provider.Retry)
	})
	for len(s.to(tokenCall)) == 0 {
		time.Sleep(time.Millisecond)
	}
	for range 5 {
		others.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			_, err := p.Look(ctx, testOrder)
			wantClass(t, err, provider.Retry)
		})
	}
	ends(t, others.Wait)
	giveUp()
	ends(t, first.Wait)
	s.want(t, tokenCall, 1)
}

// TestTokenWaiters: whoever waits while one fetches shares what is fetched.
func TestTokenWaiters(t *testing.T) {
	let := make(chan struct{})
	var s *server
	s, p := newServer(t, answers{
		tokenCall: func(w http.ResponseWriter, r *http.Request) { <-let; s.grant(w, r) },
		lookCall:  reply(200, testdata(t, "created.json")),
	})
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := p.Look(t.Context(), testOrder); err != nil {
				t.Error(err)
			}
		})
	}
	time.Sleep(20 * time.Millisecond)
	close(let)
	all.Wait()
	s.want(t, tokenCall, 1)
	s.want(t, lookCall, 20)
}

func TestTokenLife(t *testing.T) {
	for _, tt := range []struct {
		expires string
		after   time.Duration
		fetched int
	}{
		{"31668", 0, 1},
		{"31668", 31668*time.Second - tokenMargin - time.Second, 1},
		{"31668", 31668*time.Second - tokenMargin, 2},
		{"0", 0, 1}, // no token per call
		{"-5", 30 * time.Second, 1},
		{"-9223372036854775808", time.Hour, 2},
		{"9223372036854775807", 11 * time.Hour, 1},
		{"9223372036854775807", 12 * time.Hour, 2},
	} {
		s, p := newServer(t, answers{
			tokenCall: reply(200, `{"access_token":"x","expires_in":`+tt.expires+`}`),
			lookCall:  reply(200, testdata(t, "created.json")),
		})
		for range 2 {
			if _, err := p.Look(t.Context(), testOrder); err != nil {
				t.Fatal(err)
			}
			s.advance(tt.after)
		}
		if got := len(s.to(tokenCall)); got != tt.fetched {
			t.Errorf("expires_in %s, again after %v: %d tokens, want %d", tt.expires, tt.after, got, tt.fetched)
		}
	}
}

// TestTokenExpiresAmidCalls: 50 callers, and in their middle PayPal refuses the
// token they all hold, while the clock passes its end as well.
func TestTokenExpiresAmidCalls(t *testing.T) {
	var served atomic.Int64
	body := testdata(t, "captured.json")
	s, p := newServer(t, answers{captureCall: func(w http.ResponseWriter, r *http.Request) {
		if served.Add(1) > 100 && r.Header.Get("Authorization") == "Bearer "+testToken+"-1" {
			reply(401, issuesBody("AUTHENTICATION_FAILURE"))(w, r)
			return
		}
		reply(201, body)(w, r)
	}})
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			for range 6 {
				if _, err := capture(t, p); err != nil {
					t.Error(err)
				}
			}
			if i == 25 {
				s.advance(10 * time.Hour)
			}
		})
	}
	all.Wait()
	if got := len(s.to(tokenCall)); got < 2 || got > 3 {
		t.Errorf("%d tokens fetched, want 2 or 3: the first, one for the refusal, one for the end", got)
	}
}

// TestNoTokenAfterItsTime: a call whose time is up asks for nothing, every time and not
// every other time.
func TestNoTokenAfterItsTime(t *testing.T) {
	_, p := newServer(t, answers{})
	asked := 0
	p.caller.web.Transport = transport(func(r *http.Request) (*http.Response, error) {
		asked++
		return nil, r.Context().Err()
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 40 {
		if err := p.Warm(ctx); provider.ClassOf(err) != provider.Retry {
			t.Fatal(err)
		}
	}
	if asked != 0 {
		t.Errorf("asked %d times for a token", asked)
	}
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
