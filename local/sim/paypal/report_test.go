package paypal

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// read reads one page of the report of the first days of February 2024.
func (b *bench) read(query string) got {
	b.Helper()
	return b.do("GET", reportPath+"?start_date=2024-02-01T00:00:00Z&end_date=2024-02-09T00:00:00Z"+query, "")
}

// entries are the transaction_info of a page.
func (b *bench) entries(g got) []map[string]any {
	b.Helper()
	if g.status != http.StatusOK {
		b.Fatalf("%d %s", g.status, g.raw)
	}
	list, _ := g.body["transaction_details"].([]any)
	var rows []map[string]any
	for _, line := range list {
		rows = append(rows, at(line, "transaction_info").(map[string]any))
	}
	return rows
}

// readAll follows the links from the first page to the last.
func (b *bench) readAll(start, end string, size int) []map[string]any {
	b.Helper()
	var rows []map[string]any
	path := fmt.Sprintf("%s?start_date=%s&end_date=%s&page_size=%d", reportPath, start, end, size)
	for path != "" {
		g := b.do("GET", path, "")
		rows = append(rows, b.entries(g)...)
		path = strings.TrimPrefix(g.link("next"), b.server.URL)
	}
	return rows
}

func (g got) link(rel string) string {
	links, _ := g.body["links"].([]any)
	for _, l := range links {
		if at(l, "rel") == rel {
			return at(l, "href").(string)
		}
	}
	return ""
}

// codes tells the rows of a page: code and status.
func (b *bench) codes(g got) string {
	b.Helper()
	var list []string
	for _, r := range b.entries(g) {
		list = append(list, r["transaction_event_code"].(string)+r["transaction_status"].(string))
	}
	return strings.Join(list, " ")
}

func newReportBench(t *testing.T) *bench {
	b := newBench(t)
	b.sim.ReportLate(0)
	b.sim.BalancesLate(0)
	return b
}

func TestReportedSale(t *testing.T) {
	b := newReportBench(t)
	order, k := b.paid("p1")
	g := b.read("")
	r := b.entries(g)[0]
	for name, want := range map[string]string{
		"transaction_id": k, "paypal_reference_id": order, "paypal_reference_id_type": "ODR",
		"transaction_event_code": "T0006", "transaction_status": "S", "custom_field": "p1", "invoice_id": "INV-1",
		"transaction_initiation_date": "2024-02-03T10:11:12+0000", "transaction_updated_date": "2024-02-03T10:11:12+0000",
	} {
		b.want(name, r[name], want)
	}
	for name, want := range map[string]string{
		"transaction_amount": "47.50", "fee_amount": "-2.01", "ending_balance": "45.49", "available_balance": "45.49",
	} {
		b.want(name, at(r, name, "value"), want)
	}
	b.want("only what was asked for", len(at(g.body, "transaction_details", 0).(map[string]any)), 1)
	b.want("account", g.body["account_number"], merchant.MerchantID)
	b.want("page", g.body["page"], 1.0)
	b.want("items", g.body["total_items"], 1.0)
	b.want("pages", g.body["total_pages"], 1.0)
	b.want("start", g.body["start_date"], "2024-02-01T00:00:00+0000")
	b.want("the end is the last refresh", g.body["end_date"], "2024-02-03T10:11:12+0000")
	b.want("refreshed", g.body["last_refreshed_datetime"], "2024-02-03T10:11:12+0000")
	b.want("self", strings.HasPrefix(g.link("self"), b.server.URL+reportPath+"?"), true)
	b.want("no next", g.link("next"), "")
}

