package wire

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// ask sends one request for a path of the server and gives back what was kept of the answer.
func ask(t *testing.T, serve http.HandlerFunc, limit int) (*Answer, error) {
	t.Helper()
	server := httptest.NewServer(serve)
	t.Cleanup(server.Close)
	got := &Answer{Limit: limit}
	req, err := http.NewRequestWithContext(Keep(t.Context(), got), http.MethodGet, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := Client(http.DefaultTransport, "Call-Id").Do(req)
	if err == nil {
		resp.Body.Close()
	}
	return got, err
}

func TestAnswerIsKept(t *testing.T) {
	got, err := ask(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Call-Id", "c-1")
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, `{"name": "Zo`+"\xeb"+`"}`)
	}, 0)
	var body struct {
		Name string `json:"name"`
	}
	if err != nil || !got.Good() || got.Status != http.StatusCreated || got.Trace != "c-1" || got.Read(&body) != nil || !strings.HasPrefix(body.Name, "Zo") {
		t.Errorf("%+v, %v", got, err)
	}
	if (&Answer{Body: []byte(`{"name": "paid", "name": "unpaid"}`)}).Read(&body) == nil {
		t.Error("of two names that differ one was believed")
	}
}

// TestAnswerIsCut: neither half an answer nor one that is too large is taken for whole.
func TestAnswerIsCut(t *testing.T) {
	short := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, "{")
	}
	large := func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, strings.Repeat(" ", 65)) }
	for name, serve := range map[string]http.HandlerFunc{"short": short, "large": large} {
		got, _ := ask(t, serve, 64)
		err := FailureOf(got.Judge(nil, func() error { return nil }))
		if got.Good() || len(got.Body) > 65 || err == nil || err.Class != provider.Look || err.Code != "CUT_ANSWER" {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// TestNobodyKeepsIt: a request without a place for its answer has one all the same.
func TestNobodyKeepsIt(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	resp, err := Client(http.DefaultTransport, "").Get(server.URL)
	if err != nil || resp.StatusCode != http.StatusNotFound {
		t.Errorf("%v, %v", resp, err)
	}
}

func TestRedirectIsAnAnswer(t *testing.T) {
	got, err := ask(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	}, 0)
	if err != nil || got.Status != http.StatusTemporaryRedirect {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestJudge: sure is only what is proved.
func TestJudge(t *testing.T) {
	refusal := errors.New("read by the provider")
	for _, tt := range []struct {
		got   Answer
		err   error
		class provider.Class
		code  string
	}{
		{Answer{}, &net.OpError{Op: "dial", Err: errors.New("refused")}, provider.Retry, "NOT_SENT"},
		{Answer{}, &net.OpError{Op: "read", Err: errors.New("reset")}, provider.Look, "NO_ANSWER"},
		{Answer{}, context.DeadlineExceeded, provider.Look, "NO_ANSWER"},
		{Answer{Status: 302}, nil, provider.Look, "HTTP_302"},
		{Answer{Status: 503}, nil, provider.Look, "HTTP_503"},
	} {
		e := FailureOf(tt.got.Judge(tt.err, func() error { return refusal }))
		if e == nil || e.Class != tt.class || e.Code != tt.code || e.Status != tt.got.Status {
			t.Errorf("%+v: %v", tt.got, e)
		}
	}
	if err := (&Answer{Status: 409}).Judge(nil, func() error { return refusal }); err != refusal {
		t.Errorf("409: %v", err)
	}
}

func TestRetryAfterIsBelievedForAnHour(t *testing.T) {
	for text, want := range map[string]time.Duration{"": 0, "7": 7 * time.Second, "3600": time.Hour, "3601": 0, "-1": 0, "Sun, 22 Nov 2026 08:00:00 GMT": 0} {
		a := Answer{Header: http.Header{"Retry-After": {text}}}
		if got := a.Failed(provider.Retry, "X", nil).RetryAfter; got != want {
			t.Errorf("%q: %s", text, got)
		}
	}
}

func TestDoubtfulProvesNothing(t *testing.T) {
	declined := &provider.Error{Class: provider.Declined, Code: "X"}
	if e := FailureOf(Doubtful(declined)); e.Class != provider.Look || e.Code != "X" || declined.Class != provider.Declined {
		t.Errorf("%+v of %+v", e, declined)
	}
	other := errors.New("other")
	if Doubtful(other) != other {
		t.Error("another error was changed")
	}
}

// TestTurnAsksOnce: all who come while one asks use what it was told.
func TestTurnAsksOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turn, asked := NewTurn[int](), 0
		usable := func() (*int, error) { return turn.Kept(), nil }
		ask := func() (*int, error) {
			asked++
			time.Sleep(time.Second)
			return &asked, nil
		}
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if got, err := turn.Get(t.Context(), "LATE", usable, ask); err != nil || *got != 1 {
					t.Errorf("%v", err)
				}
			})
		}
		all.Wait()
		turn.Drop()
		if got, err := turn.Get(t.Context(), "LATE", usable, ask); err != nil || *got != 2 {
			t.Errorf("%v", err)
		}
	})
}

// TestTurnEndsWithItsContext: whoever waits for a question that hangs waits no longer than
// its own time, and whose time is over does not begin.
func TestTurnEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turn, end := NewTurn[int](), make(chan struct{})
		usable := func() (*int, error) { return turn.Kept(), nil }
		go turn.Get(t.Context(), "LATE", usable, func() (*int, error) { <-end; return nil, errors.New("nothing") })
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for range 2 {
			_, err := turn.Get(ctx, "LATE", usable, func() (*int, error) { t.Error("two ask"); return nil, nil })
			if e := FailureOf(err); e == nil || e.Class != provider.Retry || e.Code != "LATE" {
				t.Errorf("%v", err)
			}
		}
		close(end)
	})
}

func TestOrigin(t *testing.T) {
	for _, good := range []string{"https://api.example", "https://api.example:8443", "http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1"} {
		if _, err := Origin("API", good, "x"); err != nil {
			t.Error(err)
		}
	}
	for _, bad := range []string{"", "https://", "api.example", "http://api.example", "https://api.example/", "https://me@api.example", "https://api.example?x", "ftp://127.0.0.1", "http://127.0.0.1.example"} {
		if _, err := Origin("API", bad, "https://like.this"); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
