package paypal

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestAccountOnTheDesk(t *testing.T) {
	b := newBench(t)
	_, k := b.paid("p1")
	do := func(action string, form url.Values) {
		t.Helper()
		if g := b.post("/sim/"+action, form); g.status != http.StatusSeeOther {
			t.Errorf("%s: %d %s", action, g.status, g.raw)
		}
	}
	refused := func(action string, form url.Values) {
		t.Helper()
		b.want(action, b.post("/sim/"+action, form).status, http.StatusBadRequest)
	}
	do("hold", url.Values{"capture": {k}, "code": {"T2107"}})
	b.want("held", b.funds("EUR"), "4549 -201 4750 0")
	do("release", url.Values{"row": {b.sim.Statement().Rows[1].ID}})
	do("fee", url.Values{"capture": {k}, "fee": {"1.00"}, "how": {"in place"}})
	do("fee", url.Values{"capture": {k}, "fee": {"0.50"}, "how": {"as a row"}})
	do("payout", url.Values{"currency": {"EUR"}, "amount": {"10.00"}})
	do("payout", url.Values{"currency": {"EUR"}, "amount": {""}})
	b.want("paid out", b.funds("EUR"), "0 0 0 4700")
	do("sale", url.Values{"custom_id": {"other"}, "currency": {"USD"}, "amount": {"20.00"}, "code": {"T0007"}, "pending": {"no"}})
	do("convert", url.Values{"from": {"USD"}, "amount": {"5.00"}, "to": {"EUR"}})
	do("row", url.Values{"code": {"T9999"}, "currency": {"EUR"}, "amount": {"-1.00"}, "pending": {"yes"}})
	rows := b.sim.Statement().Rows
	odd := rows[len(rows)-1]
	b.holds(b.page("/sim"), odd.ID, "Denied", "T0007", "conversion")
	do("settle-row", url.Values{"row": {odd.ID}, "code": {"T9999"}, "arrived": {"no"}})
	do("falsify", url.Values{"row": {k}, "code": {"T0006"}, "how": {"lost"}})
	do("report", url.Values{"late": {"0"}, "clip": {"0"}, "form": {"mixed"}, "scope": {"granted"}, "shift": {"yes"}})
	do("payouts", url.Values{"every": {"day"}})
	g := b.page("/sim")
	b.holds(g, "reported lost", "times mixed", "1 listings shift", "every 24h0m0s")
	b.want("rows in the report", strings.Contains(b.codes(b.read("")), "T0006"), false)

	_, other := b.paid("p2")
	id := b.dispute(other)
	b.must(b.sim.ResolveDispute(id, "RESOLVED_BUYER_FAVOUR"))
	b.holds(b.page("/sim"), "Win it back")
	do("win-back", url.Values{"dispute": {id}})
	b.want("won back", strings.Contains(b.page("/sim").raw, "Win it back"), false)

	refused("hold", url.Values{"capture": {k}, "code": {"T0006"}})
	refused("release", url.Values{"row": {"X"}})
	refused("fee", url.Values{"capture": {"X"}})
	refused("fee", url.Values{"capture": {k}, "fee": {"x"}})
	refused("payout", url.Values{"currency": {"XXX"}, "amount": {"1"}})
	refused("payout", url.Values{"currency": {"EUR"}, "amount": {"9999"}})
	refused("payouts", url.Values{"every": {"hour"}})
	refused("sale", url.Values{"currency": {"EUR"}, "amount": {"x"}})
	refused("sale", url.Values{"currency": {"EUR"}, "amount": {"-1"}})
	refused("row", url.Values{"code": {"T0006"}, "currency": {"EUR"}, "amount": {"1"}})
	refused("row", url.Values{"currency": {"EUR"}, "amount": {"x"}})
	refused("convert", url.Values{"from": {"USD"}, "amount": {"x"}, "to": {"EUR"}})
	refused("settle-row", url.Values{"row": {k}, "code": {"T0006"}})
	refused("falsify", url.Values{"row": {k}, "code": {"T0006"}, "how": {"x"}})
	refused("report", url.Values{"late": {"-1"}, "clip": {"0"}, "form": {"mixed"}})
	refused("report", url.Values{"late": {"0"}, "clip": {"x"}, "form": {"mixed"}})
	refused("report", url.Values{"late": {"0"}, "clip": {"0"}, "form": {"x"}})
	refused("win-back", url.Values{"dispute": {id}})

	b.clock.move(time.Hour)
	var st Statement
	b.must(json.Unmarshal([]byte(b.page("/sim/statement").raw), &st))
	b.want("statement", text(st), text(b.sim.Statement()))
}