func TestReportedRefunds(t *testing.T) {
	b := newReportBench(t)
	_, k := b.paid("p1")
	id := b.refund(k, "r1", `{"amount":{"currency_code":"EUR","value":"5"},"custom_id":"p1-r1","invoice_id":"p1-r1"}`).body["id"]
	b.must(b.sim.RefundInDashboard(k, 100))
	rows := b.entries(b.read(""))
	b.want("id", rows[1]["transaction_id"], id)
	b.want("of the capture", rows[1]["paypal_reference_id"], k)
	b.want("type", rows[1]["paypal_reference_id_type"], "TXN")
	b.want("custom id", rows[1]["custom_field"], "p1-r1")
	b.want("no fee", rows[1]["fee_amount"], nil)
	b.want("none of the dashboard's", rows[2]["custom_field"], nil)
	b.want("none of the dashboard's", rows[2]["invoice_id"], nil)
}

func TestReportPages(t *testing.T) {
	b := newReportBench(t)
	for i := range 23 {
		_, err := b.sim.Sell(Sale{CustomID: fmt.Sprint("p", i), Currency: "EUR", Amount: 100 + int64(i)})
		b.must(err)
		b.clock.move(time.Minute)
	}
	g := b.read("&page_size=10&page=2")
	b.want("items", g.body["total_items"], 23.0)
	b.want("pages", g.body["total_pages"], 3.0)
	b.want("rows", len(b.entries(g)), 10)
	b.want("first of them", b.entries(g)[0]["custom_field"], "p10")
	for rel, page := range map[string]string{"self": "2", "first": "1", "prev": "1", "next": "3", "last": "3"} {
		u, err := url.Parse(g.link(rel))
		b.must(err)
		b.want(rel, u.Query().Get("page"), page)
		b.want(rel, u.Query().Get("page_size"), "10")
		b.want(rel, u.Query().Get("start_date"), "2024-02-01T00:00:00Z")
	}
	b.want("after the last", len(b.entries(b.read("&page_size=10&page=4"))), 0)
	b.want("no next of the last", b.read("&page_size=10&page=3").link("next"), "")
	var ids []string
	for _, r := range b.readAll("2024-02-01T00:00:00Z", "2024-02-09T00:00:00%2B00:00", 5) {
		ids = append(ids, r["custom_field"].(string))
	}
	b.want("all by initiation", strings.Join(ids, " "), "p0 p1 p2 p3 p4 p5 p6 p7 p8 p9 p10 p11 p12 p13 p14 p15 p16 p17 p18 p19 p20 p21 p22")
	// Both ends belong to the range.
	ends := b.do("GET", reportPath+"?start_date=2024-02-03T10:12:12Z&end_date=2024-02-03T10:14:12Z", "")
	b.want("ends", len(b.entries(ends)), 3)
	whole := b.read("&fields=all")
	b.want("default size", len(b.entries(whole)), 23)
	empty := b.do("GET", reportPath+"?start_date=2023-02-03T10:12:12Z&end_date=2023-02-04T00:00:00Z", "")
	b.want("empty", text(empty.body["transaction_details"]), "[]")
	b.want("no pages", empty.body["total_pages"], 0.0)
}

