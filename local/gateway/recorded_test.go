package gateway

import (
	"bufio"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// recording is a request that another program signed and sent.
type recording struct{ command, head, body string }

// request is the recording as a server gets it.
func (r recording) request(t *testing.T) *http.Request {
	t.Helper()
	text := strings.ReplaceAll(r.head, "\n", "\r\n") + "\r\n\r\n" + r.body
	request, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text)))
	if err != nil {
		t.Fatalf("%s: %v", r.command, err)
	}
	request.RemoteAddr = "192.0.2.1:1234"
	return request
}

// at is when it was signed.
func (r recording) at(t *testing.T) time.Time {
	t.Helper()
	at, err := time.Parse(signingForm, r.request(t).Header.Get("X-Amz-Date"))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// recordings of a file: each begins with "$ " and the command.
func recordings(t *testing.T, file string) []recording {
	t.Helper()
	text, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var all []recording
	for _, part := range strings.Split(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n$ ")[1:] {
		command, sent, _ := strings.Cut(part, "\n")
		head, body, _ := strings.Cut(sent, "\n\n")
		all = append(all, recording{command, strings.TrimSpace(head), strings.TrimSuffix(body, "\n")})
	}
	return all
}

// merchant is a gateway over the template that is deployed. Its clock stands
// where the bundle's does.
func merchant(t *testing.T) *bundle {
	t.Helper()
	source, err := ReadTemplate("../../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	template, err := source.Resolve(map[string]string{"StorefrontOrigin": shop})
	if err != nil {
		t.Fatal(err)
	}
	b := setup(t)
	functions := map[string]Function{}
	for _, route := range template.Routes {
		functions[route.Function] = b.Handler.(*gateway).functions["Public"]
	}
	b.Handler, err = New(template, functions, WithClock(func() time.Time { return b.clock }), WithCredentials(testKey, testSecret, testRegion))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestRecorded: what others sign is taken, which our own signer could not show;
// and is not when a byte of it is another.
func TestRecorded(t *testing.T) {
	for _, file := range []string{"curl.txt", "others.txt"} {
		for _, one := range recordings(t, file) {
			t.Run(one.command, func(t *testing.T) {
				b := merchant(t)
				b.clock = one.at(t)
				if w := b.serve(one.request(t)); w.Code != 200 {
					t.Fatalf("got %d %s", w.Code, w.Body)
				}
				if e := b.last(t); e.RequestContext.Authorizer == nil || e.Body != one.body {
					t.Errorf("got %+v", e)
				}
				b.clock = b.clock.Add(5*time.Minute + time.Second)
				b.refused(t, b.serve(one.request(t)), 403, "Forbidden")
				for _, wrong := range one.altered() {
					b := merchant(t) // its throttles are full
					b.clock = one.at(t)
					b.refused(t, b.serve(wrong.request(t)), 403, "Forbidden")
				}
			})
		}
	}
}

// altered are the recording with one thing changed.
func (r recording) altered() []recording {
	line, rest, _ := strings.Cut(r.head, "\n")
	mark := "?"
	if strings.Contains(line, mark) {
		mark = "&"
	}
	all := []recording{
		{r.command, strings.Replace(line, " HTTP", mark+"x=1 HTTP", 1) + "\n" + rest, r.body},
		{r.command, strings.Replace(r.head, "Signature=", "Signature=0", 1), r.body},
		{r.command, strings.Replace(r.head, "Host: 127.0.0.1", "Host: 127.0.0.2", 1), r.body},
	}
	if r.body != "" {
		all = append(all, recording{r.command, r.head, strings.Replace(r.body, `"`, `'`, 1)})
	}
	return all
}

// TestRecordedRoutes: every guarded route of the template was asked by curl, and
// found closed when nobody signed.
func TestRecordedRoutes(t *testing.T) {
	b := merchant(t)
	var asked, guarded []string
	for _, one := range recordings(t, "curl.txt") {
		b.clock = one.at(t)
		b.serve(one.request(t))
		asked = append(asked, b.last(t).RouteKey)

		unsigned := one.request(t)
		unsigned.Header.Del("Authorization")
		b.refused(t, b.serve(unsigned), 403, "Forbidden")
	}
	for _, route := range b.Handler.(*gateway).template.Routes {
		if route.Authorizer != Public {
			guarded = append(guarded, route.Key())
		}
	}
	slices.Sort(asked)
	slices.Sort(guarded)
	if len(guarded) == 0 || !slices.Equal(asked, guarded) {
		t.Errorf("curl asked %q, guarded are %q", asked, guarded)
	}
}
