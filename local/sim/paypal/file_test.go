package paypal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/sim/statefile"
)

// onDisk is how many charges the file holds now.
func (b *bench) onDisk() int {
	b.Helper()
	st, _, err := statefile.Read[state](b.config.File, schema)
	if err != nil {
		b.Error(err)
	}
	return len(st.Charges)
}

// earlyEye looks at the file the moment an answer begins.
type earlyEye struct {
	*httptest.ResponseRecorder
	look func()
}

func (e earlyEye) WriteHeader(status int) {
	e.look()
	e.ResponseRecorder.WriteHeader(status)
}

func TestStateIsOnDiskBeforeTheAnswer(t *testing.T) {
	b := newKeptBench(t)
	seen := -1
	b.config.Sleep = func(context.Context, time.Duration) { seen = b.onDisk() }
	b.start()
	serve := func(r *http.Request) {
		defer func() { _ = recover() }() // an answer that never comes
		b.sim.ServeHTTP(earlyEye{httptest.NewRecorder(), func() { seen = b.onDisk() }}, r)
	}
	capture := func(id string) *http.Request {
		r := httptest.NewRequest("POST", ordersPath+"/"+id+"/capture", nil)
		r.Header.Set("Authorization", "Bearer "+b.token)
		r.Header.Set("Content-Type", "application/json")
		return r
	}
	serve(capture(b.approved("p1", Balance)))
	b.want("before the answer", seen, 1)
	for i, kind := range []Kind{TimeoutAfter, BadGatewayAfter, ErrorAfter, CutBody} {
		id := b.approved("f-"+string(kind), Balance)
		if err := b.sim.Inject(Fault{Kind: kind, Call: CallCapture}); err != nil {
			t.Fatal(err)
		}
		serve(capture(id))
		b.want("before "+string(kind), seen, i+2)
	}

	// The buyer's page and the desk are answers too.
	status := ""
	form := func(path string, values url.Values) {
		r := httptest.NewRequest("POST", path, strings.NewReader(values.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		b.sim.ServeHTTP(earlyEye{httptest.NewRecorder(), func() {
			st, _, err := statefile.Read[state](b.config.File, schema)
			if err != nil {
				b.Fatal(err)
			}
			status = st.Orders[len(st.Orders)-1].Status
		}}, r)
	}
	id := b.create("p9", "k9")
	form("/checkoutnow/approve", url.Values{"token": {id}, "funding": {"balance"}})
	b.want("before the page", status, approved)
	form("/sim/void", url.Values{"order": {id}})
	b.want("before the desk", status, voided)
}

// A process that died while it wrote leaves a temporary file, which nobody
// reads and the next write replaces.
func TestHalfWrittenFileDoesNoHarm(t *testing.T) {
	b := newKeptBench(t)
	id := b.approved("p1", Balance)
	whole, err := os.ReadFile(b.config.File)
	if err != nil {
		t.Fatal(err)
	}
	temporary := b.config.File + ".tmp"
	// Longer than what comes next, so that an end left standing would show.
	if err := os.WriteFile(temporary, []byte(string(whole[:len(whole)/2])+strings.Repeat("x", 1<<20)), 0o600); err != nil {
		t.Fatal(err)
	}
	b.restart()
	b.want("charges at first", b.onDisk(), 0)
	b.want("capture", b.capture(id, "c1").status, 201)
	b.restart()
	b.want("charges", len(b.sim.Books().Charges), 1)
	if _, err := os.Stat(temporary); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the temporary file is still there: %v", err)
	}
}

// A file that holds no state this simulator can have written is an error that
// says what to do, and is left as it is.
func TestUnreadableFileIsAClearError(t *testing.T) {
	b := newKeptBench(t)
	b.capture(b.approved("p1", Balance), "c1")
	b.approved("p2", ECheck)
	whole, err := os.ReadFile(b.config.File)
	if err != nil {
		t.Fatal(err)
	}
	good := string(whole)
	order, charge := b.sim.Orders()[0].ID, b.sim.Books().Charges[0].ID
	swap := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("%s is not in %s", old, good)
		}
		return strings.Replace(good, old, new, 1)
	}
	_, charges, _ := strings.Cut(good, `"charges"`)
	one := charges[strings.Index(charges, "{") : strings.Index(charges, "}")+1]
	for says, body := range map[string]string{
		"unexpected end":                 "",
		"unexpected end of JSON input":   good[:len(good)/2],
		"invalid character 'b'":          "bbolt",
		"invalid character '{' after":    good + "{}",
		"schema 1, not 2":                swap(`"schema": 2`, `"schema": 1`),
		"schema 0, not 2":                `{}`,
		`unknown field "news"`:           swap(`"starts"`, `"news": 1, "starts"`),
		`request "c1" has no answer`:     swap(`"order": "`+order+`"`, `"order": "OTHER"`),
		`"c1" has no answer`:             swap(`"order": "`+order+`"`, `"order": "`+order+`", "refused": "balance"`),
		`status "SOLD"`:                  swap(`"COMPLETED"`, `"SOLD"`),
		`funding "shells"`:               swap(`"funding": "balance"`, `"funding": "shells"`),
		"approved without funding":       swap(`"funding": "echeck",`, ``),
		"VOIDED with 1 captures":         swap(`"COMPLETED"`, `"VOIDED"`),
		"COMPLETED with 0 captures":      swap(`"APPROVED"`, `"COMPLETED"`),
		"2 captures of 1":                swap(`"captures": [`, `"captures": [{"id": "OTHER"},`),
		"no purchase unit":               swap(`"born"`, `"units": [], "born"`),
		`"47.505" is no amount`:          swap(`"value": "47.50"`, `"value": "47.505"`),
		`"" is no amount`:                swap(`"value": "4.00"`, `"value": ""`),
		`"` + charge + `" is not its`:    good[:len(good)-len(charges)] + strings.Replace(charges, "[", "["+one+",", 1),
		`"forty" is no amount`:           swap(`"value": "40.00"`, `"value": "forty"`),
		`"XXX" "47" is no amount`:        strings.Replace(swap(`"currency_code": "EUR"`, `"currency_code": "XXX"`), "47.50", "47", 1),
		`parsing "two"`:                  swap(`"quantity": "2"`, `"quantity": "two"`),
		"has no id of its own":           swap(`"id": "`+charge+`"`, `"id": "`+order+`"`),
		`order "": no id`:                swap(`"id": "`+order+`"`, `"id": ""`),
		`parsing time "late`:             swap(`"born": "2024`, `"born": "late 2024`),
		"0 charges of 1 captures":        strings.TrimSuffix(good, charges) + ": []}",
		`charge "OTHER" is not`:          strings.TrimSuffix(good, charges) + strings.Replace(charges, charge, "OTHER", 1),
		`charge "` + charge + `" is not`: strings.TrimSuffix(good, charges) + strings.Replace(charges, "COMPLETED", "PENDING", 1),
		`an account in "XXX"`:            swap(`"currency": "EUR"`, `"currency": "XXX"`),
	} {
		b.unreadable(says, body)
	}
	if err := os.WriteFile(b.config.File, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	b.restart() // the good one is good
	if err := os.Remove(b.config.File); err != nil {
		t.Fatal(err)
	}
	b.start()
	b.want("orders without a file", len(b.sim.Orders()), 0)
}