func TestReportRefusals(t *testing.T) {
	b := newReportBench(t)
	b.paid("p1")
	day := "?start_date=2024-02-01T00:00:00Z&end_date=2024-02-02T00:00:00Z"
	for query, issue := range map[string]string{
		"":                                 "MISSING_REQUIRED_PARAMETER MISSING_REQUIRED_PARAMETER",
		"?start_date=2024-02-01T00:00:00Z": "MISSING_REQUIRED_PARAMETER",
		day + "&page_size=0":               "INVALID_PARAMETER_VALUE",
		day + "&page_size=501":             "INVALID_PARAMETER_VALUE",
		day + "&page=0":                    "INVALID_PARAMETER_VALUE",
		day + "&page=1&page=2":             "INVALID_PARAMETER_VALUE",
		day + "&fields=payer":              "INVALID_PARAMETER_VALUE",
		day + "&balance_affecting_records_only=no":                           "INVALID_PARAMETER_VALUE",
		day + "&transaction_id=ABC":                                          "INVALID_PARAMETER_VALUE",
		day + "&transaction_status=F":                                        "INVALID_PARAMETER_VALUE",
		day + "&transaction_type=sale":                                       "INVALID_PARAMETER_VALUE",
		day + "&transaction_currency=XXX":                                    "INVALID_PARAMETER_VALUE",
		day + "&transaction_amount=5":                                        "INVALID_PARAMETER_VALUE",
		day + "&store_id=1":                                                  "NOT_SUPPORTED",
		day + "&%zz":                                                         "INVALID_PARAMETER_SYNTAX",
		"?start_date=2024-01-01T00:00:00Z&end_date=2024-02-01T00:00:01Z":     "INVALID_PARAMETER_VALUE",
		"?start_date=2024-02-02T00:00:00Z&end_date=2024-02-01T00:00:00Z":     "INVALID_PARAMETER_VALUE",
		"?start_date=2021-02-01T00:00:00Z&end_date=2021-02-02T00:00:00Z":     "INVALID_PARAMETER_VALUE",
		"?start_date=2024-02-01T00:00:00&end_date=2024-02-02T00:00:00":       "INVALID_PARAMETER_VALUE INVALID_PARAMETER_VALUE",
		"?start_date=2024-02-01T00:00:00-0700&end_date=2024-02-02T00:00:00Z": "INVALID_PARAMETER_VALUE",
	} {
		g := b.do("GET", reportPath+query, "")
		b.want(query, g.status, http.StatusBadRequest)
		b.want(query, g.issues(), issue)
	}
	b.want("31 days", b.do("GET", reportPath+"?start_date=2024-01-01T00:00:00Z&end_date=2024-02-01T00:00:00Z", "").status, 200)
	g := b.do("GET", reportPath+"?start_date=2024-02-03T10:11:13Z&end_date=2024-02-04T00:00:00Z", "")
	b.want("newer than the data", g.status, http.StatusBadRequest)
	b.want("name", g.body["name"], "INVALID_REQUEST")
	b.want("message", g.body["message"], "Data for the given start date is not available.")
	b.want("no token", b.do("GET", reportPath+day, "", "Authorization", "").status, http.StatusUnauthorized)
	b.want("another method", b.do("POST", reportPath+day, "{}").status, http.StatusNotFound)
}

func TestReportTooLarge(t *testing.T) {
	b := newReportBench(t)
	for range maxReportedRows {
		_, err := b.sim.Sell(Sale{Currency: "EUR", Amount: 100})
		b.must(err)
	}
	b.want("as many as it lists", b.read("").body["total_items"], 10_000.0)
	_, err := b.sim.Sell(Sale{Currency: "USD", Amount: 100})
	b.must(err)
	g := b.read("&page=2")
	b.want("status", g.status, http.StatusBadRequest)
	b.want("name", g.body["name"], "RESULTSET_TOO_LARGE")
	b.want("items", g.body["total_items"], 10_001.0)
	b.want("most", g.body["maximum_items"], 10_000.0)
	b.want("fewer by a filter", b.read("&transaction_currency=USD").body["total_items"], 1.0)
}

func TestReportFilters(t *testing.T) {
	b := newReportBench(t)
	_, k := b.paid("p1")
	b.must(b.sim.Authorise(k))
	b.refund(k, "r1", euros("5.00"))
	b.capture(b.approved("p2", ECheck), "c2")
	b.want("default", b.codes(b.read("")), "T0006S T1107S T0006P")
	b.want("all records", b.codes(b.read("&balance_affecting_records_only=N")), "T0006S T1300S T1107S T0006P")
	b.want("the id is not unique", b.codes(b.read("&balance_affecting_records_only=N&transaction_id="+k)), "T0006S T1300S")
	b.want("code", b.codes(b.read("&transaction_type=T1107")), "T1107S")
	b.want("status", b.codes(b.read("&transaction_status=P")), "T0006P")
	b.want("currency", b.codes(b.read("&transaction_currency=USD")), "")
	b.want("amount", b.codes(b.read("&transaction_amount=%5B-500+TO+100%5D")), "T1107S")
	for _, query := range []string{"&transaction_id=" + k, "&transaction_type=T0006", "&transaction_status=S", "&transaction_currency=EUR", "&transaction_amount=1+TO+9999"} {
		r := b.entries(b.read(query))[0]
		b.want("no balance with"+query, r["ending_balance"] == nil && r["available_balance"] == nil, true)
	}
}

