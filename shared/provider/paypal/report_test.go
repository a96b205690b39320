package paypal

import (
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
)

const (
	rowsCall     = "GET /v1/reporting/transactions"
	balancesCall = "GET /v1/reporting/balances"
)

// The day that the tests ask for.
var (
	reportFrom = time.Date(2026, 2, 28, 0, 0, 0, 0, time.UTC)
	reportTo   = time.Date(2026, 2, 28, 23, 59, 59, 0, time.UTC)
)

func reportedRows() []settlement.Row {
	return []settlement.Row{
		{
			ID: "3C679366HH908993F", Code: "T0006", Status: settlement.StatusDone, Amount: money.New(4150, "EUR"), Fee: money.New(-179, "EUR"),
			Reference: testOrder, Custom: testPayment, Invoice: testPayment + "-1",
			Initiated: reportTo, Updated: time.Date(2026, 3, 1, 1, 0, 0, 0, time.UTC),
		},
		{
			ID: "1JU08902781691411", Code: "T1107", Status: settlement.StatusReversed, Amount: money.New(-47500, "HUF"), Reference: "3C679366HH908993F",
			Initiated: time.Date(2026, 2, 28, 9, 0, 0, 0, time.UTC), Updated: time.Date(2026, 2, 28, 9, 0, 0, 0, time.UTC),
		},
	}
}

func TestRows(t *testing.T) {
	s, p := newServer(t, answers{rowsCall: reply(200, testdata(t, "report.json"))})
	got, err := p.Rows(t.Context(), reportFrom, reportTo, "")
	want := provider.RowPage{Rows: reportedRows(), Until: reportTo, Refreshed: time.Date(2026, 3, 1, 5, 59, 59, 0, time.UTC), Total: 2}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v, %v\nwant\n%+v", got, err, want)
	}
	query, _ := url.ParseQuery(s.to(rowsCall)[0].query)
	if want := (url.Values{
		"start_date": {"2026-02-28T00:00:00Z"}, "end_date": {"2026-02-28T23:59:59Z"}, "fields": {"transaction_info"}, "page": {"1"}, "page_size": {"500"},
	}); !reflect.DeepEqual(query, want) {
		t.Errorf("asked for %v", query)
	}
}

// A row that cannot be counted is told all the same, and spoils no other.
func TestRowsThatCannotBeCounted(t *testing.T) {
	for name, c := range map[string]struct {
		change []string
		fault  string // a part of it; "" where the row is as it was but for Status
	}{
		"no id":               {[]string{`"transaction_id": "3C679366HH908993F"`, `"x": 1`}, "no id"},
		"an id of no form":    {[]string{`"transaction_id": "3C679366HH908993F"`, `"transaction_id": "a\nb"`}, "no id"},
		"no code":             {[]string{`"T0006"`, `""`}, "no code"},
		"no time":             {[]string{`"2026-02-28T23:59:59+0000", "transaction_u`, `"yesterday", "transaction_u`, `"2026-03-01T01:00:00Z"`, `"today"`}, "no time"},
		"no amount":           {[]string{`"transaction_amount": {"currency_code": "EUR", "value": "41.50"},`, ``}, "no amount"},
		"too exact":           {[]string{`"41.50"`, `"41.505"`}, "amount 41.505 EUR"},
		"part of a yen":       {[]string{`"EUR", "value": "41.50"`, `"JPY", "value": "41.50"`}, "amount 41.50 JPY"},
		"part of a forint":    {[]string{`"EUR", "value": "41.50"`, `"HUF", "value": "41.50"`}, "amount 41.50 HUF"},
		"no PayPal currency":  {[]string{`"EUR", "value": "41.50"`, `"XOF", "value": "41"`}, "amount 41 XOF"},
		"no currency":         {[]string{`"EUR", "value": "41.50"`, `"PYUSD", "value": "41.50"`}, "amount 41.50 PYUSD"},
		"no number":           {[]string{`"41.50"`, `"4 1\n"`}, "amount  EUR"},
		"fee of no form":      {[]string{`"-1.79"`, `"--1"`}, "fee --1 EUR"},
		"fee in another":      {[]string{`"EUR", "value": "-1.79"`, `"USD", "value": "-1.79"`}, "fee is in USD"},
		"a status of its own": {[]string{`"S", "invoice_id"`, `"F", "invoice_id"`}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			body := testdata(t, "report.json")
			text := strings.NewReplacer(c.change...).Replace(body)
			if text == body {
				t.Fatal("nothing was changed")
			}
			_, p := newServer(t, answers{rowsCall: reply(200, text)})
			got, err := p.Rows(t.Context(), reportFrom, reportTo, "")
			if err != nil || len(got.Rows) != 2 || !reflect.DeepEqual(got.Rows[1], reportedRows()[1]) {
				t.Fatalf("%+v, %v", got, err)
			}
			switch r := got.Rows[0]; {
			case c.fault == "" && (r.Fault != "" || r.Status != settlement.StatusUnknown || r.Amount.Minor != 4150):
				t.Errorf("%+v", r)
			case c.fault != "" && (!strings.Contains(r.Fault, c.fault) || !r.Amount.IsZero() || !r.Fee.IsZero() || r.Moves()):
				t.Errorf("%+v, want a fault of %q", r, c.fault)
			}
		})
	}
}

