package settlement

import (
	"testing"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

// TestWhereMoneyIs: one word for each currency of a payment, by all that its rows and
// captures tell.
func TestWhereMoneyIs(t *testing.T) {
	row := func(code string, minor int64, c money.Currency) Row {
		r := sale(code+string(c), 9, minor, 0)
		r.Code, r.Amount, r.Fee = code, money.New(minor, c), money.Amount{}
		return r
	}
	pending := row("T0006", 7500, "EUR")
	pending.Status = StatusPending
	captured := func(state payment.State) []payment.Capture {
		return []payment.Capture{{Movement: payment.Movement{ID: "C", State: state, Amount: eur(7500)}}}
	}
	paid, hold := row("T0006", 7500, "EUR"), row("T1110", -7500, "EUR")
	out, in := row("T0200", -7500, "EUR"), row("T0200", 8000, "USD")
	for name, c := range map[string]struct {
		captures []payment.Capture
		rows     []Row
		want     map[money.Currency]Where
	}{
		"nobody has paid":        {nil, nil, nil},
		"the capture failed":     {captured(payment.Failed), []Row{}, nil},
		"captured":               {captured(payment.Completed), nil, map[money.Currency]Where{"EUR": WhereNotReported}},
		"announced":              {captured(payment.Pending), nil, map[money.Currency]Where{"EUR": WherePending}},
		"announced by a row":     {captured(payment.Pending), []Row{pending}, map[money.Currency]Where{"EUR": WherePending}},
		"arrived":                {captured(payment.Completed), []Row{paid}, map[money.Currency]Where{"EUR": WhereAvailable}},
		"held":                   {captured(payment.Completed), []Row{paid, hold}, map[money.Currency]Where{"EUR": WhereOnHold}},
		"let go":                 {captured(payment.Completed), []Row{paid, hold, row("T1111", 7500, "EUR")}, map[money.Currency]Where{"EUR": WhereAvailable}},
		"refunded in part":       {captured(payment.Completed), []Row{paid, row("T1107", -500, "EUR")}, map[money.Currency]Where{"EUR": WhereAvailable}},
		"refunded":               {captured(payment.Refunded), []Row{paid, row("T1107", -7500, "EUR")}, map[money.Currency]Where{"EUR": WhereRefunded}},
		"reversed":               {captured(payment.Completed), []Row{paid, row("T1106", -7500, "EUR")}, map[money.Currency]Where{"EUR": WhereReversed}},
		"charged back and won":   {captured(payment.Completed), []Row{paid, row("T1201", -7500, "EUR"), row("T1202", 7500, "EUR")}, map[money.Currency]Where{"EUR": WhereAvailable}},
		"both took back":         {captured(payment.Completed), []Row{paid, row("T1107", -500, "EUR"), row("T1201", -7000, "EUR")}, map[money.Currency]Where{"EUR": WhereReversed}},
		"gone, and still held":   {captured(payment.Completed), []Row{paid, hold, row("T1201", -7500, "EUR")}, map[money.Currency]Where{"EUR": WhereReversed}},
		"converted":              {captured(payment.Completed), []Row{paid, out, in}, map[money.Currency]Where{"EUR": WhereConverted, "USD": WhereAvailable}},
		"converted and held":     {captured(payment.Completed), []Row{paid, out, in, row("T1110", -8000, "USD")}, map[money.Currency]Where{"EUR": WhereConverted, "USD": WhereOnHold}},
		"converted and refunded": {captured(payment.Refunded), []Row{paid, out, in, row("T1107", -7500, "EUR"), row("T0201", 7500, "EUR"), row("T0201", -8000, "USD")}, map[money.Currency]Where{"EUR": WhereRefunded, "USD": WhereRefunded}},
	} {
		p := payment.Payment{Captures: c.captures}
		for _, r := range c.rows {
			e, _ := words.Entry(r)
			p = payment.ObserveRows(p, e)
		}
		list, err := MoneyOf(p, Sight{Words: words}, "", "")
		if err != nil || len(list) != len(c.want) {
			t.Errorf("%s: %+v, %v", name, list, err)
		}
		for _, m := range list {
			if m.Where != c.want[m.Currency] {
				t.Errorf("%s: %s is %q, want %q", name, m.Currency, m.Where, c.want[m.Currency])
			}
		}
	}
}
