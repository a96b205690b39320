package settlement

import (
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

const (
	ours   = "sc0123456789abcdefghijklmnop"
	others = "scvvvvvvvvvvvvvvvvvvvvvvvvvv"
)

func TestOwner(t *testing.T) {
	for name, c := range map[string]struct {
		row     Row
		id, ask string
	}{
		"sale":                        {Row{Code: "T0006", Custom: ours, Invoice: ours + "-1", Reference: "ORDER"}, ours, ""},
		"sale by its invoice":         {Row{Code: "T0006", Custom: "a shop's", Invoice: ours + "-1"}, ours, ""},
		"the custom field goes first": {Row{Code: "T0006", Custom: ours, Invoice: others}, ours, ""},
		"our refund":                  {Row{Code: "T1107", Custom: ours + "-r0123456789ab", Reference: "CAPTURE"}, ours, ""},
		"dashboard refund":            {Row{Code: "T1107", Reference: "CAPTURE"}, "", "CAPTURE"},
		"chargeback":                  {Row{Code: "T1201", Reference: "CAPTURE"}, "", "CAPTURE"},
		"its fee":                     {Row{Code: "T0106", Reference: "CAPTURE"}, "", "CAPTURE"},
		"hold":                        {Row{Code: "T1110", Reference: "CAPTURE"}, "", "CAPTURE"},
		"conversion":                  {Row{Code: "T0200", Reference: "CAPTURE"}, "", "CAPTURE"},
		"unknown code":                {Row{Code: "T9999", Reference: "CAPTURE"}, "", "CAPTURE"},
		"conversion by hand":          {Row{Code: "T0201"}, "", ""},
		"another shop's":              {Row{Code: "T1107", Custom: "A-17", Reference: "CAPTURE"}, "", ""},
		"another shop's invoice":      {Row{Code: "T1201", Invoice: "A-17", Reference: "CAPTURE"}, "", ""},
		"foreign sale":                {Row{Code: "T0007", Reference: "ORDER"}, "", ""},
		"payout":                      {Row{Code: "T0403", Reference: "BANK"}, "", ""},
	} {
		if id, ask := words.Owner(c.row); id != c.id || ask != c.ask {
			t.Errorf("%s: %q, ask about %q", name, id, ask)
		}
	}
}

func TestOdd(t *testing.T) {
	for _, c := range []struct {
		row  Row
		want Reason
	}{
		{Row{Code: "T0006", Status: StatusDone}, ""},
		{Row{Code: "T0099", Status: StatusPending}, ""},
		{Row{Code: "T9999", Status: StatusDone}, ReasonCode},
		{Row{Code: "T0006"}, ReasonStatus},
		{Row{Code: "T9999", Fault: "no amount"}, ReasonFault},
	} {
		if got := words.Odd(c.row); got != c.want {
			t.Errorf("%+v: %q", c.row, got)
		}
	}
}

var day = time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)

func eur(minor int64) money.Amount { return money.New(minor, "EUR") }

// sale is a row at an hour of the day.
func sale(id string, hour int, amount, fee int64) Row {
	at := day.Add(time.Duration(hour) * time.Hour)
	return Row{ID: id, Code: "T0006", Status: StatusDone, Amount: eur(amount), Fee: eur(fee), Custom: ours, Initiated: at, Updated: at}
}

func TestEntry(t *testing.T) {
	done := sale("C", 9, 4500, -192)
	change := func(change func(*Row)) Row {
		r := done
		change(&r)
		return r
	}
	want := payment.Entry{Kind: payment.EntrySale, Ref: "C", Code: "T0006", Amount: eur(4500), Fee: eur(-192), At: done.Initiated, Updated: done.Updated}
	nothing := want
	nothing.Amount, nothing.Fee = eur(0), money.Amount{}
	undone := want
	undone.Reversed = true
	free := want
	free.Fee = money.Amount{}
	memo := nothing
	memo.Kind, memo.Code = payment.EntryAuthorization, "T1300"
	for name, c := range map[string]struct {
		row  Row
		want payment.Entry
		ok   bool
	}{
		"done":           {done, want, true},
		"reversed":       {change(func(r *Row) { r.Status = StatusReversed }), undone, true},
		"pending":        {change(func(r *Row) { r.Status = StatusPending }), nothing, true},
		"denied":         {change(func(r *Row) { r.Status = StatusDenied }), nothing, true},
		"without a fee":  {change(func(r *Row) { r.Fee = money.Amount{} }), free, true},
		"a fee of 0.00":  {change(func(r *Row) { r.Fee = eur(0) }), free, true},
		"authorised":     {change(func(r *Row) { r.Code = "T1300" }), memo, true},
		"unknown status": {change(func(r *Row) { r.Status = StatusUnknown }), payment.Entry{}, false},
		"a fault":        {change(func(r *Row) { r.Fault = "x" }), payment.Entry{}, false},
		"no id":          {change(func(r *Row) { r.ID = "" }), payment.Entry{}, false},
	} {
		if got, ok := words.Entry(c.row); got != c.want || ok != c.ok {
			t.Errorf("%s: %+v, %t", name, got, ok)
		}
	}
}
