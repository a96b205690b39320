package stripe

import (
	"math/rand/v2"
	"net/http"
	"testing"
	"time"
)

// TestBooks: whatever happens, the balance is the sum of the rows, each row is gross
// less fee, and what was given back is never more than what was taken.
func TestBooks(t *testing.T) {
	for seed := range uint64(20) {
		b := newBench(t)
		dice := rand.New(rand.NewPCG(seed, 1))
		var ids []string
		for range 200 {
			switch any := func() string { return ids[dice.IntN(len(ids))] }; {
			case len(ids) == 0 || dice.IntN(4) == 0:
				ids = append(ids, b.open("card", []string{"eur", "usd", "jpy", "krw"}[dice.IntN(4)], "5000"))
			case dice.IntN(3) == 0:
				_ = b.Pay(any(), Instrument{})
			case dice.IntN(3) == 0:
				_ = b.RefundInDashboard(any(), int64(dice.IntN(3000)))
			case dice.IntN(3) == 0:
				_ = b.EndRefund(any(), dice.IntN(2) == 0)
			case dice.IntN(3) == 0:
				_ = b.Dispute(any(), "fraudulent", dice.IntN(2) == 0)
			case dice.IntN(3) == 0:
				_ = b.Escalate(any())
			case dice.IntN(3) == 0:
				_ = b.Resolve(any(), dice.IntN(2) == 0)
			case dice.IntN(3) == 0:
				if id, _ := b.PayOut("eur"); id != "" && dice.IntN(2) == 0 {
					_ = b.EndPayout(id, dice.IntN(2) == 0)
				}
			default:
				b.advance(time.Duration(dice.IntN(30)) * time.Hour)
			}
		}
		b.holdBooks()
	}
}

func (b *bench) holdBooks() {
	b.t.Helper()
	sums, ofPayout := map[string]int64{}, map[string]int64{}
	for _, r := range b.rows {
		sums[r.currency] += r.net()
		if r.payout != nil {
			ofPayout[r.payout.id] += r.net()
		}
		if r.available.Before(r.created) {
			b.t.Errorf("%s is available before it was made", r.id)
		}
	}
	for _, c := range b.config.Settles {
		if available, pending := b.Balance(c); available+pending != sums[c] {
			b.t.Errorf("%d and %d %s are there, the rows make %d", available, pending, c, sums[c])
		}
	}
	for _, p := range b.payouts {
		if p.automatic && ofPayout[p.id] != 0 {
			b.t.Errorf("payout %s is %d off", p.id, ofPayout[p.id])
		}
	}
	for _, s := range b.Sessions() {
		if s.Refunded < 0 || s.Refunded > s.Received {
			b.t.Errorf("%+v gave back more than it took", s)
		}
		if (s.Received > 0) != (s.IntentStatus == "succeeded") {
			b.t.Errorf("%+v has taken %d", s, s.Received)
		}
	}
}

// TestBankTransfers: the customer's cash and what was paid with it are what came in.
func TestBankTransfers(t *testing.T) {
	b := newBench(t)
	customer := b.call("POST", "/v1/customers", "").text("id")
	id := b.open("customer_balance", "gbp", "5000", "customer", customer,
		"payment_method_options[customer_balance][funding_type]", "bank_transfer",
		"payment_method_options[customer_balance][bank_transfer][type]", "gb_bank_transfer")
	if b.Transfer(id, 500) == nil {
		t.Error("money came before anybody promised it")
	}
	b.must(b.Pay(id, Instrument{}))
	b.must(b.Transfer(id, 2000))
	intent := b.Sessions()[0].Intent
	if s := b.call("POST", "/v1/payment_intents/"+intent+"/cancel", ""); s.status != http.StatusOK || b.Cash(id) != 2000 {
		t.Errorf("cancelled as %d; the customer has %d", s.status, b.Cash(id))
	}
	b.must(b.Transfer(id, 3000))
	if s := b.Sessions()[0]; b.Cash(id) != 5000 || s.Received != 0 {
		t.Errorf("money that came too late made %+v, the customer has %d", s, b.Cash(id))
	}
}

func TestConversion(t *testing.T) {
	for _, c := range []struct {
		amount   int64
		from, to string
		rate     string
		want     int64
	}{
		{15_000, "krw", "eur", "0.000641", 962}, // 9.615 rounds up
		{1000, "kwd", "eur", "3.0123", 301},
		{100, "gbp", "eur", "1.1733", 117},
		{-15_000, "krw", "eur", "0.000641", -961},
		{0, "usd", "eur", "0.9251", 0},
	} {
		if got := convert(c.amount, c.from, c.to, c.rate); got != c.want {
			t.Errorf("%d %s is %d %s, want %d", c.amount, c.from, got, c.to, c.want)
		}
	}
}

// TestPages: a list is cut into pages, the newest first, and each thing is once in it.
func TestPages(t *testing.T) {
	b := newBench(t)
	for range 25 {
		b.Charge("eur", 100)
		b.advance(time.Second)
	}
	seen, after := map[string]bool{}, ""
	for {
		form := []string{"limit", "10"}
		if after != "" {
			form = append(form, "starting_after", after)
		}
		s := b.call("GET", "/v1/balance_transactions", "", form...)
		data := s.body["data"].([]any)
		for _, one := range data {
			after = one.(map[string]any)["id"].(string)
			if seen[after] {
				t.Fatalf("%s is there twice", after)
			}
			seen[after] = true
		}
		if s.body["has_more"] != true {
			break
		}
	}
	if len(seen) != 25 {
		t.Errorf("%d rows were listed", len(seen))
	}
	for _, form := range [][]string{{"limit", "0"}, {"limit", "101"}, {"limit", "x"}, {"starting_after", "txn_x"}, {"offset", "5"}} {
		if s := b.call("GET", "/v1/balance_transactions", "", form...); s.status != http.StatusBadRequest {
			t.Errorf("%q is %d", form, s.status)
		}
	}
}
