package paypal

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// checkAccount holds the statement against itself and the books: the rows make
// up the balances, and the merchant's money is at PayPal or was paid out.
func checkAccount(t *testing.T, sim *Simulator) {
	t.Helper()
	st, books := sim.Statement(), sim.Books()
	total, available := map[string]int64{}, map[string]int64{}
	for _, r := range st.Rows {
		total[r.Currency] += r.Total
		available[r.Currency] += r.Available
	}
	for _, f := range st.Balances {
		if f.Total != f.Available+f.Withheld || f.Total != total[f.Currency] || f.Available != available[f.Currency] {
			t.Fatalf("%+v, and the rows come to %d and %d", f, total[f.Currency], available[f.Currency])
		}
	}
	for _, a := range books.Accounts {
		if f := st.Balance(a.Currency); a.Merchant != f.Total+f.PaidOut || a.Buyer+a.Merchant+a.PayPal != 0 {
			t.Fatalf("%+v is not %+v", f, a)
		}
	}
	for i, c := range books.Charges {
		p := st.Payments[i]
		var back int64
		for _, r := range books.Refunds {
			if r.Charge == c.ID && r.State == completed {
				back += r.Amount
			}
		}
		won := back - p.Refunded - p.Reversed - p.ChargedBack // chargebacks that were reversed
		if p.Capture != c.ID || p.Fee != c.Fee || (p.Gross == c.Amount) != (c.State == completed) || won < 0 || p.Held < 0 {
			t.Fatalf("%+v of %+v, given back %d", p, c, back)
		}
	}
}

// act does one thing that can happen to an account; what is not possible just
// now is left undone.
func (b *bench) act(dice *rand.Rand) {
	codes := []string{"EUR", "USD", "JPY", "HUF", "GBP"}
	code := codes[dice.IntN(len(codes))]
	charges := b.sim.Books().Charges
	capture := ""
	if len(charges) > 0 {
		capture = charges[dice.IntN(len(charges))].ID
	}
	switch dice.IntN(18) {
	case 0, 1, 2, 3:
		_, _ = b.sim.Sell(Sale{CustomID: fmt.Sprint("p", len(charges)), Currency: code, Amount: 1 + dice.Int64N(100_000), Pending: dice.IntN(4) == 0})
	case 4:
		_ = b.sim.SettlePending(capture, dice.IntN(2) == 0)
	case 5, 6:
		_ = b.sim.RefundInDashboard(capture, dice.Int64N(3000))
	case 7:
		_ = b.sim.Reverse(capture)
	case 8:
		_, _ = b.sim.OpenDispute(capture, "OTHER")
	case 9:
		for _, d := range b.sim.disputes {
			_ = b.sim.ResolveDispute(d.id, []string{"RESOLVED_BUYER_FAVOUR", "ACCEPTED", "DENIED"}[dice.IntN(3)])
		}
	case 10:
		for _, d := range b.sim.disputes {
			_ = b.sim.ReverseChargeback(d.id)
		}
	case 11:
		_, _ = b.sim.Hold([]string{"T2101", "T2107", "T1501"}[dice.IntN(3)], capture, "", 0)
	case 12:
		for _, r := range b.sim.Statement().Rows {
			if r.Kind == RowHold && dice.IntN(2) == 0 {
				_ = b.sim.Release(r.ID)
			}
		}
	case 13:
		_, _ = b.sim.PayOut(code, 0)
	case 14:
		_ = b.sim.Convert(code, dice.Int64N(500), codes[dice.IntN(len(codes))])
	case 15:
		_ = b.sim.CorrectFee(capture, dice.Int64N(50), dice.IntN(2) == 0)
	case 16:
		_, _ = b.sim.AddRow(OddRow{Code: "T9801", Currency: code, Amount: dice.Int64N(2000) - 1000, Pending: dice.IntN(2) == 0})
	case 17:
		for _, r := range b.sim.Statement().Rows {
			if r.Code == "T9801" && r.Status == rowPending {
				_ = b.sim.SettleRow(r.ID, r.Code, dice.IntN(2) == 0)
			}
		}
	}
}

// Whatever happens to an account, the rows make up its balances, at every time,
// in the simulator and in what a client can read of it; and a killed process
// changes nothing.
func TestOpeningAndRowsAreClosing(t *testing.T) {
	for seed := range uint64(40) {
		bench := newBench
		if seed%5 == 0 {
			bench = newKeptBench
		}
		b := bench(t, func(c *Config) { c.Seed = int64(seed) })
		dice := rand.New(rand.NewPCG(seed, 1))
		switch seed % 3 {
		case 1:
			b.must(b.sim.HoldCurrencies("EUR", "JPY"))
		case 2:
			b.must(b.sim.PayOutEvery(24 * time.Hour))
		}
		past := map[time.Time][]Funds{}
		for range 60 {
			b.clock.move(time.Duration(dice.IntN(10)) * time.Hour)
			b.act(dice)
			checkAccount(t, b.sim)
			at := b.sim.now().Truncate(time.Second)
			if past[at] = b.sim.Statement().Balances; !b.sim.statement.latest.Equal(at) {
				delete(past, at) // this second has not all of its rows yet, or had none
			}
		}
		if b.config.File != "" {
			b.restart()
			checkAccount(t, b.sim)
		}
		b.clock.move(maxLateness)
		b.token = b.grant()
		for at, funds := range past {
			for _, f := range funds {
				if m := b.sim.statement.balanceAt(f.Currency, at); m.total != f.Total || m.available != f.Available {
					t.Errorf("seed %d: at %s %+v, then %+v", seed, at, m, f)
				}
			}
		}
		b.checkReported(seed)
	}
}

// checkReported adds up what a client reads and holds it against the balances
// the client is told.
func (b *bench) checkReported(seed uint64) {
	b.Helper()
	total, available := map[string]int64{}, map[string]int64{}
	for _, r := range b.readAll("2024-02-01T00:00:00Z", "2024-03-02T00:00:00Z", 7) {
		if r["transaction_status"] == rowPending || r["transaction_status"] == rowDenied {
			continue
		}
		currency := at(r, "transaction_amount", "currency_code").(string)
		moved := b.count(r["transaction_amount"])
		if r["fee_amount"] != nil {
			moved += b.count(r["fee_amount"])
		}
		available[currency] += moved
		if kind := kindOf(r["transaction_event_code"].(string)); kind != RowHold && kind != RowRelease {
			total[currency] += moved
		}
	}
	b.sim.BalancesLate(0)
	g := b.do("GET", balancePath, "")
	balances := g.body["balances"].([]any)
	for _, f := range balances {
		currency := at(f, "currency").(string)
		b.want(fmt.Sprint("seed ", seed, ", total ", currency), b.count(at(f, "total_balance")), total[currency])
		b.want(fmt.Sprint("seed ", seed, ", available ", currency), b.count(at(f, "available_balance")), available[currency])
		b.want(fmt.Sprint("seed ", seed, ", withheld ", currency), b.count(at(f, "withheld_balance")), total[currency]-available[currency])
	}
	if len(total) > len(balances) {
		b.Errorf("seed %d: rows in %d currencies, balances in %d", seed, len(total), len(balances))
	}
}

// count reads a money object.
func (b *bench) count(v any) int64 {
	b.Helper()
	m, err := recallMoney(at(v, "currency_code").(string), at(v, "value").(string))
	b.must(err)
	return m.count
}