func TestReportFields(t *testing.T) {
	b := newReportBench(t)
	_, k := b.paid("p1")
	_, err := b.sim.PayOut("EUR", 0)
	b.must(err)
	g := b.read("&fields=all")
	sale, payout := at(g.body, "transaction_details", 0), at(g.body, "transaction_details", 1)
	b.want("parts", len(sale.(map[string]any)), len(reportParts))
	b.want("payer", at(sale, "payer_info", "account_id"), buyer.PayerID)
	b.want("cart", at(sale, "cart_info", "item_details", 0, "item_name"), "Teapot")
	b.want("shipping", at(sale, "shipping_info", "name"), "Avery Example")
	b.want("nobody", text(at(payout, "payer_info")), "{}")
	two := at(b.read("&fields=transaction_info,cart_info").body, "transaction_details", 0).(map[string]any)
	b.want("two", len(two), 2)
	b.want("the capture", at(two, "transaction_info", "transaction_id"), k)
}

func TestReportForms(t *testing.T) {
	b := newReportBench(t)
	for range 4 {
		b.paid(fmt.Sprint("p", len(b.sim.Books().Charges)))
	}
	forms := func() string {
		var list []string
		for _, r := range b.entries(b.read("")) {
			list = append(list, r["transaction_initiation_date"].(string)[19:])
		}
		return strings.Join(list, " ")
	}
	b.want("as seen", forms(), "+0000 +0000 +0000 +0000")
	b.must(b.sim.SetReportForm(Mixed))
	b.want("mixed", forms(), "Z +00:00 +0000 Z")
	b.must(b.sim.SetReportForm(AsSpecified))
	b.want("as specified", forms(), "Z Z Z Z")
	b.want("nothing", strings.Contains(b.do("GET", reportPath+"?start_date=2023-02-03T10:12:12Z&end_date=2023-02-04T00:00:00Z", "").raw, "transaction_details"), false)
	if b.sim.SetReportForm("x") == nil {
		t.Error("a form x")
	}
}

// Rows come late, each by its own lag, and none later than three hours.
func TestLateRows(t *testing.T) {
	b := newBench(t)
	for range 40 {
		_, err := b.sim.Sell(Sale{Currency: "EUR", Amount: 100})
		b.must(err)
	}
	seen := map[int]bool{}
	for range 18 {
		g := b.read("")
		seen[len(b.entries(g))] = true
		last, err := time.Parse("2006-01-02T15:04:05-0700", g.body["last_refreshed_datetime"].(string))
		b.must(err)
		if late := b.clock.Now().Sub(last); late < 0 || late > time.Hour {
			t.Errorf("the data are %s old", late)
		}
		b.clock.move(10 * time.Minute)
	}
	b.want("in the end", len(b.entries(b.read(""))), 40)
	if len(seen) < 4 || !seen[0] {
		t.Errorf("they came in steps of %v", seen)
	}
	// A change is late too: until then the row is as it was.
	k, err := b.sim.Sell(Sale{Currency: "USD", Amount: 100, Pending: true})
	b.must(err)
	b.clock.move(maxLateness)
	b.must(b.sim.SettlePending(k, true))
	b.want("before", b.codes(b.read("&transaction_currency=USD")), "T0006P")
	b.clock.move(maxLateness)
	b.token = b.grant()
	b.want("after", b.codes(b.read("&transaction_currency=USD")), "T0006S")
}

