package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/clock"
)

var november = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

// answering is an API that answers each request in turn, and notes the paths.
func answering(paths *[]string, answers ...*http.Response) merchantAPI {
	return merchantAPI{clock: clock.At(november), send: func(_ context.Context, method, path, _ string, _ map[string]string) (*http.Response, error) {
		*paths = append(*paths, method+" "+path)
		if len(answers) == 0 {
			return nil, errors.New("asked once too often")
		}
		next := answers[0]
		answers = answers[1:]
		return next, nil
	}}
}

func answer(status int, body string, header ...string) *http.Response {
	a := &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
	for i := 0; i+1 < len(header); i += 2 {
		a.Header.Add(header[i], header[i+1])
	}
	return a
}

// All pages are read, the figures once, and no more payments than a page can show.
func TestReadReportPageByPage(t *testing.T) {
	page := func(payments int, next string) *http.Response {
		list := strings.TrimSuffix(strings.Repeat(`{"id":"P"},`, payments), ",")
		return answer(http.StatusOK, fmt.Sprintf(`{"accounts":[{"provider":"paypal"}],"payments":[%s],"next":%q}`, list, next))
	}
	for name, c := range map[string]struct {
		pages    []*http.Response
		asked    string
		payments int
		more     bool
	}{
		"one page":    {[]*http.Response{page(3, "")}, "", 3, false},
		"three pages": {[]*http.Response{page(100, "a&b"), page(0, "c"), page(7, "")}, "cursor=a%26b cursor=c", 107, false},
		"too many":    {[]*http.Response{page(999, "a"), page(100, "b")}, "cursor=a", 1099, true},
	} {
		var paths []string
		r, err := readReport(t.Context(), answering(&paths, c.pages...), "2026-11-01", "2026-12-01", november)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var cursors []string
		for _, p := range paths {
			u, _ := url.Parse(strings.TrimPrefix(p, "GET "))
			if u.Path != "/merchant/settlements" || u.Query().Get("from") != "2026-11-01" || u.Query().Get("to") != "2026-12-01" {
				t.Errorf("%s: asked %s", name, p)
			}
			if u.Query().Has("cursor") {
				cursors = append(cursors, url.Values{"cursor": u.Query()["cursor"]}.Encode())
			}
		}
		if len(r.Payments) != c.payments || r.More != c.more || len(r.Accounts) != 1 || strings.Join(cursors, " ") != c.asked {
			t.Errorf("%s: %d payments, more %t, %d accounts, asked with %q", name, len(r.Payments), r.More, len(r.Accounts), cursors)
		}
	}
}

func TestReadReportRefused(t *testing.T) {
	for name, c := range map[string]struct {
		answer *http.Response
		says   string
	}{
		"a problem":             {answer(http.StatusBadRequest, `{"title":"Not a day","detail":"Write it like 2026-11-21.","status":400}`), "Write it like 2026-11-21."},
		"a problem in no words": {answer(http.StatusInternalServerError, `{"title":"Internal error"}`), "the API answered 500 Internal error"},
		"the gateway's":         {answer(http.StatusForbidden, `{"message":"Forbidden"}`), "the API answered 403 Forbidden"},
		"no problem at all":     {answer(http.StatusBadGateway, "gone\n"), "the API answered 502 gone"},
		"no JSON":               {answer(http.StatusOK, "<html>"), "/merchant/settlements?"},
		"an amount that is none": {answer(http.StatusOK, `{"accounts":[{"currencies":[{"captured":{"currency":"EUR","minor":100,"value":"100"}}]}]}`),
			"is no amount"},
	} {
		var paths []string
		if _, err := readReport(t.Context(), answering(&paths, c.answer), "x", "y", november); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}

// An export is every page in its order; one that breaks off is an error and no file.
func TestExport(t *testing.T) {
	next := func(cursor string) string {
		return `<https://api.example/merchant/entries?cursor=` + cursor + `>; rel="next"`
	}
	var paths []string
	var out bytes.Buffer
	err := exportEntries(t.Context(), answering(&paths, answer(http.StatusOK, "1\n2\n", "Link", next("a")), answer(http.StatusOK, "", "Link", next("b")), answer(http.StatusOK, "3\n")),
		"2026-11-01", "2026-12-01", &out)
	if err != nil || out.String() != "1\n2\n3\n" {
		t.Errorf("%q, %v", &out, err)
	}
	want := "GET /merchant/entries?from=2026-11-01&to=2026-12-01, GET /merchant/entries?cursor=a, GET /merchant/entries?cursor=b"
	if got := strings.Join(paths, ", "); got != want {
		t.Errorf("asked %s", got)
	}
	file := filepath.Join(t.TempDir(), "entries.jsonl")
	broken := answering(&paths, answer(http.StatusOK, "1\n", "Link", next("a")), answer(http.StatusServiceUnavailable, `{"title":"Not available"}`))
	err = writeFile(file, func(w io.Writer) error { return exportEntries(t.Context(), broken, "2026-11-01", "2026-12-01", w) })
	if left, _ := os.ReadDir(filepath.Dir(file)); err == nil || len(left) != 0 {
		t.Errorf("%v, and %v is left", err, left)
	}
}

// The template lets few requests through: whoever reads many pages waits for a turn, and
// gives up some time.
func TestReportWaitsItsTurn(t *testing.T) {
	busy := func() *http.Response { return answer(http.StatusTooManyRequests, `{"message":"Too Many Requests"}`) }
	var paths []string
	api := answering(&paths, busy(), busy(), answer(http.StatusOK, "1\n"))
	if body, _, err := api.get(t.Context(), "/x", nil); err != nil || string(body) != "1\n" || len(paths) != 3 || api.clock.Now().Sub(november) != 2*turn {
		t.Errorf("%q, %v, asked %d times in %s", body, err, len(paths), api.clock.Now().Sub(november))
	}
	var forever []*http.Response
	for range 2 * patience {
		forever = append(forever, busy())
	}
	paths = nil
	if _, _, err := answering(&paths, forever...).get(t.Context(), "/x", nil); err == nil || err.Error() != "the API answered 429 Too Many Requests" || len(paths) != patience+1 {
		t.Errorf("%v, asked %d times", err, len(paths))
	}
}

func TestMonthSoFar(t *testing.T) {
	for at, want := range map[string]string{
		"2026-11-01T00:00:00Z": "2026-11-01 2026-11-02", "2026-11-30T23:59:59Z": "2026-11-01 2026-12-01",
		"2026-12-01T00:30:00+01:00": "2026-11-01 2026-12-01", "2028-02-29T12:00:00Z": "2028-02-01 2028-03-01",
	} {
		now, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if from, to := monthSoFar(now); from+" "+to != want {
			t.Errorf("%s: %s %s, want %s", at, from, to, want)
		}
	}
	if dayAfter("2026-12-31") != "2027-01-01" || dayAfter("soon") != "soon" {
		t.Error("the day after")
	}
}
