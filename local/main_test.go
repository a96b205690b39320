package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/clock"
	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
)

// noEnvironment is a machine without any PayPal variable.
func noEnvironment(string) string { return "" }

func TestDemoPrintsTheSameTwice(t *testing.T) {
	var first, second bytes.Buffer
	for _, out := range []*bytes.Buffer{&first, &second} {
		if err := run(t.Context(), []string{"-root", "..", "-demo", "-seed", "3"}, noEnvironment, out, io.Discard); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	if first.String() != second.String() {
		t.Errorf("one seed, two outcomes:\n%s\n%s", &first, &second)
	}
	for _, want := range []string{"writes per purchase: 4, of which so far: 3 base\n", "index writes so far: 2, both as", "; together 0\n", "the merchant's is what closes the account below", "gone ", "refused.INSTRUMENT_DECLINED", "everything as it should be"} {
		if !strings.Contains(first.String(), want) {
			t.Errorf("the demo does not say %q", want)
		}
	}
}

// The demo must be able to fail: a world in which PayPal takes nobody's money
// back is one in which it says so.
func TestDemoFindsAFault(t *testing.T) {
	clock := clock.At(time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC))
	w, err := build(plan{root: "..", file: filepath.Join(t.TempDir(), "t.db"), seed: 1, clock: clock, ids: numbered(), lookup: noEnvironment, log: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	var out bytes.Buffer
	d := &demo{world: w, clock: clock, out: &out}
	if err := w.paypal.Chaos(100, "403"); err != nil {
		t.Fatal(err)
	}
	if err := d.play(t.Context()); err == nil || !strings.Contains(out.String(), "FAULT: A purchase:") {
		t.Errorf("a PayPal that refuses everything went unnoticed: %v\n%s", err, &out)
	}
}

// TestDemoFindsAFalseReport: one row of PayPal's report that is missing, there twice or
// wrong by a cent turns the demo red, and the remainder is named.
func TestDemoFindsAFalseReport(t *testing.T) {
	for how, want := range map[sim.Misreport]string{
		sim.MisreportLost: "a remainder of EUR 72.03", sim.MisreportTwice: "a remainder of EUR -72.03", sim.MisreportAmount: "a remainder of EUR -0.01",
	} {
		t.Run(string(how), func(t *testing.T) {
			t.Parallel()
			clock := clock.At(time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC))
			w, err := build(plan{root: "..", file: filepath.Join(t.TempDir(), "t.db"), seed: 1, clock: clock, ids: numbered(), lookup: noEnvironment, log: io.Discard})
			if err != nil {
				t.Fatal(err)
			}
			defer w.close()
			by := int64(0)
			if how == sim.MisreportAmount {
				by = 1
			}
			var out bytes.Buffer
			d := &demo{world: w, clock: clock, out: &out, after: func(scene string) {
				if scene == "A purchase" {
					if err := w.paypal.Falsify(w.paypal.Books().Charges[0].ID, "T0006", how, by); err != nil {
						t.Error(err)
					}
				}
			}}
			if err := d.play(t.Context()); err == nil || !strings.Contains(out.String(), "FAULT: The account: "+want+"\n") {
				t.Errorf("not found: %v\n%s", err, &out)
			}
		})
	}
}

// running is a started program and what it has printed.
type running struct {
	mu   sync.Mutex
	out  bytes.Buffer
	stop context.CancelFunc
	done chan error
}

func (r *running) Write(text []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.out.Write(text)
}

func (r *running) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.out.String()
}

// start runs the program as main does, and waits until it has printed all its
// addresses.
func start(t *testing.T, args ...string) *running {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	r := &running{stop: stop, done: make(chan error, 1)}
	go func() { r.done <- run(ctx, append([]string{"-root", ".."}, args...), noEnvironment, r, io.Discard) }()
	for !strings.Contains(r.String(), "sweep   now") {
		select {
		case err := <-r.done:
			t.Fatalf("it ended at once: %v", err)
		case <-time.After(5 * time.Millisecond):
		}
	}
	t.Cleanup(stop)
	return r
}

func (r *running) end(t *testing.T) {
	t.Helper()
	r.stop()
	if err := <-r.done; err != nil {
		t.Fatal(err)
	}
}

// at is the address printed for a part.
func (r *running) at(part string) string {
	return regexp.MustCompile(`(?m)^` + part + ` +(http://[0-9.:]+)`).FindStringSubmatch(r.String())[1]
}

// post is one request to the API as the page sends it.
func post(t *testing.T, address, body string, headers map[string]string) (int, map[string]any) {
	t.Helper()
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	var content map[string]any
	json.NewDecoder(got.Body).Decode(&content)
	return got.StatusCode, content
}

// approve clicks Pay now on the simulated PayPal's page, as a browser would.
func approve(t *testing.T, page string) {
	t.Helper()
	jar, _ := cookiejar.New(nil)
	browser := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	u, _ := url.Parse(page)
	form := url.Values{"token": {u.Query().Get("token")}, "funding": {"balance"}}
	got, err := browser.PostForm(u.Scheme+"://"+u.Host+"/checkoutnow/approve", form)
	if err != nil {
		t.Fatal(err)
	}
	got.Body.Close()
	if got.StatusCode != http.StatusSeeOther || !strings.Contains(got.Header.Get("Location"), "checkout=return") {
		t.Fatalf("Pay now answered %d, %q", got.StatusCode, got.Header.Get("Location"))
	}
}