func TestClippedEnd(t *testing.T) {
	b := newReportBench(t)
	b.paid("p1")
	b.clock.move(time.Hour)
	b.paid("p2")
	b.sim.ClipReport(30 * time.Minute)
	g := b.read("")
	b.want("end", g.body["end_date"], "2024-02-03T10:41:12+0000")
	b.want("refreshed", g.body["last_refreshed_datetime"], "2024-02-03T11:11:12+0000")
	b.want("rows", len(b.entries(g)), 1)
	b.want("after the end", b.do("GET", reportPath+"?start_date=2024-02-03T10:41:13Z&end_date=2024-02-04T00:00:00Z", "").status, 400)
}

func TestShiftedPages(t *testing.T) {
	b := newReportBench(t)
	for i := range 6 {
		_, err := b.sim.Sell(Sale{CustomID: fmt.Sprint("p", i), Currency: "EUR", Amount: 100})
		b.must(err)
		b.clock.move(time.Minute)
	}
	pass := func() string {
		var list []string
		for _, r := range b.readAll("2024-02-01T00:00:00Z", "2024-02-09T00:00:00Z", 2) {
			list = append(list, r["custom_field"].(string))
		}
		return strings.Join(list, " ")
	}
	b.sim.ShiftPages(1)
	b.want("shifted", pass(), "p1 p2 p2 p3 p4 p5")
	b.want("whole again", pass(), "p0 p1 p2 p3 p4 p5")

	k, err := b.sim.Sell(Sale{CustomID: "p6", Currency: "EUR", Amount: 100, Pending: true})
	b.must(err)
	b.sim.BetweenPages(func() {
		b.must(b.sim.SettlePending(k, true))
		b.clock.move(time.Minute)
	})
	b.want("before", b.codes(b.read("&page_size=6")), strings.TrimSpace(strings.Repeat("T0006S ", 6)))
	b.want("pending on the first page", b.codes(b.read("&transaction_status=P")), "T0006P")
	b.want("done on the second", b.codes(b.read("&page_size=6&page=2")), "T0006S")
}

func TestReportScope(t *testing.T) {
	b := newReportBench(t)
	b.paid("p1")
	old := b.token
	b.sim.GrantReports(false)
	b.want("an earlier token", b.read("").status, 200)
	b.token = b.grant()
	for _, path := range []string{reportPath + "?start_date=2024-02-01T00:00:00Z&end_date=2024-02-02T00:00:00Z", balancePath} {
		g := b.do("GET", path, "")
		b.want(path, g.status, http.StatusForbidden)
		b.want(path, g.body["name"], "NOT_AUTHORIZED")
	}
	b.want("other calls", b.look("ABC").status, http.StatusNotFound)
	b.sim.GrantReports(true)
	b.want("the token stays as it is", b.read("").status, http.StatusForbidden)
	b.token = b.grant()
	b.want("a new one", b.read("").status, 200)
	b.token = old
}

func TestFalseReports(t *testing.T) {
	b := newReportBench(t)
	_, k := b.paid("p1")
	b.paid("p2")
	funds := b.funds("EUR")
	b.must(b.sim.Falsify(k, saleCode, MisreportLost, 0))
	b.want("lost", b.codes(b.read("")), "T0006S")
	b.must(b.sim.Falsify(k, saleCode, MisreportTwice, 0))
	b.want("twice", b.codes(b.read("")), "T0006S T0006S T0006S")
	b.must(b.sim.Falsify(k, saleCode, MisreportAmount, -1))
	b.want("amount", at(b.entries(b.read(""))[0], "transaction_amount", "value"), "47.49")
	b.want("the balances are right", b.funds("EUR"), funds)
	b.must(b.sim.Falsify(k, saleCode, MisreportNothing, 0))
	b.want("as it is", at(b.entries(b.read(""))[0], "transaction_amount", "value"), "47.50")
	b.want("no row", b.sim.Falsify(k, refundCode, MisreportLost, 0), ErrNoRow)
	if b.sim.Falsify(k, saleCode, "x", 0) == nil || b.sim.Falsify(k, saleCode, MisreportAmount, 0) == nil {
		t.Error("false in no way")
	}
}