func TestPagesOfAReport(t *testing.T) {
	linked := func(link string) string {
		return strings.NewReplacer(`"total_pages": 1`, `"total_pages": 3`, `?page=1", "rel": "self"`, link).Replace(testdata(t, "report.json"))
	}
	for name, c := range map[string]struct {
		body, page, next string
		fails            bool
	}{
		"the only one":              {testdata(t, "report.json"), "", "", false},
		"linked":                    {linked(`?page=2&x=y", "rel": "next"`), "", "2", false},
		"linked from a later one":   {linked(`?page=3", "rel": "next"`), "2", "3", false},
		"counted and not linked":    {linked(`?page=1", "rel": "self"`), "1", "2", false},
		"the last":                  {linked(`?page=3", "rel": "self"`), "3", "", false},
		"a link back":               {linked(`?page=2", "rel": "next"`), "2", "", true},
		"a link without a page":     {linked(`?token=2", "rel": "next"`), "", "", true},
		"a link that is none":       {linked(`%zz", "rel": "next"`), "", "", true},
		"without a count of rows":   {strings.Replace(testdata(t, "report.json"), `"total_items": 2,`, ``, 1), "", "", true},
		"without an end":            {strings.Replace(testdata(t, "report.json"), `"end_date"`, `"x"`, 1), "", "", true},
		"no JSON":                   {"<html>", "", "", true},
		"a status twice":            {strings.Replace(testdata(t, "report.json"), `"transaction_status": "S"`, `"transaction_status": "S", "transaction_status": "D"`, 1), "", "", true},
		"an end after what we want": {strings.Replace(testdata(t, "report.json"), `"end_date": "2026-02-28T23:59:59+0000"`, `"end_date": "2027-02-28T23:59:59+0000"`, 1), "", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			s, p := newServer(t, answers{rowsCall: reply(200, c.body)})
			got, err := p.Rows(t.Context(), reportFrom, reportTo, c.page)
			if c.fails {
				wantClass(t, err, provider.Look)
				return
			}
			if err != nil || got.Next != c.next || got.Until != reportTo {
				t.Errorf("%+v, %v", got, err)
			}
			query, _ := url.ParseQuery(s.to(rowsCall)[0].query)
			if want := c.page; want != "" && query.Get("page") != want {
				t.Errorf("asked for page %s", query.Get("page"))
			}
		})
	}
}

func TestReportTrouble(t *testing.T) {
	for name, c := range map[string]struct {
		reply http.HandlerFunc
		class provider.Class
	}{
		"not yet":            {reply(400, `{"name":"INVALID_REQUEST","message":"Data for the given start date is not available.","debug_id":"1"}`), provider.NotYet},
		"not yet, an issue":  {reply(400, issuesBody("INVALID_REQUEST", "Data for the given start date is not available.")), provider.NotYet},
		"too many":           {reply(400, `{"name":"RESULTSET_TOO_LARGE","message":"Result set size is greater than the maximum limit.","total_items":10001,"maximum_items":10000}`), provider.TooMany},
		"another refusal":    {reply(400, issuesBody("INVALID_REQUEST", "INVALID_PARAMETER_VALUE")), provider.OurBug},
		"said with a 403":    {reply(403, `{"name":"RESULTSET_TOO_LARGE","message":"x"}`), provider.MerchantSetup},
		"said with a 500":    {reply(500, `{"name":"RESULTSET_TOO_LARGE","message":"x"}`), provider.Look},
		"no right":           {reply(403, issuesBody("NOT_AUTHORIZED", "PERMISSION_DENIED")), provider.MerchantSetup},
		"no right, no issue": {reply(403, `{"name":"NOT_AUTHORIZED","message":"Authorization failed due to insufficient permissions."}`), provider.MerchantSetup},
		"a proxy's 403":      {reply(403, "<html>"), provider.Look},
		"429":                {reply(429, ""), provider.Retry},
	} {
		for call, ask := range map[string]func(*PayPal) error{
			rowsCall:     func(p *PayPal) error { _, err := p.Rows(t.Context(), reportFrom, reportTo, ""); return err },
			balancesCall: func(p *PayPal) error { _, err := p.Balances(t.Context(), reportTo); return err },
		} {
			s, p := newServer(t, answers{call: c.reply})
			failed := wantClass(t, ask(p), c.class)
			if t.Failed() {
				t.Fatal(name)
			}
			if failed.Status == 403 && failed.Class == provider.MerchantSetup {
				if !strings.Contains(failed.Error(), "Transaction search") {
					t.Errorf("%s: %v", name, failed)
				}
				// Only a newer token can have the right.
				if ask(p); len(s.to(tokenCall)) != 2 {
					t.Errorf("%s: %d tokens", name, len(s.to(tokenCall)))
				}
			}
		}
	}
}

