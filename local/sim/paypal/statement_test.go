package paypal

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

// lines tells the rows in short, in order: code, status, amount, fee.
func (b *bench) lines() string {
	var list []string
	for _, r := range b.sim.Statement().Rows {
		list = append(list, strings.TrimSpace(fmt.Sprintf("%s %s %s", r.Code, r.Status, amounts(r))))
	}
	return strings.Join(list, ", ")
}

func amounts(r Row) string {
	text := money{r.Currency, r.Amount}.String() + " " + r.Currency
	if r.Fee != 0 {
		text += " fee " + money{r.Currency, r.Fee}.String()
	}
	return text
}

// funds tells a currency's total, available, withheld and paid out.
func (b *bench) funds(currency string) string {
	f := b.sim.Statement().Balance(currency)
	return fmt.Sprintf("%d %d %d %d", f.Total, f.Available, f.Withheld, f.PaidOut)
}

func (b *bench) payment(customID string) Payment {
	b.Helper()
	list := b.sim.Statement().Of(customID)
	if len(list) != 1 {
		b.Fatalf("%d payments of %s", len(list), customID)
	}
	return list[0]
}

func TestRowsOfASaleAndItsRefunds(t *testing.T) {
	b := newBench(t)
	_, k := b.paid("p1")
	b.want("sale", b.lines(), "T0006 S 47.50 EUR fee -2.01")
	b.refund(k, "r1", euros("7.50"))
	b.must(b.sim.RefundInDashboard(k, 0))
	// The row of the sale keeps its amount: what came back are rows of their own.
	b.want("refunds", b.lines(), "T0006 V 47.50 EUR fee -2.01, T1107 S -7.50 EUR, T1107 S -40.00 EUR")
	b.want("the fee is kept", b.funds("EUR"), "-201 -201 0 0")
	b.want("payment", b.payment("p1"), Payment{
		Capture: k, CustomID: "p1", InvoiceID: "INV-1", Currency: "EUR", HeldIn: "EUR",
		Gross: 4750, Fee: 201, Net: 4549, Refunded: 4750,
	})
	_, other := b.paid("p2")
	b.must(b.sim.Reverse(other))
	b.want("reversed", b.payment("p2").Reversed, int64(4750))
	b.want("rows", strings.HasSuffix(b.lines(), "T0006 V 47.50 EUR fee -2.01, T1106 S -47.50 EUR"), true)
}

func TestRowsThatAreNotDoneMoveNothing(t *testing.T) {
	b := newBench(t)
	id := b.approved("p1", ECheck)
	b.capture(id, "c1")
	k := b.sim.Books().Charges[0].ID
	b.want("pending", b.lines(), "T0006 P 47.50 EUR")
	b.want("nothing", b.funds("EUR"), "0 0 0 0")
	b.want("payment", b.payment("p1").Pending, int64(4750))
	first := b.sim.Statement().Rows[0]
	b.clock.move(time.Hour)
	b.must(b.sim.SettlePending(k, true))
	b.want("done", b.lines(), "T0006 S 47.50 EUR fee -2.01")
	b.want("moved", b.funds("EUR"), "4549 4549 0 0")
	second := b.sim.Statement().Rows[0]
	b.want("initiation stays", second.Initiated, first.Initiated)
	b.want("update moves", second.Updated, first.Updated.Add(time.Hour))

	b.must(b.sim.Inject(Fault{Kind: Pending, Call: CallRefund}))
	r := b.refund(k, "r1", euros("5.00")).body["id"].(string)
	b.want("pending refund", b.funds("EUR"), "4549 4549 0 0")
	b.must(b.sim.SettleRefund(r, false))
	b.want("failed refund", b.lines(), "T0006 S 47.50 EUR fee -2.01, T1107 D -5.00 EUR")
	b.capture(b.approved("p2", ECheck), "c2")
	b.must(b.sim.SettlePending(b.sim.Books().Charges[1].ID, false))
	b.capture(b.approved("p3", Bounced), "c3")
	b.want("denied", strings.HasSuffix(b.lines(), "T0006 D 47.50 EUR, T0006 D 47.50 EUR"), true)
	b.want("nothing more", b.funds("EUR"), "4549 4549 0 0")
}

