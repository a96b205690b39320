package paypal

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/sim/answer"
)

// A year of a shop that is doing well.
const yearOfSales = 50_000

var yearStart = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// year makes so many sales, spread over a year and five currencies; one in
// twenty is refunded in part, one in two hundred is charged back, and all that
// is available is paid out every day.
func year(tb testing.TB, sales int) *Simulator {
	tb.Helper()
	clock := &movedClock{now: yearStart}
	sim := New(Config{Seed: 7, Now: clock.Now, ClientID: "shop", ClientSecret: "secret", PublicURL: "https://paypal.example"})
	must := func(err error) {
		if err != nil {
			tb.Fatal(err)
		}
	}
	must(sim.PayOutEvery(24 * time.Hour))
	codes := []string{"EUR", "USD", "GBP", "JPY", "HUF"}
	for i := range sales {
		clock.move(365 * 24 * time.Hour / time.Duration(sales))
		k, err := sim.Sell(Sale{CustomID: fmt.Sprint("p", i), Currency: codes[i%len(codes)], Amount: 1000 + int64(i%9000)})
		must(err)
		if i%20 == 0 {
			must(sim.RefundInDashboard(k, 300))
		}
		if i%200 == 0 {
			id, err := sim.OpenDispute(k, "OTHER")
			must(err)
			must(sim.ResolveDispute(id, "RESOLVED_BUYER_FAVOUR"))
		}
	}
	clock.move(maxLateness)
	return sim
}

// ask is a call without a network between.
func ask(tb testing.TB, sim *Simulator, token, path string) *httptest.ResponseRecorder {
	tb.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	sim.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		tb.Fatalf("%d %s", w.Code, w.Body)
	}
	return w
}

func grantTo(tb testing.TB, sim *Simulator) string {
	tb.Helper()
	r := httptest.NewRequest(http.MethodPost, tokenPath, strings.NewReader("grant_type=client_credentials"))
	r.SetBasicAuth("shop", "secret")
	w := httptest.NewRecorder()
	sim.ServeHTTP(w, r)
	_, token, _ := strings.Cut(w.Body.String(), `"access_token":"`)
	token, _, _ = strings.Cut(token, `"`)
	return token
}

// yearPath is a page of the last month.
const yearPath = reportPath + "?start_date=2024-11-30T00:00:00Z&end_date=2024-12-31T00:00:00Z&page_size=500&fields=all&page=5"

// A smaller year holds together as a lifetime of a few sales does.
func TestYear(t *testing.T) {
	sim := year(t, 1000)
	checkAccount(t, sim)
	if rows := len(sim.Statement().Rows); rows < 2000 {
		t.Errorf("%d rows", rows)
	}
}

func BenchmarkYearOfSales(b *testing.B) {
	for b.Loop() {
		sim := year(b, yearOfSales)
		b.ReportMetric(float64(len(sim.statement.rows)), "rows")
	}
}

// A purchase by calls: an order, its approval and its capture.
func BenchmarkPurchase(b *testing.B) {
	sim := New(Config{Seed: 7, ClientID: "shop", ClientSecret: "secret", PublicURL: "https://paypal.example"})
	token, n := grantTo(b, sim), 0
	call := func(path, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", answer.JSON)
		r.Header.Set("PayPal-Request-Id", fmt.Sprint("k", n))
		w := httptest.NewRecorder()
		sim.ServeHTTP(w, r)
		if w.Code != http.StatusCreated {
			b.Fatalf("%d %s", w.Code, w.Body)
		}
		return w
	}
	for b.Loop() {
		n++
		call(ordersPath, text(cart(fmt.Sprint("p", n))))
		id := sim.queue[len(sim.queue)-1].id
		if err := sim.ApproveWith(id, Balance); err != nil {
			b.Fatal(err)
		}
		call(ordersPath+"/"+id+"/capture", "{}")
	}
}

func BenchmarkReportPage(b *testing.B) {
	sim := year(b, yearOfSales)
	token := grantTo(b, sim)
	for b.Loop() {
		ask(b, sim, token, yearPath)
	}
}

func BenchmarkBalances(b *testing.B) {
	sim := year(b, yearOfSales)
	token := grantTo(b, sim)
	for b.Loop() {
		ask(b, sim, token, balancePath+"?as_of_time=2024-06-01T00:00:00Z")
	}
}

func BenchmarkStatement(b *testing.B) {
	sim := year(b, yearOfSales)
	for b.Loop() {
		sim.Statement()
	}
}
