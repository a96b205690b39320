package stripe

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// newKeptBench is a bench whose simulator lives in a file.
func newKeptBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, clock: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)}
	file := filepath.Join(t.TempDir(), "stripe.json")
	b.Simulator = b.start(file)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { b.Simulator.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	b.url = server.URL
	return b
}

func (b *bench) start(file string) *Simulator {
	b.t.Helper()
	s, err := Open(Config{Seed: 3, Key: testKey, Now: b.now, File: file, Sleep: func(context.Context, time.Duration) {}, PublicURL: "http://stripe.example"})
	b.must(err)
	return s
}

// kept is the whole state as a file would hold it, but for how often it was opened.
func (b *bench) kept() string {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	st := b.state()
	st.Starts = 0
	text, err := json.MarshalIndent(st, "", " ")
	b.must(err)
	return string(text)
}

// restart begins another process and holds what it knows against what the killed one
// knew.
func (b *bench) restart() {
	b.t.Helper()
	old, was := b.kept(), b.Simulator
	b.Simulator = b.start(b.config.File)
	for what, pair := range map[string][2]any{
		"customers": {was.customers, b.customers}, "sessions": {was.sessions, b.sessions}, "refunds": {was.refunds, b.refunds},
		"disputes": {was.disputes, b.disputes}, "rows": {was.rows, b.rows}, "payouts": {was.payouts, b.payouts},
		"terms": {was.terms, b.terms}, "requests": {was.requests, b.requests},
		"events": {was.courier.Events(), b.courier.Events()}, "attempts": {was.courier.Attempts(), b.courier.Attempts()},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			b.t.Fatalf("%s: got %+v, want %+v", what, pair[1], pair[0])
		}
	}
	lines, is := strings.Split(old, "\n"), strings.Split(b.kept(), "\n")
	for i := range max(len(lines), len(is)) {
		if i >= len(lines) || i >= len(is) || lines[i] != is[i] {
			b.t.Fatalf("the file has\n%s\nin place of\n%s", strings.Join(is[i:], "\n"), strings.Join(lines[i:], "\n"))
		}
	}
}

// openTransfer is a session to be paid by a bank transfer in euro.
func (b *bench) openTransfer(amount string) string {
	b.t.Helper()
	return b.open("customer_balance", "eur", amount, "customer", b.call("POST", "/v1/customers", "").text("id"),
		"payment_method_options[customer_balance][funding_type]", "bank_transfer",
		"payment_method_options[customer_balance][bank_transfer][type]", "eu_bank_transfer",
		"payment_method_options[customer_balance][bank_transfer][eu_bank_transfer][country]", "DE")
}

// TestAnyLifeWithRestarts: whatever happens, a process that ends at any moment is gone on
// with by the next, to the last field; no id is given twice, and the books hold.
func TestAnyLifeWithRestarts(t *testing.T) {
	for seed := range uint64(2) {
		b := newKeptBench(t)
		b.must(b.PayOutDaily(true))
		dice := rand.New(rand.NewPCG(seed, 7))
		var ids []string
		any := func() string { return ids[dice.IntN(len(ids))] }
		steps := []func() error{
			func() error {
				ids = append(ids, b.open("card", []string{"eur", "jpy"}[dice.IntN(2)], "5000"))
				return nil
			},
			func() error { ids = append(ids, b.openTransfer("9000")); return nil },
			func() error { return b.Pay(any(), Instrument{Brand: "mastercard", Secure: Attempted}) },
			func() error { return b.Challenge(any()) },
			func() error { return b.Authenticate(any(), dice.IntN(2) == 0) },
			func() error { return b.Process(any()) },
			func() error { return b.Conclude(any(), dice.IntN(2) == 0) },
			func() error { return b.Transfer(any(), int64(dice.IntN(9000))) },
			func() error { return b.RefundInDashboard(any(), int64(dice.IntN(3000))) },
			func() error { return b.EndRefund(any(), dice.IntN(2) == 0) },
			func() error { return b.Dispute(any(), "fraudulent", dice.IntN(2) == 0) },
			func() error { return b.AnswerDispute(any()) },
			func() error { return b.Resolve(any(), dice.IntN(2) == 0) },
			func() error { b.advance(time.Duration(dice.IntN(40)) * time.Hour); return nil },
		}
		for range 100 {
			if len(ids) == 0 {
				b.must(steps[0]())
			}
			_ = steps[dice.IntN(len(steps))]()
			b.Sessions() // what fell due is made up for before the process ends
			b.restart()
		}
		b.holdBooks()
		seen := map[string]bool{}
		for _, id := range ids {
			if seen[id] {
				t.Errorf("%s was given twice", id)
			}
			seen[id] = true
		}
	}
}

// TestKeyAcrossARestart: a key's first answer outlives the process, one whose answer never
// came as well.
func TestKeyAcrossARestart(t *testing.T) {
	b := newKeptBench(t)
	b.must(b.Inject(Fault{Kind: EmptyBody, Call: CallCreate}))
	open := func() said {
		return b.call("POST", "/v1/checkout/sessions", "k1", purchase("card", "eur", "500")...)
	}
	open()
	b.restart()
	again := open()
	if all := b.Sessions(); len(all) != 1 || again.text("id") != all[0].ID || again.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("the same key made %v, and answered %v", all, again.body)
	}
}