// Ctrl-C in the middle of a purchase, start again, and the payment finishes: once
// before the approval and once after it.
func TestStoppedInTheMiddleOfAPurchase(t *testing.T) {
	for _, when := range []string{"before the approval", "after the approval"} {
		t.Run(when, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "checkout.db")
			one := start(t, "-port", "0", "-file", file)
			status, opened := post(t, one.at("api")+"/payments", demoCart, map[string]string{"Idempotency-Key": strings.Repeat("k", 32)})
			if status != http.StatusCreated {
				t.Fatalf("%d %v", status, opened)
			}
			page := opened["next"].(map[string]any)["url"].(string)
			if when == "after the approval" {
				approve(t, page)
			}
			one.end(t)

			two := start(t, "-port", "0", "-file", file)
			if when == "before the approval" {
				u, _ := url.Parse(page)
				approve(t, two.at("paypal")+u.RequestURI())
			}
			path := "/payments/" + opened["id"].(string) + "/capture"
			status, captured := post(t, two.at("api")+path, "", map[string]string{"Checkout-Token": opened["token"].(string)})
			if status != http.StatusOK || captured["status"] != "captured" {
				t.Fatalf("after the new start: %d %v", status, captured)
			}
			two.end(t)
		})
	}
}

func TestOneClearSentence(t *testing.T) {
	taken, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	file := filepath.Join(t.TempDir(), "checkout.db")
	other := start(t, "-port", "0", "-file", file)
	defer other.end(t)
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"a taken port":    {[]string{"-root", "..", "-port", port, "-file", file + "2"}, "port " + port + " is taken by another program; choose others with -port"},
		"a locked file":   {[]string{"-root", "..", "-port", "0", "-file", file}, file + " is open in another run; end that one, or choose another file with -file"},
		"another folder":  {[]string{"-root", t.TempDir(), "-port", "0", "-file", file + "3"}, "run this from the folder of template.yaml"},
		"no such shop":    {[]string{"-root", "..", "-port", "0", "-shop", file + "4"}, "-shop " + file + "4 is no folder"},
		"an unknown flag": {[]string{"-no-such-flag"}, "flag provided but not defined"},
		"an unknown word": {[]string{"demo"}, `"demo" is no command: the first word may be report, export or doctor, all else are flags, as -demo`},
		"a word at last":  {[]string{"-root", "..", "-port", "0", "report"}, "report is the first word where it is meant"},
		"no port":         {[]string{"-port", "70000"}, "-port 70000 cannot be: a run takes 4 ports in a row, so it is 1 to 65532, or 0 for any free ones"},
		"below all ports": {[]string{"-port", "-1"}, "-port -1 cannot be"},
		"too few ports":   {[]string{"-port", "65533"}, "-port 65533 cannot be"},
		"no folder":       {[]string{"-root", "..", "-port", "0", "-file", file + "/x.db"}, "choose with -file a file of such a table, or a new one, in a folder that exists and can be written"},
		"not a table":     {[]string{"-root", "..", "-port", "0", "-file", file + ".api"}, "choose with -file a file of such a table"},
	} {
		err := run(t.Context(), c.args, noEnvironment, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Who asks for help is told of the commands too, and of every flag.
func TestHelpNamesTheCommands(t *testing.T) {
	var said bytes.Buffer
	if err := run(t.Context(), []string{"-h"}, noEnvironment, io.Discard, &said); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("asked for help it said %v", err)
	}
	for _, want := range []string{"./local report ", "./local export ", "./local doctor ", "-demo", "-port"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("%q is not in\n%s", want, &said)
		}
	}
}

// A page of somewhere else whose name leads to this machine gets nothing.
func TestOnlyItsOwnHost(t *testing.T) {
	r := start(t, "-port", "0", "-file", filepath.Join(t.TempDir(), "checkout.db"))
	defer r.end(t)
	for _, part := range []string{"shop", "api", "paypal"} {
		for host, want := range map[string]int{"evil.example": http.StatusMisdirectedRequest, "evil.example:8080": http.StatusMisdirectedRequest, "localhost:1": http.StatusTemporaryRedirect} {
			req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, r.at(part)+"/", nil)
			req.Host = host
			client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
			got, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			got.Body.Close()
			if got.StatusCode != want {
				t.Errorf("%s named %s answered %d, want %d", part, host, got.StatusCode, want)
			}
		}
	}
}

func TestShopPageIsStrict(t *testing.T) {
	r := start(t, "-port", "0", "-file", filepath.Join(t.TempDir(), "checkout.db"))
	defer r.end(t)
	got, err := http.Get(r.at("shop") + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	page, _ := io.ReadAll(got.Body)
	policy := got.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "connect-src 'self' " + r.at("api")} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy %q lacks %q", policy, want)
		}
	}
	if strings.Contains(policy, "unsafe") || bytes.Contains(page, []byte("<style")) || bytes.Contains(page, []byte("onclick=")) {
		t.Error("the page has inline code, or a policy that would allow it")
	}
}
