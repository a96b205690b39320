package stripe

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// press is a person who presses a button: the status, where it leads, and the page.
func (b *bench) press(method, path string, pairs ...string) (status int, to, page string) {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.url+path, strings.NewReader(form.Encode()))
	b.must(err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultTransport.RoundTrip(req)
	b.must(err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	b.must(err)
	return resp.StatusCode, resp.Header.Get("Location"), string(text)
}

// TestPayPage: what a person sees and presses on the page a session leads to.
func TestPayPage(t *testing.T) {
	for _, c := range []struct {
		name    string
		presses []string // the last one leads to the end
		to      string
		status  string // of the session then
		paid    int64
	}{
		{"pays", []string{"pay"}, "https://shop.example/ok", "complete", 5000},
		{"is declined, and pays", []string{"decline", "pay"}, "https://shop.example/ok", "complete", 5000},
		{"is asked, and passes", []string{"challenge", "pass"}, "https://shop.example/ok", "complete", 5000},
		{"is asked, fails, and pays", []string{"challenge", "fail", "pay"}, "https://shop.example/ok", "complete", 5000},
		{"goes back", []string{"cancel"}, "https://shop.example/no", "open", 0},
		{"leaves", nil, "", "open", 0},
		{"waits", []string{"later"}, "https://shop.example/ok", "complete", 0},
	} {
		b := newBench(t)
		id := b.open("card", "eur", "5000")
		path, to := payPath+id, ""
		for _, action := range c.presses {
			status, _, page := b.press("GET", path)
			if status != http.StatusOK || !strings.Contains(page, "EUR 50.00") {
				t.Errorf("%s: the page is %d %s", c.name, status, page)
			}
			if action != "later" && !strings.Contains(page, path+"/"+action) {
				t.Errorf("%s: the page has no button %s", c.name, action)
			}
			if status, to, _ = b.press("POST", path+"/"+action); status != http.StatusSeeOther {
				t.Errorf("%s: %s is %d", c.name, action, status)
			}
		}
		if s := b.Sessions()[0]; to != c.to || s.Status != c.status || s.Received != c.paid {
			t.Errorf("%s: led to %s, the session is %+v", c.name, to, s)
		}
	}
}

// TestPagesThatAreNot: strange addresses and other sites get nothing done.
func TestPagesThatAreNot(t *testing.T) {
	b := newBench(t)
	id := b.open("card", "eur", "5000")
	for _, c := range [][2]string{
		{"GET", payPath + "cs_test_x"}, {"POST", payPath + "cs_test_x/pay"}, {"POST", payPath + id + "/dance"}, {"GET", payPath + id + "/pay"},
		{"GET", "/x"}, {"POST", deskPath + "/dance"}, {"GET", deskPath + "/payout"},
	} {
		if status, _, _ := b.press(c[0], c[1]); status != http.StatusNotFound {
			t.Errorf("%s %s is %d", c[0], c[1], status)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), "POST", b.url+payPath+id+"/pay", nil)
	b.must(err)
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	resp, err := http.DefaultTransport.RoundTrip(req)
	b.must(err)
	resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden || b.Sessions()[0].Received != 0 {
		t.Errorf("another site's form is %d", resp.StatusCode)
	}
	b.must(b.Pay(id, Instrument{}))
	if status, _, page := b.press("GET", payPath+id); status != http.StatusOK || strings.Contains(page, "<button") {
		t.Errorf("a paid page is %d %s", status, page)
	}
	if status, _, _ := b.press("POST", payPath+id+"/pay"); status != http.StatusConflict || b.Sessions()[0].Tries != 1 {
		t.Errorf("paid twice it is %d", status)
	}
}

// TestDesk: the operator's buttons do what they say.
func TestDesk(t *testing.T) {
	b := newBench(t)
	id := b.open("card", "eur", "5000")
	b.must(b.Pay(id, Instrument{}))
	for _, press := range [][]string{
		{"refund", "session", id, "amount", "500"}, {"refund-failed", "session", id}, {"inquiry", "session", id}, {"escalate", "session", id},
		{"won", "session", id}, {"fault", "kind", "503", "call", "look"}, {"deliver"},
	} {
		if status, to, page := b.press("POST", deskPath+"/"+press[0], press[1:]...); status != http.StatusSeeOther || to != deskPath {
			t.Errorf("%s is %d %s", press[0], status, page)
		}
	}
	b.advance(72 * time.Hour)
	if status, _, _ := b.press("POST", deskPath+"/payout", "currency", "eur"); status != http.StatusSeeOther {
		t.Errorf("a payout is %d", status)
	}
	for _, press := range [][]string{{"payout", "currency", "eur"}, {"transfer", "session", id, "amount", "5"}, {"lost", "session", id}, {"fault", "kind", "x"}, {"refund", "session", "cs_x"}} {
		if status, _, _ := b.press("POST", deskPath+"/"+press[0], press[1:]...); status != http.StatusConflict {
			t.Errorf("%s is %d, want refused", press, status)
		}
	}
	if status, _, page := b.press("GET", deskPath); status != http.StatusOK || !strings.Contains(page, "503 on look") || !strings.Contains(page, "EUR 50.00") {
		t.Errorf("the desk is %d %s", status, page)
	}
	if b.call("GET", "/v1/checkout/sessions/"+id, "").status != http.StatusServiceUnavailable {
		t.Error("the queued fault did not happen")
	}
}