// unreadable wants Open to refuse a file and to leave it alone.
func (b *bench) unreadable(says, body string) {
	b.Helper()
	if err := os.WriteFile(b.config.File, []byte(body), 0o600); err != nil {
		b.Fatal(err)
	}
	_, err := Open(b.config)
	for _, part := range []string{says, b.config.File, "may be deleted"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			b.Errorf("no %q in %v", part, err)
		}
	}
	if left, err := os.ReadFile(b.config.File); err != nil || string(left) != body {
		b.Errorf("%s: the file was touched: %v", says, err)
	}
}

// A call that changes nothing writes nothing: the state of one moment always
// looks the same.
func TestLookWritesNothing(t *testing.T) {
	b := newKeptBench(t)
	var id string
	for _, p := range []string{"p1", "p2", "p3", "p4", "p5", "p6"} {
		id = b.create(p, p)
	}
	if err := os.Remove(b.config.File); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		b.want("look", b.look(id).status, 200)
	}
	if _, err := os.Stat(b.config.File); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file is back: %v", err)
	}
}

// A disk that fails is told at the start, and to everyone who is told of a
// change; once it works again nothing is missing.
func TestFailingDisk(t *testing.T) {
	b := newBench(t)
	folder := filepath.Join(t.TempDir(), "data")
	b.config.File = filepath.Join(folder, "paypal.json")
	if _, err := Open(b.config); !errors.Is(err, ErrNotKept) || !strings.Contains(err.Error(), b.config.File) {
		t.Errorf("a folder that is not there: %v", err)
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	b.start()
	first, second := b.approved("p1", UnderReview), b.create("p2", "k2")
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	g := b.capture(first, "c1")
	b.want("capture", g.status, 500)
	b.want("issue", g.issues(), "STATE_NOT_KEPT")
	b.want("look", b.look(first).status, 500)
	approve := b.post("/checkoutnow/approve", url.Values{"token": {second}, "funding": {"balance"}})
	b.want("page", approve.status, 500)
	b.holds(approve, "Done, but not kept")
	b.want("desk", b.post("/sim/settle", url.Values{"capture": {b.sim.Books().Charges[0].ID}, "arrived": {"yes"}}).status, 500)
	for what, err := range map[string]error{"cancel": b.sim.Cancel(b.create500("p3")), "void": b.sim.Void(second)} {
		if !errors.Is(err, ErrNotKept) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	b.want("look, later", b.look(first).status, 200)
	b.restart()
	b.want("orders", len(b.sim.Orders()), 3)
	b.want("settled", b.sim.Books().Charges[0].State, completed)
}

// create500 creates an order whose answer is that it could not be kept.
func (b *bench) create500(customID string) string {
	b.Helper()
	b.want("create", b.do("POST", ordersPath, text(cart(customID)), "PayPal-Request-Id", customID).status, 500)
	orders := b.sim.Orders()
	return orders[len(orders)-1].ID
}

// Whoever reads while many write finds a whole state at every moment.
func TestFileIsWholeAtEveryMoment(t *testing.T) {
	b := newKeptBench(t)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for most := 0; ; {
			select {
			case <-stop:
				return
			default:
			}
			st, _, err := statefile.Read[state](b.config.File, schema)
			if err == nil {
				err = build(b.config).restore(st)
			}
			if err != nil || len(st.Charges) < most {
				t.Errorf("%d charges after %d, %v", len(st.Charges), most, err)
				return
			}
			most = len(st.Charges)
		}
	}()
	const buyers, purchases = 4, 5
	var all sync.WaitGroup
	for n := range buyers {
		all.Go(func() {
			for i := range purchases {
				name := fmt.Sprintf("p%d-%d", n, i)
				g := b.do("POST", ordersPath, text(cart(name)), "PayPal-Request-Id", name)
				id, _ := g.body["id"].(string)
				if err := b.sim.Approve(id); err != nil {
					t.Error(err)
				}
				g = b.capture(id, "c-"+name)
				st, _, err := statefile.Read[state](b.config.File, schema)
				if err != nil || g.status != 201 || len(Books{Charges: st.Charges}.Charged(name)) != 1 {
					t.Errorf("%s is answered with %d and not on disk: %v", name, g.status, err)
				}
			}
		})
	}
	all.Wait()
	close(stop)
	<-stopped
	b.restart()
	b.want("orders", len(b.sim.Orders()), buyers*purchases)
	b.want("charges", len(b.sim.Books().Charges), buyers*purchases)
}

func TestWithoutAFileNothingIsWritten(t *testing.T) {
	t.Chdir(t.TempDir())
	b := newBench(t)
	b.capture(b.approved("p1", Balance), "c1")
	b.start()
	b.want("orders", len(b.sim.Orders()), 0)
	if found, err := os.ReadDir("."); err != nil || len(found) != 0 {
		t.Errorf("%v, %v", found, err)
	}
}

func TestNewRefusesAFile(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("New ignored the file")
		}
	}()
	New(Config{File: filepath.Join(t.TempDir(), "paypal.json")})
}
