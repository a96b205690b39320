package stripe

import (
	"crypto/sha256"
	"encoding/base64"
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
		{"refund", "session", id, "amount", "5.00"}, {"refund-failed", "session", id}, {"inquiry", "session", id}, {"escalate", "session", id},
		{"answer", "session", id}, {"won", "session", id}, {"faults", "kind", "503", "call", "look", "times", "1"}, {"deliver"},
		{"knobs", "knob", "double", "times", "2"}, {"terms", "payouts", "by hand", "days", "0"},
	} {
		if status, to, page := b.press("POST", deskPath+"/"+press[0], press[1:]...); status != http.StatusSeeOther || to != deskPath {
			t.Errorf("%s is %d %s", press[0], status, page)
		}
	}
	b.advance(72 * time.Hour)
	if status, _, _ := b.press("POST", deskPath+"/payout", "currency", "eur"); status != http.StatusSeeOther {
		t.Errorf("a payout is %d", status)
	}
	for _, press := range [][]string{{"payout", "currency", "eur"}, {"transfer", "session", id, "amount", "5"}, {"lost", "session", id}, {"faults", "kind", "x", "times", "1"}, {"refund", "session", "cs_x"},
		{"refund", "session", id, "amount", "1.234"}, {"refund", "session", id, "amount", "a lot"}, {"terms", "days", "x"}, {"payout-arrived", "payout", "po_x"}, {"knobs", "knob", "x", "times", "1"}} {
		if status, _, _ := b.press("POST", deskPath+"/"+press[0], press[1:]...); status != http.StatusConflict {
			t.Errorf("%s is %d, want refused", press, status)
		}
	}
	if status, _, page := b.press("GET", deskPath); status != http.StatusOK || !strings.Contains(page, "503 on look") || b.courier.Knobs().Double != 2 || !strings.Contains(page, "in_transit") || !strings.Contains(page, "EUR 50.00") {
		t.Errorf("the desk is %d %s", status, page)
	}
	if b.call("GET", "/v1/checkout/sessions/"+id, "").status != http.StatusServiceUnavailable {
		t.Error("the queued fault did not happen")
	}
}

// TestDeskSaysWhatIsInForce: what the form about payouts begins with is what is so, and a
// currency is written as people write it.
func TestDeskSaysWhatIsInForce(t *testing.T) {
	b := newBench(t)
	for daily, want := range map[bool]string{true: "<option>by hand</option><option selected>daily</option>", false: "<option selected>by hand</option><option>daily</option>"} {
		b.must(b.PayOutDaily(daily))
		if _, _, page := b.press("GET", deskPath); !strings.Contains(page, want) || !strings.Contains(page, `data-label="Currency">EUR<`) || !strings.Contains(page, `name="currency" value="eur"`) {
			t.Errorf("daily %t: the desk is %s", daily, page)
		}
	}
}

// TestDeskBreaksLongNames: a session's id has no place to break by itself, and pushed the
// buttons of its row out of sight.
func TestDeskBreaksLongNames(t *testing.T) {
	b := newBench(t)
	id := b.open("card", "eur", "5000")
	_, _, page := b.press("GET", deskPath)
	for _, want := range []string{`<td class="id" data-label="Session"><a href="` + payPath + id, ".desk td.id{overflow-wrap:anywhere}"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not in %s", want, page)
		}
	}
}

// TestTransferPage: a buyer who transfers is shown where to, and the desk lets the money
// come in part, and too much.
func TestTransferPage(t *testing.T) {
	b := newBench(t)
	id := b.openTransfer("9000")
	status, to, _ := b.press("POST", payPath+id+"/pay")
	if status != http.StatusSeeOther || !strings.HasPrefix(to, instructionsPath) {
		t.Fatalf("promised, it leads to %d %s", status, to)
	}
	come := func(amount string) {
		if status, _, page := b.press("POST", deskPath+"/transfer", "session", id, "amount", amount); status != http.StatusSeeOther {
			t.Fatalf("%s does not arrive: %d %s", amount, status, page)
		}
	}
	_, _, page := b.press("GET", to)
	if !strings.Contains(page, "Transfer EUR 90.00") || !strings.Contains(page, `href="https://shop.example/ok"`) {
		t.Errorf("the page is %s", page)
	}
	come("40.5")
	if _, _, page = b.press("GET", to); !strings.Contains(page, "EUR 40.50 has arrived, EUR 49.50 is missing") {
		t.Errorf("after a part the page is %s", page)
	}
	come("60")
	if _, _, page = b.press("GET", to); !strings.Contains(page, "Nothing to transfer") {
		t.Errorf("in the end the page is %s", page)
	}
	if _, _, page = b.press("GET", deskPath); !strings.Contains(page, "EUR 10.50 of the customer&#39;s has paid nothing") {
		t.Errorf("the desk is %s", page)
	}
	if _, _, page = b.press("GET", payPath+id); !strings.Contains(page, `href="https://shop.example/ok"`) {
		t.Errorf("the page that has ended leads nowhere: %s", page)
	}
	if status, _, _ := b.press("GET", instructionsPath+"pi_x"); status != http.StatusNotFound {
		t.Errorf("instructions of nothing are %d", status)
	}
}

// TestChosenCard: what is chosen on the page is what is charged, also after the bank has
// asked; wallets are cards.
func TestChosenCard(t *testing.T) {
	for _, c := range choices {
		for _, asked := range []bool{false, true} {
			b := newBench(t)
			id := b.open("card", "eur", "5000")
			if asked {
				b.press("POST", payPath+id+"/challenge", "with", c.Value)
				b.press("POST", payPath+id+"/pass")
			} else {
				b.press("POST", payPath+id+"/pay", "with", c.Value)
			}
			card := dig(b.charge(id), "payment_method_details", "card")
			wallet, _ := dig(card, "wallet", "type").(string)
			if dig(card, "brand") != c.with.Brand || wallet != c.with.Wallet || (dig(card, "three_d_secure") != nil) != asked {
				t.Errorf("%s, asked %t: charged %v", c.Label, asked, card)
			}
		}
	}
}

// TestEveryPage: each way to pay has a page that a person can press, with a sheet that the
// policy allows, and nothing from outside.
func TestEveryPage(t *testing.T) {
	for name, m := range methods {
		b := newBench(t)
		currency := "eur"
		if m.currencies != "" && !strings.Contains(m.currencies, "eur") {
			currency = strings.Fields(m.currencies)[0]
		}
		id := ""
		switch name {
		case "customer_balance":
			id = b.openTransfer("9000")
		case "wechat_pay":
			id = b.open(name, currency, "9000", "payment_method_options[wechat_pay][client]", "web")
		default:
			id = b.open(name, currency, "9000")
		}
		resp, err := http.Get(b.url + payPath + id)
		b.must(err)
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		b.must(err)
		_, rest, _ := strings.Cut(string(text), "<style>")
		sheet, _, _ := strings.Cut(rest, "</style>")
		sum := sha256.Sum256([]byte(sheet))
		policy := resp.Header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'") || !strings.Contains(policy, "form-action 'self' https://shop.example") {
			t.Errorf("%s: the policy is %s", name, policy)
		}
		for _, outside := range []string{"<script", "src=", "<link", "style=", "onclick"} {
			if strings.Contains(string(text), outside) {
				t.Errorf("%s: the page has %s", name, outside)
			}
		}
		for _, part := range []string{labels[name], written(currency, 9000), "prefers-color-scheme:dark", "width=device-width", payPath + id + "/pay", "Back to the shop"} {
			if !strings.Contains(string(text), part) {
				t.Errorf("%s: %q is not on the page", name, part)
			}
		}
	}
}