func TestRowsOfADispute(t *testing.T) {
	for outcome, want := range map[string]struct{ lines, funds string }{
		"RESOLVED_SELLER_FAVOUR": {
			"T0006 S 47.50 EUR fee -2.01, T1110 S -47.50 EUR, T1111 S 47.50 EUR", "4549 4549 0 0"},
		"RESOLVED_BUYER_FAVOUR": {
			"T0006 V 47.50 EUR fee -2.01, T1110 S -47.50 EUR, T1111 S 47.50 EUR, T1201 S -47.50 EUR, T0106 S -20.00 EUR",
			"-2201 -2201 0 0"},
		"ACCEPTED": {
			"T0006 V 47.50 EUR fee -2.01, T1110 S -47.50 EUR, T1111 S 47.50 EUR, T1106 S -47.50 EUR", "-201 -201 0 0"},
	} {
		b := newBench(t)
		_, k := b.paid("p1")
		id := b.dispute(k)
		b.want("held", b.funds("EUR"), "4549 -201 4750 0")
		b.want("of the payment", b.payment("p1").Held, int64(4750))
		b.must(b.sim.ResolveDispute(id, outcome))
		b.want(outcome, b.lines(), want.lines)
		b.want(outcome, b.funds("EUR"), want.funds)
		b.want("held no more", b.payment("p1").Held, int64(0))
	}
}

func TestChargebackAndBack(t *testing.T) {
	b := newBench(t)
	_, k := b.paid("p1")
	id := b.dispute(k)
	if err := b.sim.ReverseChargeback(id); !errors.Is(err, ErrDispute) {
		t.Error(err)
	}
	b.must(b.sim.ResolveDispute(id, "RESOLVED_BUYER_FAVOUR"))
	rows := b.sim.Statement().Rows
	b.want("one id for the chargeback and its fee", rows[3].ID, rows[4].ID)
	b.must(b.sim.ReverseChargeback(id))
	p := b.payment("p1")
	b.want("charged back", p.ChargedBack, int64(0))
	b.want("fee", p.ChargebackFee, int64(2000))
	b.want("funds", b.funds("EUR"), "2549 2549 0 0")
	if err := b.sim.ReverseChargeback(id); !errors.Is(err, ErrDispute) {
		t.Error(err)
	}
	b.want("no dispute", b.sim.ReverseChargeback("PP-D-1"), ErrNoDispute)
}

// A refund of a disputed payment comes out of what is held.
func TestRefundLiftsTheHold(t *testing.T) {
	b := newBench(t)
	_, k := b.paid("p1")
	b.dispute(k)
	b.refund(k, "r1", "{}")
	b.want("rows", b.lines(), "T0006 V 47.50 EUR fee -2.01, T1110 S -47.50 EUR, T1111 S 47.50 EUR, T1107 S -47.50 EUR")
	b.want("funds", b.funds("EUR"), "-201 -201 0 0")
}