// TestEventsAcrossARestart: what nobody took is sent by the next process, and what was
// taken is not.
func TestEventsAcrossARestart(t *testing.T) {
	b := newKeptBench(t)
	status := http.StatusServiceUnavailable
	b.hear(&status)
	b.must(b.Pay(b.open("card", "eur", "5000"), Instrument{}))
	first := b.Deliver(t.Context())
	if len(first) != 3 {
		t.Fatalf("%v were sent", sent(first))
	}
	b.restart()
	status = http.StatusOK
	b.hear(&status)
	b.advance(time.Minute)
	if again := b.Deliver(t.Context()); len(again) != 3 || len(b.Deliveries()) != 6 || b.Waiting() != 0 {
		t.Errorf("then %v were sent, %d in all", sent(again), len(b.Deliveries()))
	} else if again[0].Header.Get("Stripe-Signature") == first[0].Header.Get("Stripe-Signature") {
		t.Error("a repetition has the signature of the first try")
	}
}

// TestHiredCourier: with Auto events go out by themselves until Close.
func TestHiredCourier(t *testing.T) {
	heard := make(chan string, 10)
	shop := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { heard <- r.Header.Get("Stripe-Signature") }))
	defer shop.Close()
	s, err := Open(Config{Key: testKey, Webhook: Webhook{URL: shop.URL, Secrets: []string{"whsec_1"}, Auto: true}})
	if err != nil {
		t.Fatal(err)
	}
	s.Charge("eur", 100) // tells nobody
	s.mu.Lock()
	s.announce("balance.available", object{"object": "balance"})
	s.mu.Unlock()
	if got := <-heard; !strings.HasPrefix(got, "t=") {
		t.Errorf("signed with %q", got)
	}
	s.Close()
	s.Close()
}

// TestFilesThatAreNot: a file that holds no state of this simulator is an error that says
// what to do, and is left as it is; one that cannot be written is a 500.
func TestFilesThatAreNot(t *testing.T) {
	b := newKeptBench(t)
	b.must(b.Pay(b.open("card", "eur", "5000"), Instrument{}))
	b.must(b.RefundInDashboard(b.Sessions()[0].ID, 100))
	b.must(b.Dispute(b.Sessions()[0].ID, "fraudulent", false))
	whole, err := os.ReadFile(b.config.File)
	b.must(err)
	good := string(whole)
	swap := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("%s is not in %s", old, good)
		}
		return strings.Replace(good, old, new, 1)
	}
	charge, row := b.intents[0].charges[0].id, b.rows[0].id
	for want, text := range map[string]string{
		"unexpected end":        good[:len(good)/2],
		"schema 9":              swap(`"schema": 1`, `"schema": 9`),
		"unknown field":         swap(`"account"`, `"acount"`),
		"after top-level value": good + "{}",
		"no account":            swap(`"account": "`+b.account+`"`, `"account": ""`),
		"session":               swap(`"status": "complete"`, `"status": "done"`),
		"without a charge that": swap(`"status": "succeeded",`+"\n    \"received\"", `"status": "processing",`+"\n    \"received\""),
		"charge":                swap(`"row": "`+row+`"`, `"row": "txn_x"`),
		"refund":                swap(`"charge": "`+charge+`"`, `"charge": "ch_x"`),
		"dispute":               swap(`"needs_response"`, `"open"`),
		"row":                   swap(`"source": "`+charge+`"`, `"source": "ch_x"`),
		`in "chf"`:              strings.ReplaceAll(good, `"currency": "eur"`, `"currency": "chf"`),
		"it ended":              swap(`"kind": "charge.succeeded",`, `"kind": "charge.succeeded", "ended": "well",`),
	} {
		file := filepath.Join(t.TempDir(), "stripe.json")
		b.must(os.WriteFile(file, []byte(text), 0o600))
		_, err := Open(Config{Key: testKey, File: file})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "may be deleted") {
			t.Errorf("%s: %v", want, err)
		}
		if left, _ := os.ReadFile(file); string(left) != text {
			t.Errorf("%s: the file was changed", want)
		}
	}
}

// TestStateThatIsNotKept: a disk that fails is a 500 and an error, and the next write
// makes up for it.
func TestStateThatIsNotKept(t *testing.T) {
	b := newKeptBench(t)
	good := b.file.Path
	b.file.Path = filepath.Join(good, "no folder", "file")
	if s := b.call("POST", "/v1/checkout/sessions", "", purchase("card", "eur", "500")...); s.status != http.StatusInternalServerError {
		t.Errorf("not kept, it answers %d", s.status)
	}
	if err := b.Pay(b.Sessions()[0].ID, Instrument{}); !errors.Is(err, ErrNotKept) {
		t.Errorf("not kept, it says %v", err)
	}
	b.file.Path = good
	b.call("GET", "/v1/account", "")
	b.restart()
	if all := b.Sessions(); len(all) != 1 || all[0].Status != "complete" {
		t.Errorf("then there is %v", all)
	}
}
