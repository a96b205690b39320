package payment

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// lived is a payment to which all has happened that a schema can store.
func lived(schema int) Payment {
	p := offered(1)
	p = order(OrderApproved)(p, start.Add(time.Minute))
	p = refused(false)(p, start.Add(2*time.Minute))
	p = switches(p, start.Add(3*time.Minute))
	p = sees(2, func(s *Snapshot) {
		s.State, s.SelfCompleting = OrderCompleted, schema >= 4
		s.Captures = []Capture{{
			Movement: Movement{ID: "C1", State: Completed, Amount: p.Quote.Total, Created: s.At, Updated: s.At},
			Fee:      money.New(192, "EUR"), Net: money.New(4308, "EUR"),
		}}
		s.Refunds = []Refund{{Movement: Movement{ID: "R1", State: Pending, Reason: "ECHECK", Amount: money.New(100, "EUR"), Created: s.At, Updated: s.At}, Capture: "C1"}}
		s.Disputes = []Dispute{{ID: "D1", Capture: "C1", Open: true, Stage: "inquiry", Reason: "UNAUTHORISED", Amount: p.Quote.Total, Answer: s.At.Add(240 * time.Hour), Updated: s.At}}
	})(p, start.Add(4*time.Minute))
	p.Notes = []Note{{At: start.Add(time.Hour), Reason: DoubtGone, Evidence: "O1", Code: "settled"}}
	if schema >= 3 {
		p = ObserveRows(p, row(EntrySale, "C1", "T0006", 4500, -192, start.Add(4*time.Minute)), row(EntryHold, "H1", "T1110", -4500, 0, start.Add(5*time.Minute)))
	}
	if schema >= 6 {
		there := row(EntrySale, "C1", "charge", 4308, -12, start.Add(4*time.Minute))
		there.Available, there.Rate, there.Provider, there.Reversed = start.Truncate(24*time.Hour).Add(48*time.Hour), "1.05633", "elsewhere", true
		here := there
		here.Available = start.Add(time.Hour)
		p = ObserveRows(p, there, here)
	}
	if schema >= 5 {
		p.Captures[0].StepUp = StepUpPassed
		p.Attempts[1].Ends = start.Add(day)
	}
	if schema >= 4 {
		p = p.BoughtBy("qJ0tN4cFh2vXyZ-_")
	}
	if schema >= 7 {
		p.Attempts[1].Order, p.Captures[0].Order = longSession, longSession
		for i, e := range p.Timeline {
			p.Timeline[i].Ref = strings.Replace(e.Ref, "O2", longSession, 1)
		}
		p.Captures[0].ID = "pi_3YvG4MPHVcl4MJDJp6xsx7JO"
		p.Timeline = p.Timeline.with(start.Add(time.Hour), "refused.X", longSession+"/1").with(start.Add(2*time.Hour), "capture.completed", p.Captures[0].ID)
	}
	return p
}

const longSession = "cs_live_a1S1n0ddzGLPFNByenn6sjGPbsNN7XpM1JdYATumpfAHXieLea7iFfDjVz"

// TestLongIDsStandOnce: and read back wherever they were named.
func TestLongIDsStandOnce(t *testing.T) {
	text, err := Encode(lived(Schema))
	if err != nil || strings.Count(string(text), longSession) != 1 {
		t.Errorf("%s, %v", text, err)
	}
	if back, err := Decode(text); err != nil || back.Captures[0].Order != longSession {
		t.Errorf("%+v, %v", back, err)
	}
}

// TestStoredForm: what is written today is the newest golden file. UPDATE_GOLDEN=1
// writes it anew, which is lawful only until it was deployed.
func TestStoredForm(t *testing.T) {
	golden := fmt.Sprintf("testdata/schema%d.json", Schema)
	text, err := Encode(lived(Schema))
	if err != nil {
		t.Fatal(err)
	}
	if err := (*jsontext.Value)(&text).Indent(); err != nil {
		t.Fatal(err)
	}
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(golden, append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if string(kept) != string(text)+"\n" {
		t.Errorf("the stored form has changed; it is now\n%s", text)
	}
}

// TestStoredFormsOfAllSchemas: whatever was ever written reads back as what it was.
func TestStoredFormsOfAllSchemas(t *testing.T) {
	for schema := 1; schema <= Schema; schema++ {
		kept, err := os.ReadFile(fmt.Sprintf("testdata/schema%d.json", schema))
		if err != nil {
			t.Fatal(err)
		}
		back, err := Decode(kept)
		if err != nil {
			t.Fatal(err)
		}
		want := lived(schema)
		want.Schema = schema
		if !reflect.DeepEqual(back, want) {
			t.Errorf("schema %d reads back as\n%+v\nand was\n%+v", schema, back, want)
		}
	}
}

// TestEntriesKeepTheirForm: the store refuses a payment whose entries are written in
// another way than they stand there, so an older one can only be changed while they
// are.
func TestEntriesKeepTheirForm(t *testing.T) {
	old, err := os.ReadFile("testdata/schema1.json")
	if err != nil {
		t.Fatal(err)
	}
	p, err := Decode(old)
	if err != nil {
		t.Fatal(err)
	}
	now, err := Encode(p)
	if err != nil {
		t.Fatal(err)
	}
	key := store.PaymentKey(p.ID)
	before := store.Item{Key: key, Version: 1, WriteID: "old", Document: old}
	if err := store.Check([]store.Put{{Before: before, After: store.Item{Key: key, WriteID: "new", Document: now}}}); err != nil {
		t.Error(err)
	}
}

// TestWhereToApproveGoes once nobody can be sent there: the longest text there is.
func TestWhereToApproveGoes(t *testing.T) {
	for name, c := range map[string]struct {
		p    Payment
		want []string
	}{
		"waiting":    {offered(1), []string{approveURL}},
		"approved":   {order(OrderApproved)(offered(1), start.Add(time.Minute)), []string{approveURL}},
		"superseded": {switches(offered(1), start.Add(time.Minute)), []string{"", approveURL}},
		"declined":   {charge("C1", Failed, 4500)(offered(1), start.Add(time.Minute)), []string{approveURL}},
		"pending":    {charge("C1", Pending, 4500)(offered(1), start.Add(time.Minute)), []string{approveURL}},
		"paid":       {charge("C1", Completed, 4500)(offered(1), start.Add(time.Minute)), []string{""}},
	} {
		for i := range c.p.Attempts {
			c.p.Attempts[i].Approve = approveURL
		}
		text, err := Encode(c.p)
		if err != nil {
			t.Fatal(err)
		}
		back, err := Decode(text)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range c.want {
			if got := back.Attempts[i].Approve; got != want {
				t.Errorf("%s: attempt %d is approved at %q, want %q", name, i+1, got, want)
			}
		}
	}
}

const approveURL = "https://www.sandbox.paypal.com/checkoutnow?token=O1"
