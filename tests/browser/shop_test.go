//go:build browser

package browser

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// root is the repository.
const root = "../.."

// patience is how long anything may take to appear on a page. It is a limit for a test
// that hangs, and nothing is asserted about it.
const patience = 30 * time.Second

var (
	program  string          // the built ./local
	browsers context.Context // starts a browser with a profile of its own for each buyer
)

func TestMain(m *testing.M) {
	code, err := prepare(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "tests/browser:", err)
		code = 1
	}
	os.Exit(code)
}

// prepare builds the program and looks for the browser's things. What is missing fails by its name.
func prepare(m *testing.M) (int, error) {
	folder, err := os.MkdirTemp("", "browser-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(folder)
	if _, err := os.Stat(os.Getenv("AXE")); err != nil {
		return 1, fmt.Errorf("axe-core is missing: %w (AXE names the file axe.min.js; tests/browser/run sets it)", err)
	}
	program = filepath.Join(folder, "local")
	if out, err := exec.Command("go", "build", "-o", program, root+"/local").CombinedOutput(); err != nil {
		return 1, fmt.Errorf("%w\n%s", err, out)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.WindowSize(1280, 1000),
		chromedp.Flag("force-prefers-reduced-motion", true))
	var stop context.CancelFunc
	browsers, stop = chromedp.NewExecAllocator(context.Background(), options...)
	defer stop()
	return m.Run(), nil
}

// shop is one local run with a table of its own.
type shop struct {
	t       *testing.T
	file    string
	folder  string // of its own pages, if it has any
	flags   []string
	process *exec.Cmd

	store, api, paypal, stripe string // addresses
}

// openShop starts a local run. flags are added to its own.
func openShop(t *testing.T, flags ...string) *shop {
	t.Helper()
	s := &shop{t: t, file: filepath.Join(t.TempDir(), "shop.db"), flags: flags}
	s.start("-port", freePorts(t))
	t.Cleanup(s.stop)
	return s
}

// freePorts is the first of four that are free: the shop, the API and the providers keep
// theirs when they are started again.
func freePorts(t *testing.T) string {
	t.Helper()
	for port := 20000 + os.Getpid()%1000*9; port < 65000; port += 4 {
		taken := false
		for n := range 4 {
			l, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", port+n))
			if taken = taken || err != nil; err == nil {
				defer l.Close()
			}
		}
		if !taken {
			return fmt.Sprint(port)
		}
	}
	t.Fatal("no four free ports")
	return ""
}

func (s *shop) start(flags ...string) {
	s.t.Helper()
	args := append(append([]string{"-root", root, "-file", s.file}, flags...), s.flags...)
	s.process = exec.Command(program, args...)
	out, err := s.process.StdoutPipe()
	if err == nil {
		err = s.process.Start()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		switch name, rest, _ := strings.Cut(lines.Text(), " "); name {
		case "shop":
			s.store = strings.TrimSpace(rest)
		case "api":
			s.api = strings.TrimSpace(rest)
		case "paypal":
			s.paypal, _, _ = strings.Cut(strings.TrimSpace(rest), "/sim")
		case "stripe":
			s.stripe, _, _ = strings.Cut(strings.TrimSpace(rest), "/sim")
		case "sweep":
			go io.Copy(io.Discard, out)
			return
		}
	}
	s.t.Fatalf("the local run ended at once: %v", s.process.Wait())
}

func (s *shop) stop() {
	if s.process == nil {
		return
	}
	s.process.Process.Signal(os.Interrupt)
	s.process.Wait()
	s.process = nil
}

// restart ends the run and begins it again where it was, at the same addresses.
func (s *shop) restart() {
	s.t.Helper()
	u, _ := url.Parse(s.store)
	s.stop()
	s.start("-port", u.Port())
}

// desk sends a form of the simulated PayPal's desk.
func (s *shop) desk(action string, form url.Values) { s.t.Helper(); s.form("/sim/"+action, form) }

// form sends a form of the simulated PayPal's.
func (s *shop) form(path string, form url.Values) { s.t.Helper(); s.post(s.paypal+path, form) }

// deskOfStripe sends a form of the simulated Stripe's desk.
func (s *shop) deskOfStripe(action string, form url.Values) {
	s.t.Helper()
	s.post(s.stripe+"/sim/"+action, form)
}

func (s *shop) post(address string, form url.Values) {
	s.t.Helper()
	got, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).PostForm(address, form)
	if err != nil {
		s.t.Fatal(err)
	}
	got.Body.Close()
	if got.StatusCode != http.StatusSeeOther {
		s.t.Fatalf("%s was answered with %d", address, got.StatusCode)
	}
}

// fault lets the next call of a name meet a fault, so many times.
func (s *shop) fault(kind, call string, times int) {
	s.t.Helper()
	s.desk("faults", url.Values{"kind": {kind}, "call": {call}, "times": {fmt.Sprint(times)}})
}

// charge is one of PayPal's own.
type charge struct {
	ID, State, Currency string
	Amount              int64
}

func (s *shop) charges() []charge {
	s.t.Helper()
	got, err := http.Get(s.paypal + "/sim/books")
	if err != nil {
		s.t.Fatal(err)
	}
	defer got.Body.Close()
	var books struct{ Charges []charge }
	if err := json.NewDecoder(got.Body).Decode(&books); err != nil {
		s.t.Fatal(err)
	}
	return books.Charges
}

// charged holds PayPal's own books against what this purchase should have come to: one
// charge that stands, of so much in minor units.
func (s *shop) charged(amount int64, currency string) {
	s.t.Helper()
	var stands []charge
	for _, c := range s.charges() {
		if c.State == "COMPLETED" {
			stands = append(stands, c)
		}
	}
	if len(stands) != 1 || stands[0].Amount != amount || stands[0].Currency != currency {
		s.t.Errorf("PayPal's books have %+v, not one charge of %d %s", s.charges(), amount, currency)
	}
}

// uncharged: nobody paid anything.
func (s *shop) uncharged() {
	s.t.Helper()
	if c := s.charges(); len(c) != 0 {
		s.t.Errorf("PayPal's books have %+v", c)
	}
}
