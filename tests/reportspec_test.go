//go:build paypalspec

package tests

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
)

// reporting reads PayPal's file on reports from the folder that PAYPAL_OPENAPI
// names. PayPal's files are not part of this project.
func reporting(t *testing.T) *openapi3.T {
	t.Helper()
	folder := os.Getenv("PAYPAL_OPENAPI")
	if folder == "" {
		t.Fatal("PAYPAL_OPENAPI does not name the folder of PayPal's OpenAPI files")
	}
	doc, err := openapi3.NewLoader().LoadFromFile(filepath.Join(folder, "reporting_transactions_v1.json"))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// reportDesk is a simulated PayPal on a clock of the test's, asked without a
// network between.
type reportDesk struct {
	*testing.T
	sim   *sim.Simulator
	now   time.Time
	token string
}

func newReportDesk(t *testing.T) *reportDesk {
	d := &reportDesk{T: t, now: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)}
	d.sim = sim.New(sim.Config{
		Seed: 11, Now: func() time.Time { return d.now }, ClientID: "shop", ClientSecret: "secret", PublicURL: "https://paypal.example",
	})
	d.sim.ReportLate(0)
	d.sim.BalancesLate(0)
	d.must(d.sim.SetReportForm(sim.AsSpecified))
	r := httptest.NewRequest(http.MethodPost, "/v1/oauth2/token", strings.NewReader("grant_type=client_credentials"))
	r.SetBasicAuth("shop", "secret")
	var grant struct {
		Token string `json:"access_token"`
	}
	d.must(json.Unmarshal(d.ask(r).Body.Bytes(), &grant))
	d.token = grant.Token
	return d
}

func (d *reportDesk) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

func (d *reportDesk) ask(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	d.sim.ServeHTTP(w, r)
	return w
}

// read asks for a path and holds the answer against a schema of PayPal's.
func (d *reportDesk) read(doc *openapi3.T, path string, status int, schema string) map[string]any {
	d.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Authorization", "Bearer "+d.token)
	w := d.ask(r)
	var body map[string]any
	d.must(json.Unmarshal(w.Body.Bytes(), &body))
	if w.Code != status {
		d.Errorf("%s: %d %s", path, w.Code, w.Body)
	}
	if err := doc.Components.Schemas[schema].Value.VisitJSON(body, openapi3.VisitAsResponse(), openapi3.MultiErrors()); err != nil {
		d.Errorf("%s: %v", path, err)
	}
	return body
}

// live lets the account live through one of everything.
func (d *reportDesk) live() {
	d.Helper()
	id := func(id string, err error) string {
		d.Helper()
		d.must(err)
		d.now = d.now.Add(time.Minute)
		return id
	}
	d.must(d.sim.HoldCurrencies("EUR", "USD", "HUF"))
	k := id(d.sim.Sell(sim.Sale{CustomID: "p1", InvoiceID: "p1", Currency: "EUR", Amount: 4750}))
	d.must(d.sim.RefundInDashboard(k, 500))
	d.must(d.sim.CorrectFee(k, 100, true))
	d.must(d.sim.CorrectFee(k, 50, false))
	d.must(d.sim.Authorise(k))
	dispute := id(d.sim.OpenDispute(k, "OTHER"))
	d.must(d.sim.ResolveDispute(dispute, "RESOLVED_BUYER_FAVOUR"))
	d.must(d.sim.ReverseChargeback(dispute))
	d.must(d.sim.Release(id(d.sim.Hold("T2107", id(d.sim.Sell(sim.Sale{Currency: "HUF", Amount: 47_500})), "", 0))))
	d.must(d.sim.Reverse(id(d.sim.Sell(sim.Sale{CustomID: "Ünïcode {}", Currency: "GBP", Amount: 4750})))) // converted
	d.must(d.sim.SettlePending(id(d.sim.Sell(sim.Sale{Currency: "USD", Amount: 1, Pending: true})), false))
	id(d.sim.Sell(sim.Sale{CustomID: "another shop's", Currency: "USD", Amount: 9900, Code: "T0007"}))
	d.must(d.sim.Convert("USD", 500, "EUR"))
	id(d.sim.PayOut("USD", 0))
	id(d.sim.AddRow(sim.OddRow{Code: "T9999", Currency: "EUR", Amount: -3, Reference: k}))
}

func TestReportsAgainstPayPalsFile(t *testing.T) {
	doc, d := reporting(t), newReportDesk(t)
	const days = "/v1/reporting/transactions?start_date=2026-03-01T00:00:00Z&end_date=2026-03-31T00:00:00Z"
	d.read(doc, days, http.StatusOK, "search_response")
	d.live()
	rows := len(d.sim.Statement().Rows)
	all := d.read(doc, days+"&fields=all&balance_affecting_records_only=N", http.StatusOK, "search_response")
	if got := len(all["transaction_details"].([]any)); got != rows || rows < 20 {
		t.Errorf("%d of %d rows", got, rows)
	}
	d.read(doc, days+"&page_size=5&page=2", http.StatusOK, "search_response")
	d.read(doc, days+"&transaction_status=D", http.StatusOK, "search_response")
	d.read(doc, "/v1/reporting/balances", http.StatusOK, "balances_response")
	d.read(doc, "/v1/reporting/balances?currency_code=JPY&as_of_time=2026-03-04T05:06:07Z", http.StatusOK, "balances_response")

	d.read(doc, days+"&page_size=501", http.StatusBadRequest, "error_400")
	d.read(doc, "/v1/reporting/balances?currency_code=XXX", http.StatusBadRequest, "error_400")
	d.read(doc, "/v1/reporting/transactions?start_date=2026-03-30T00:00:00Z&end_date=2026-03-31T00:00:00Z", http.StatusBadRequest, "error_400")
	d.now = d.now.Add(24 * time.Hour)
	d.read(doc, days, http.StatusUnauthorized, "error_401")
}

// What PayPal answers and its file does not allow: nothing but the form of times
// and of an empty list.
func TestReportsAsSeen(t *testing.T) {
	doc, d := reporting(t), newReportDesk(t)
	d.must(d.sim.SetReportForm(sim.AsSeen))
	d.live()
	r := httptest.NewRequest(http.MethodGet, "/v1/reporting/transactions?start_date=2026-03-01T00:00:00Z&end_date=2026-03-31T00:00:00Z&fields=all", nil)
	r.Header.Set("Authorization", "Bearer "+d.token)
	raw := d.ask(r).Body.String()
	if !strings.Contains(raw, "+0000") {
		t.Error("no time has PayPal's form")
	}
	var body any
	d.must(json.Unmarshal([]byte(strings.ReplaceAll(raw, "+0000", "+00:00")), &body))
	if err := doc.Components.Schemas["search_response"].Value.VisitJSON(body, openapi3.VisitAsResponse(), openapi3.MultiErrors()); err != nil {
		t.Error(err)
	}
}