func TestBalances(t *testing.T) {
	s, p := newServer(t, answers{balancesCall: reply(200, testdata(t, "balances.json"))})
	got, err := p.Balances(t.Context(), reportTo)
	want := provider.Balances{At: reportTo, Of: map[money.Currency]settlement.Funds{
		"EUR": {Total: money.New(10010, "EUR"), Available: money.New(-5, "EUR")},
		"JPY": {Total: money.New(7, "JPY"), Available: money.New(5, "JPY")},
		"USD": {Total: money.New(300, "USD"), Available: money.New(300, "USD")},
	}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v, %v\nwant\n%+v", got, err, want)
	}
	if query := s.to(balancesCall)[0].query; query != "as_of_time=2026-02-28T23%3A59%3A59Z" {
		t.Errorf("asked for %s", query)
	}
	for name, change := range map[string][]string{
		"no time": {`"as_of_time"`, `"x"`}, "no list": {`"balances"`, `"x"`}, "no total": {`"total_balance"`, `"x"`},
		"too exact": {`"100.10"`, `"100.101"`}, "two currencies": {`{"currency_code": "EUR", "value": "-0.05"}`, `{"currency_code": "USD", "value": "-0.05"}`},
		"no amount": {`"-0.05"`, `"x"`}, "withheld in another": {`{"currency_code": "JPY", "value": "2"}`, `{"currency_code": "USD", "value": "2"}`},
	} {
		text := strings.NewReplacer(change...).Replace(testdata(t, "balances.json"))
		_, p := newServer(t, answers{balancesCall: reply(200, text)})
		if _, err := p.Balances(t.Context(), reportTo); provider.ClassOf(err) != provider.Look {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPaymentOf: a capture, a refund of one, a reversal; what PayPal does not know and
// what it does not show us is not ours.
func TestPaymentOf(t *testing.T) {
	const capture, refund = "GET /v2/payments/captures/", "GET /v2/payments/refunds/"
	taken := reply(200, `{"id":"CAP1","custom_id":"`+testPayment+`"}`)
	unknown := reply(404, issuesBody("RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID"))
	given := reply(200, `{"id":"REF1","links":[{"rel":"up","href":"https://x/v2/payments/captures/CAP1"}]}`)
	for name, c := range map[string]struct {
		answers answers
		ask     string
		want    string
		class   provider.Class
	}{
		"capture":          {answers{capture + "CAP1": taken}, "CAP1", testPayment, ""},
		"refund":           {answers{capture + "REF1": unknown, refund + "REF1": given, capture + "CAP1": taken}, "REF1", testPayment, ""},
		"unknown":          {answers{capture + "X1": unknown, refund + "X1": unknown}, "X1", "", ""},
		"not ours":         {answers{capture + "X1": reply(403, issuesBody("NOT_AUTHORIZED", "PERMISSION_DENIED"))}, "X1", "", ""},
		"an id of no form": {answers{}, "../x", "", ""},
		"unanswered":       {answers{capture + "X1": reply(500, "")}, "X1", "", provider.Look},
	} {
		_, p := newServer(t, c.answers)
		got, err := p.PaymentOf(t.Context(), c.ask)
		if got != c.want || (err == nil) != (c.class == "") || err != nil && provider.ClassOf(err) != c.class {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}
