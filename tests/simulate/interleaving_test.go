package main

import (
	"maps"
	"slices"
	"strings"
	"testing"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
)

// fewOrders are encounters of which all orders can be played in a moment.
var fewOrders = []string{"refund reserved, and not sent: refund | sweep", "paid: refund | another refund"}

// TestNoOrderIsLeftOut: whatever order two functions can come by each other in, one is played
// in which everything that both touch is read and changed in that order.
func TestNoOrderIsLeftOut(t *testing.T) {
	open(t)
	for _, e := range encounters() {
		if !slices.Contains(fewOrders, e.String()) {
			continue
		}
		played, some := e.orders(t, false)
		all, each := e.orders(t, true)
		for order := range each {
			if !some[order] {
				t.Errorf("%s: in none of %d orders is\n%s", e, played, order)
			}
		}
		if played*2 > all || len(each) < 5 || len(some) != len(each) {
			t.Errorf("%s: %d orders of %d are played, of %d that differ %d", e, played, all, len(each), len(some))
		}
	}
}

// orders are those of an encounter that differ, of all schedules or of those that are played.
func (e encounter) orders(t *testing.T, all bool) (played int, differ map[string]bool) {
	var s *schedule
	bubble(t, func() { s = e.learn() })
	s.replays, differ = all, map[string]bool{}
	for more := true; more; more = s.next() {
		played++
		bubble(t, func() {
			var trace strings.Builder
			e.life(s).result(&trace)
			differ[orderIn(trace.String())] = true
		})
	}
	return played, differ
}

// orderIn is how a life has come by everything that its calls touch. Of what only reads
// between two changes the order does not count.
func orderIn(trace string) string {
	order, reads := map[string][]string{}, map[string][]string{}
	for line := range strings.Lines(trace) {
		words := strings.Fields(line) // date, time, #n, function, seam, call, what it touches
		if len(words) < 7 || words[4] != string(seamTable) && words[4] != string(seamPayPal) || words[5] == string(sim.CallToken) {
			continue
		}
		call, thing := strings.Join(words[2:6], " "), words[4]
		if thing == string(seamTable) {
			thing = strings.TrimSuffix(words[6], ":")
		}
		if !slices.Contains([]string{"write", "rewrite", "create", "capture", "refund"}, words[5]) {
			reads[thing] = append(reads[thing], call)
			continue
		}
		order[thing] = append(append(order[thing], slices.Sorted(slices.Values(reads[thing]))...), call)
		reads[thing] = nil
	}
	var lines []string
	for _, thing := range slices.Sorted(maps.Keys(order)) {
		lines = append(lines, thing+": "+strings.Join(append(order[thing], slices.Sorted(slices.Values(reads[thing]))...), ", "))
	}
	return strings.Join(lines, "\n")
}