func TestBalances(t *testing.T) {
	b := newBench(t)
	b.sim.ReportLate(0)
	_, k := b.paid("p1")
	b.clock.move(6 * time.Hour)
	b.dispute(k)
	g := b.do("GET", balancePath, "")
	b.want("account", g.body["account_id"], merchant.MerchantID)
	b.want("late", g.body["last_refresh_time"].(string) < "2024-02-03T16:11", true)
	b.want("the hold is not in yet", at(g.body, "balances", 0, "available_balance", "value"), "45.49")
	b.clock.move(maxLateness)
	b.token = b.grant()
	g = b.do("GET", balancePath, "")
	b.want("currencies", len(g.body["balances"].([]any)), 2)
	eur := at(g.body, "balances", 0)
	b.want("total", at(eur, "total_balance", "value"), "45.49")
	b.want("available", at(eur, "available_balance", "value"), "-2.01")
	b.want("withheld", at(eur, "withheld_balance", "value"), "47.50")
	b.want("primary", at(g.body, "balances", 1, "primary"), true)
	b.want("as of", g.body["as_of_time"], g.body["last_refresh_time"])

	before := b.do("GET", balancePath+"?as_of_time=2024-02-03T10:11:12Z&currency_code=EUR", "")
	b.want("then", at(before.body, "balances", 0, "available_balance", "value"), "45.49")
	b.want("as of then", before.body["as_of_time"], "2024-02-03T10:11:12+0000")
	b.want("a second earlier", at(b.do("GET", balancePath+"?as_of_time=2024-02-03T10:11:11Z&currency_code=EUR", "").body, "balances", 0, "total_balance", "value"), "0.00")
	b.want("in the future", b.do("GET", balancePath+"?as_of_time=2025-02-03T10:11:11Z", "").body["as_of_time"], g.body["last_refresh_time"])
	for _, query := range []string{"?as_of_time=now", "?as_of_time=2020-02-03T10:11:11Z", "?currency_code=XXX", "?currency_code=EUR&currency_code=USD"} {
		b.want(query, b.do("GET", balancePath+query, "").issues(), "INVALID_PARAMETER_VALUE")
	}
	b.want("unknown", b.do("GET", balancePath+"?page=1", "").issues(), "NOT_SUPPORTED")
}

// The faults of other calls befall these as well.
func TestReportFaults(t *testing.T) {
	b := newReportBench(t)
	b.paid("p1")
	for kind, status := range map[Kind]int{
		BadGatewayBefore: 502, BadGatewayAfter: 502, ErrorBefore: 500, Unavailable: 503, Forbidden: 403,
		RateLimited: 429, RateLimitedBare: 429, Redirected: 308, EmptyBody: 200, WrongShape: 200,
	} {
		for _, call := range []CallName{CallReport, CallBalance} {
			path := map[CallName]string{CallReport: reportPath + "?start_date=2024-02-01T00:00:00Z&end_date=2024-02-02T00:00:00Z", CallBalance: balancePath}[call]
			b.must(b.sim.Inject(Fault{Kind: kind, Call: call}))
			b.want(fmt.Sprint(kind, " on ", call), b.do("GET", path, "").status, status)
			b.want("once", b.do("GET", path, "").status, 200)
		}
	}
	for _, kind := range []Kind{TimeoutBefore, TimeoutAfter, CutBody} {
		b.must(b.sim.Inject(Fault{Kind: kind, Call: CallReport}))
		if b.read("").err == nil {
			t.Errorf("%s: an answer", kind)
		}
	}
	b.must(b.sim.Inject(Fault{Kind: TokenDropped, Call: CallReport}))
	b.want("token", b.read("").status, 401)
}
