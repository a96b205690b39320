package paypal

import (
	"testing"
	"time"
)

// TestPayoutOnItsWay: the money is the account's until the bank has it, and stays there
// if it comes back. The books of who owns what do not know of it.
func TestPayoutOnItsWay(t *testing.T) {
	for arrived, want := range map[bool]string{true: "549 549 0 4000", false: "4549 4549 0 0"} {
		b := newBench(t)
		b.paid("p1")
		row, err := b.sim.BeginPayOut("EUR", 4000)
		b.must(err)
		b.want("on its way", b.funds("EUR"), "4549 4549 0 0")
		b.want("row", b.lines(), "T0006 S 47.50 EUR fee -2.01, T0403 P -40.00 EUR")
		b.clock.move(48 * time.Hour)
		b.must(b.sim.SettleRow(row, withdrawalCode, arrived))
		b.want("in the end", b.funds("EUR"), want)
		b.want("without the statement", b.sim.Balance("EUR"), b.sim.Statement().Balance("EUR"))
		checkAccount(t, b.sim)
	}
}

// TestServed counts what was served as the record of calls does.
func TestServed(t *testing.T) {
	b := newBench(t)
	b.paid("p1")
	of := map[CallName]int{}
	for _, c := range b.sim.Calls() {
		of[c.Name]++
	}
	for name, n := range of {
		b.want(string(name), b.sim.Served(name), n)
	}
	b.want("all", b.sim.Served(CallAny), len(b.sim.Calls()))
}
