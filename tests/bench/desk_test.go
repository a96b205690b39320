package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/stripe"
)

func deskAt(t *testing.T, at string, others ...string) *desk {
	t.Helper()
	d, err := openDesk(nil, t.TempDir(), "desk", at, others...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.close)
	return d
}

// TestStories: each is told at every merchant's it is for, and its units are those of
// what has been written.
func TestStories(t *testing.T) {
	units := map[string]string{}
	for _, m := range merchants {
		for _, s := range stories {
			if s.told != nil && !strings.Contains("|"+strings.Join(s.told, "|")+"|", "|"+m.where+"|") {
				continue
			}
			figures, err := s.cost(deskAt(t, m.at, strings.Fields(m.beside)...), s.name+m.where, "by size")
			if err != nil {
				t.Fatalf("%s%s: %v", s.name, m.where, err)
			}
			units[s.name+m.where] = figures[0].ours + "+" + figures[1].ours
			t.Log(s.name+m.where, units[s.name+m.where], figures[2].ours, figures[0].note)
		}
	}
	// A capture at PayPal is written down first where a card may be paid meanwhile.
	for name, want := range map[string]string{"purchase": "2+2", "purchase beside Stripe": "3+2"} {
		if units[name] != want {
			t.Errorf("%s: %s units, and not %s", name, units[name], want)
		}
	}
	if len(units) != 11 {
		t.Errorf("%d stories: %v", len(units), units)
	}
}

// TestDeskAtStripe: a purchase is paid there and nowhere else, three calls of it count,
// and the address that is stored is as long as Stripe's own.
func TestDeskAtStripe(t *testing.T) {
	d := deskAt(t, stripe.Name, paypal.Name)
	p, order, err := d.open(1)
	if err != nil {
		t.Fatal(err)
	}
	if live, _ := p.Live(); live.Provider != stripe.Name || !strings.HasPrefix(live.Approve, stripe.Pages+"/c/pay/"+order+"#fff") {
		t.Errorf("the buyer is sent by %s to %s", live.Provider, live.Approve)
	}
	if _, err := d.take(p.ID); err == nil {
		t.Error("it was taken before anybody paid")
	}
	if err := d.approve(order); err != nil {
		t.Fatal(err)
	}
	before := d.calls.Load()
	if p, err = d.take(p.ID); err != nil || payment.StatusOf(p) != payment.StatusCaptured {
		t.Fatalf("%v, %v", payment.StatusOf(p), err)
	}
	if n := d.calls.Load() - before; n != 2 { // the session, and its refunds
		t.Errorf("%d calls for the return", n)
	}
	if got := d.paypal.Calls(); len(got) != 0 {
		t.Errorf("PayPal was called: %v", got)
	}
}

// TestSettlementAtStripe: rows of ours go onto their payments, others' are summed up, and
// a run with nothing new writes the cursor and nothing else.
func TestSettlementAtStripe(t *testing.T) {
	b := &bench{folder: t.TempDir()}
	for _, turn := range []struct {
		name    string
		rows    int
		fill    func(*desk, int) error
		written float64
	}{{"ours", 3, (*desk).buy, 3}, {"others", 120, (*desk).othersSell, 0}} {
		first, again, err := b.settleRows(nil, turn.name, stripe.Name, turn.rows, turn.fill)
		if err != nil {
			t.Fatalf("%s: %v", turn.name, err)
		}
		if first.cost.written < turn.written+2 || first.cost.written > turn.written+5 || first.done.Unmatched != 0 {
			t.Errorf("%s: %v rows written, %+v", turn.name, first.cost.written, first.done)
		}
		if again.cost.written != 1 {
			t.Errorf("%s: %v rows written with nothing new", turn.name, again.cost.written)
		}
		if first.waited <= 0 || first.waited >= first.wall {
			t.Errorf("%s: the simulator took %v ms of %v", turn.name, first.waited, first.wall)
		}
	}
	if found, err := filepath.Glob(filepath.Join(b.folder, "o*")); err != nil || len(found) != 2 {
		t.Errorf("each has a file of its own: %v, %v", found, err)
	}
}

// TestNothingToHear: a provider that has nothing to say is not taken for heard.
func TestNothingToHear(t *testing.T) {
	d := deskAt(t, stripe.Name)
	if err := d.hear(); err == nil {
		t.Error("nothing was heard")
	}
	p, err := d.paid(1)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.hear(); err != nil || len(d.rung) != 1 {
		t.Errorf("%v, %d deliveries of %s", err, len(d.rung), p.ID)
	}
}