func TestHolds(t *testing.T) {
	for code, release := range releases {
		b := newBench(t)
		_, k := b.paid("p1")
		id, err := b.sim.Hold(code, k, "", 0)
		b.must(err)
		b.want(code, b.funds("EUR"), "4549 -201 4750 0")
		b.must(b.sim.Release(id))
		b.want("released", b.lines(), "T0006 S 47.50 EUR fee -2.01, "+code+" S -47.50 EUR, "+release+" S 47.50 EUR")
		b.want("funds", b.funds("EUR"), "4549 4549 0 0")
		b.want("twice", b.sim.Release(id), ErrNotHeld)
	}
	b := newBench(t)
	id, err := b.sim.Hold("T2103", "", "USD", 500)
	b.must(err)
	b.want("reserve", b.funds("USD"), "0 -500 500 0")
	waiting, err := b.sim.Sell(Sale{Currency: "EUR", Amount: 5, Pending: true})
	b.must(err)
	_, err = b.sim.Hold("T2107", waiting, "", 0)
	b.want("not paid", err, ErrNotPaid)
	b.must(b.sim.Release(id))
	b.want("refers to the hold", b.sim.statement.rows[2].reference, id)
	b.want("no row", b.sim.Release("X"), ErrNoRow)
	for _, wrong := range []struct {
		code, capture, currency string
		amount                  int64
		err                     error
	}{
		{"T2102", "", "USD", 5, ErrCode}, {"T2101", "X", "USD", 5, ErrNoCapture},
		{"T2101", "", "XXX", 5, ErrCurrency}, {"T2101", "", "USD", 0, ErrAmount}, {"T2101", "", "USD", -5, ErrAmount},
	} {
		if _, err := b.sim.Hold(wrong.code, wrong.capture, wrong.currency, wrong.amount); !errors.Is(err, wrong.err) {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
}

func TestPayouts(t *testing.T) {
	b := newBench(t)
	b.paid("p1")
	_, err := b.sim.PayOut("EUR", 4000)
	b.must(err)
	b.want("by hand", b.funds("EUR"), "549 549 0 4000")
	if _, err := b.sim.PayOut("EUR", 550); !errors.Is(err, ErrFunds) {
		t.Error(err)
	}
	b.want("the books are as they were", b.sim.Books().Accounts[0].Merchant, int64(4549))

	b.must(b.sim.PayOutEvery(24 * time.Hour))
	b.clock.move(24 * time.Hour)
	b.token = b.grant()
	b.paid("p2")
	b.want("before the sale", b.lines(),
		"T0006 S 47.50 EUR fee -2.01, T0403 S -40.00 EUR, T0400 S -5.49 EUR, T0006 S 47.50 EUR fee -2.01")
	b.want("at midnight", b.sim.Statement().Rows[2].Initiated, time.Date(2024, 2, 4, 0, 0, 0, 0, time.UTC))
	b.clock.move(30 * 24 * time.Hour)
	b.token = b.grant()
	b.paid("p4")
	b.want("by itself, and not before the next midnight", b.funds("EUR"), "4549 4549 0 9098")
	b.clock.move(24 * time.Hour)
	b.want("then", b.funds("EUR"), "0 0 0 13647")
	b.must(b.sim.PayOutEvery(0))
	b.token = b.grant()
	b.paid("p3")
	b.clock.move(48 * time.Hour)
	b.want("no more", b.funds("EUR"), "4549 4549 0 13647")
	b.must(b.sim.PayOutEvery(7 * 24 * time.Hour))
	b.clock.move(7 * 24 * time.Hour)
	rows := b.sim.Statement().Rows
	b.want("weekly", rows[len(rows)-1].Initiated.Weekday(), time.Monday)
	if err := b.sim.PayOutEvery(time.Second); !errors.Is(err, ErrAmount) {
		t.Error(err)
	}
}

// A capture in a currency without a balance is converted as it comes in, and
// what goes out of it is bought back.
func TestConversion(t *testing.T) {
	b := newBench(t)
	b.must(b.sim.HoldCurrencies("USD", "JPY"))
	_, k := b.paid("p1")
	b.want("rows", b.lines(), "T0006 S 47.50 EUR fee -2.01, T0200 S -45.49 EUR, T0200 S 48.05 USD")
	b.want("nothing is left", b.funds("EUR"), "0 0 0 0")
	b.want("dollars", b.funds("USD"), "4805 4805 0 0")
	look := b.lookCapture(k).body["seller_receivable_breakdown"]
	b.want("receivable", at(look, "receivable_amount", "value"), "48.05")
	b.want("currency", at(look, "receivable_amount", "currency_code"), "USD")
	b.want("rate", text(at(look, "exchange_rate")), `{"source_currency":"EUR","target_currency":"USD","value":"1.05633"}`)
	b.want("fee", at(look, "paypal_fee_in_receivable_currency", "value"), "2.12")

	b.refund(k, "r1", euros("10.00"))
	b.want("bought back", strings.HasSuffix(b.lines(), "T1107 S -10.00 EUR, T0200 S -11.23 USD, T0200 S 10.00 EUR"), true)
	id := b.dispute(k)
	b.want("held in dollars", b.funds("USD"), "3682 -279 3961 0")
	b.must(b.sim.ResolveDispute(id, "RESOLVED_BUYER_FAVOUR"))
	b.want("nothing is left", b.funds("EUR"), "0 0 0 0")

	b = newBench(t)
	b.paid("p1")
	b.must(b.sim.Convert("EUR", 1000, "JPY"))
	b.want("by hand", b.lines(), "T0006 S 47.50 EUR fee -2.01, T0201 S -10.00 EUR, T0201 S 1581 JPY")
	if err := b.sim.Convert("EUR", 9999, "JPY"); !errors.Is(err, ErrFunds) {
		t.Error(err)
	}
	if err := b.sim.Convert("EUR", 1, "XXX"); !errors.Is(err, ErrCurrency) {
		t.Error(err)
	}
	b.must(b.sim.HoldCurrencies("JPY"))
	b.want("what was held is converted", b.funds("EUR"), "0 0 0 0")
	if err := b.sim.HoldCurrencies("XXX"); !errors.Is(err, ErrCurrency) {
		t.Error(err)
	}
}

func TestRates(t *testing.T) {
	for from := range currencies {
		for to := range currencies {
			if worth[from] == 0 || rate(from, to) == 0 || !moneyPattern.MatchString(showRate(from, to).Value) {
				t.Errorf("%s to %s: %+v", from, to, showRate(from, to))
			}
		}
	}
}

func TestFeeCorrections(t *testing.T) {
	b := newBench(t)
	_, k := b.paid("p1")
	b.clock.move(time.Hour)
	b.must(b.sim.CorrectFee(k, 150, true))
	b.want("in place", b.lines(), "T0006 S 47.50 EUR fee -1.50")
	r := b.sim.Statement().Rows[0]
	b.want("later update", r.Updated.Sub(r.Initiated), time.Hour)
	b.must(b.sim.CorrectFee(k, 100, false))
	b.must(b.sim.CorrectFee(k, 300, false))
	b.must(b.sim.CorrectFee(k, 300, false))
	b.want("rows", b.lines(), "T0006 S 47.50 EUR fee -1.50, T1109 S 0.50 EUR, T0107 S -2.00 EUR")
	b.want("payment", b.payment("p1").Fee, int64(300))
	b.want("books", b.sim.Books().Charges[0].Fee, int64(300))
	b.want("funds", b.funds("EUR"), "4450 4450 0 0")
	b.want("money", b.balanced(), int64(4750))
	b.want("no capture", b.sim.CorrectFee("X", 1, true), ErrNoCapture)
	if err := b.sim.CorrectFee(k, 4751, true); !errors.Is(err, ErrAmount) {
		t.Error(err)
	}
}

func TestOddRows(t *testing.T) {
	b := newBench(t)
	_, err := b.sim.AddRow(OddRow{Code: "T9999", Currency: "EUR", Amount: -300})
	b.must(err)
	id, err := b.sim.AddRow(OddRow{Code: "T0300", Currency: "EUR", Amount: 1000, Pending: true})
	b.must(err)
	b.want("pending moves nothing", b.funds("EUR"), "-300 -300 0 0")
	b.must(b.sim.SettleRow(id, "T0300", true))
	b.want("funds", b.funds("EUR"), "700 700 0 0")
	b.want("settled", b.sim.SettleRow(id, "T0300", true), ErrNotPending)
	other, err := b.sim.AddRow(OddRow{Code: "T0300", Currency: "EUR", Amount: 1000, Pending: true})
	b.must(err)
	b.must(b.sim.SettleRow(other, "T0300", false))
	b.want("rows", b.lines(), "T9999 S -3.00 EUR, T0300 S 10.00 EUR, T0300 D 10.00 EUR")
	b.want("what it is", b.sim.Statement().Rows[0].Kind, RowOther)
	for _, wrong := range []OddRow{{Code: "T0006", Currency: "EUR"}, {Code: "T1107", Currency: "EUR"}, {Code: "T99", Currency: "EUR"}} {
		if _, err := b.sim.AddRow(wrong); !errors.Is(err, ErrCode) {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
	if _, err := b.sim.AddRow(OddRow{Code: "T9999", Currency: "XXX"}); !errors.Is(err, ErrCurrency) {
		t.Error(err)
	}
}

func TestForeignSales(t *testing.T) {
	b := newBench(t)
	k, err := b.sim.Sell(Sale{CustomID: "not ours", InvoiceID: "X 1", Currency: "JPY", Amount: 5000, Code: "T0007"})
	b.must(err)
	b.want("row", b.lines(), "T0007 S 5000 JPY fee -215")
	b.want("look", b.lookCapture(k).body["custom_id"], "not ours")
	b.must(b.sim.RefundInDashboard(k, 1000))
	waiting, err := b.sim.Sell(Sale{Currency: "JPY", Amount: 700, Pending: true})
	b.must(err)
	b.must(b.sim.SettlePending(waiting, false))
	b.want("rows", b.lines(), "T0007 S 5000 JPY fee -215, T1107 S -1000 JPY, T0006 D 700 JPY")
	b.want("no such sale", func() error { _, err := b.sim.Sell(Sale{Currency: "EUR", Amount: 1, Code: "T1107"}); return err }() != nil, true)
	for _, wrong := range []Sale{{Currency: "EUR"}, {Currency: "XXX", Amount: 1}, {Currency: "EUR", Amount: 1, CustomID: strings.Repeat("x", 128)}} {
		if _, err := b.sim.Sell(wrong); err == nil {
			t.Errorf("%+v was sold", wrong)
		}
	}
}

func TestAuthorisationMovesNothing(t *testing.T) {
	b := newBench(t)
	_, k := b.paid("p1")
	b.must(b.sim.Authorise(k))
	rows := b.sim.Statement().Rows
	b.want("one id, two codes", rows[0].ID == rows[1].ID && rows[0].Code != rows[1].Code, true)
	b.want("funds", b.funds("EUR"), "4549 4549 0 0")
	if err := b.sim.Authorise(k); !errors.Is(err, ErrCode) {
		t.Error(err)
	}
	b.want("no capture", b.sim.Authorise("X"), ErrNoCapture)
}

// A file of before there were statements gets one from its books.
func TestFileWithoutAStatement(t *testing.T) {
	b := newKeptBench(t)
	_, k := b.paid("p1")
	b.refund(k, "r1", euros("7.50"))
	b.capture(b.approved("p2", ECheck), "c2")
	_, other := b.paid("p3")
	b.must(b.sim.Reverse(other))
	b.rewrite(func(st map[string]any) { delete(st, "statement") })
	before := b.sim.Statement()
	b.start()
	after := b.sim.Statement()
	b.want("funds", text(after.Balances), text(before.Balances))
	b.want("payments", text(after.Payments), text(before.Payments))
	b.want("rows", b.lines(), "T0006 S 47.50 EUR fee -2.01, T0006 P 47.50 EUR, T0006 S 47.50 EUR fee -2.01, T1107 S -7.50 EUR, T1106 S -47.50 EUR")
	b.must(b.sim.SettlePending(b.sim.Books().Charges[1].ID, true))
	checkAccount(t, b.sim)
}

// rewrite changes the file behind the simulator's back.
func (b *bench) rewrite(change func(map[string]any)) {
	b.Helper()
	raw, err := os.ReadFile(b.config.File)
	b.must(err)
	var st map[string]any
	b.must(json.Unmarshal(raw, &st))
	change(st)
	b.must(os.WriteFile(b.config.File, []byte(text(st)), 0o600))
}

func TestStatementsThatCannotBe(t *testing.T) {
	rows := func(st map[string]any) []any { return at(st, "statement", "rows").([]any) }
	first := func(name string, v any) func(map[string]any) {
		return func(st map[string]any) { rows(st)[0].(map[string]any)[name] = v }
	}
	version := func(name string, v any) func(map[string]any) {
		return func(st map[string]any) { at(rows(st)[0], "versions", 0).(map[string]any)[name] = v }
	}
	for says, change := range map[string]func(map[string]any){
		"nothing ever happened":     first("versions", []any{}),
		"not one of its own":        first("code", "T1"),
		`currency "XXX"`:            first("currency", "XXX"),
		`no capture "X"`:            first("capture", "X"),
		`misreported as "x"`:        first("misreport", "x"),
		`status "X"`:                version("status", "X"),
		"out of turn":               version("number", 2),
		"has no row":                func(st map[string]any) { st["statement"].(map[string]any)["rows"] = []any{} },
		"the rows come to 4548 EUR": version("fee", -202),
		`a balance in "XXX"`:        func(st map[string]any) { st["statement"].(map[string]any)["holding"] = []any{"XXX"} },
	} {
		b := newKeptBench(t)
		b.paid("p1")
		b.rewrite(change)
		_, err := Open(b.config)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
}

func TestStatementAfterARestart(t *testing.T) {
	b := newKeptBench(t)
	b.must(b.sim.HoldCurrencies("USD"))
	b.must(b.sim.PayOutEvery(24 * time.Hour))
	_, k := b.paid("p1")
	id := b.dispute(k)
	b.must(b.sim.Falsify(k, saleCode, MisreportAmount, 1))
	b.restart()
	b.must(b.sim.ResolveDispute(id, "RESOLVED_BUYER_FAVOUR"))
	b.restart()
	b.must(b.sim.ReverseChargeback(id))
	b.clock.move(72 * time.Hour)
	before := b.sim.Statement()
	b.must(b.sim.HoldCurrencies("USD")) // writes the file
	b.restart()
	if after := b.sim.Statement(); !reflect.DeepEqual(before, after) {
		t.Errorf("got %+v, want %+v", after, before)
	}
	b.sim.ReportLate(0)
	b.same("report", func() got {
		b.sim.ReportLate(0)
		return b.do("GET", reportPath+"?start_date=2024-02-03T00:00:00Z&end_date=2024-02-08T00:00:00Z", "")
	})
}
