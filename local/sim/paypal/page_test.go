package paypal

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// post sends a form as a browser on the simulator's own page would.
func (b *bench) post(path string, form url.Values, headers ...string) got {
	b.Helper()
	headers = append([]string{
		"Content-Type", "application/x-www-form-urlencoded", "Authorization", "",
		"Origin", b.server.URL, "Sec-Fetch-Site", "same-origin",
	}, headers...)
	return b.do("POST", path, form.Encode(), headers...)
}

func (b *bench) page(path string) got {
	b.Helper()
	return b.do("GET", path, "", "Authorization", "")
}

func (b *bench) holds(g got, texts ...string) {
	b.Helper()
	for _, s := range texts {
		if !strings.Contains(g.raw, s) {
			b.Errorf("%q is not on the page:\n%s", s, g.raw)
		}
	}
}

func TestApprovalPage(t *testing.T) {
	b := newBench(t)
	id := b.create("p1", "k1")
	g := b.page("/checkoutnow?token=" + id)
	b.want("status", g.status, 200)
	b.holds(g, "No real money moves", "Tea &amp; Co", "2 × Teapot", "20.00", "47.50 EUR", "−1.50", "Delft", "Pay now",
		"Cancel and return to Tea &amp; Co", `value="balance" checked`, `value="`+id+`"`)
	for _, f := range Fundings() {
		b.holds(g, `value="`+string(f)+`"`)
	}
	if strings.Contains(g.raw, "<script") || strings.Contains(g.raw, "src=") || strings.Contains(g.raw, "<link") {
		t.Error("the page asks for something from outside")
	}
	policy := g.header.Get("Content-Security-Policy")
	for _, s := range []string{"default-src 'none'", "frame-ancestors 'none'", "form-action 'self' https://shop.example https://shop.example"} {
		if !strings.Contains(policy, s) {
			t.Errorf("%q is not in the policy %q", s, policy)
		}
	}
}

// The policy allows exactly the style sheet that is on the page.
func TestStyleMatchesThePolicy(t *testing.T) {
	b := newBench(t)
	for _, path := range []string{"/checkoutnow?token=" + b.create("p1", "k1"), "/checkoutnow?token=NONE", "/sim"} {
		g := b.page(path)
		_, rest, _ := strings.Cut(g.raw, "<style>")
		sheet, _, closed := strings.Cut(rest, "</style>")
		sum := sha256.Sum256([]byte(sheet))
		want := "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
		if !closed || sheet == "" || !strings.Contains(g.header.Get("Content-Security-Policy"), want) {
			t.Errorf("%s: %s is not in %s", path, want, g.header.Get("Content-Security-Policy"))
		}
	}
}

func TestBuyerApproves(t *testing.T) {
	b := newBench(t)
	id := b.create("p1", "k1")
	g := b.post("/checkoutnow/approve", url.Values{"token": {id}, "funding": {"echeck"}})
	b.want("status", g.status, 303)
	to, err := url.Parse(g.header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	b.want("shop", to.Host+to.Path, "shop.example/back")
	b.want("token", to.Query().Get("token"), id)
	b.want("payer", to.Query().Get("PayerID"), buyer.PayerID)
	b.want("its own query", to.Query().Get("cart"), "9")
	b.want("order", b.look(id).body["status"], "APPROVED")

	again := b.post("/checkoutnow/approve", url.Values{"token": {id}, "funding": {"balance"}})
	b.want("twice", again.status, 409)
	b.holds(again, "Approved already", "https://shop.example/back?")
	b.want("the first choice counts", at(b.capture(id, "c1").body, "purchase_units", 0, "payments", "captures", 0, "status"), "PENDING")
	b.holds(b.page("/checkoutnow?token="+id), "Done already")
}

func TestBuyerCancels(t *testing.T) {
	b := newBench(t)
	id := b.create("p1", "k1")
	g := b.post("/checkoutnow/cancel", url.Values{"token": {id}})
	b.want("status", g.status, 303)
	b.want("location", g.header.Get("Location"), "https://shop.example/stop?token="+id)
	b.want("order", b.look(id).body["status"], "PAYER_ACTION_REQUIRED")
	b.holds(b.page("/sim"), "buyer turned back")
	b.want("comes again", b.page("/checkoutnow?token="+id).status, 200)
}

func TestApprovalWithoutAWayBack(t *testing.T) {
	b := newBench(t)
	g := b.do("POST", ordersPath, text(with(cart("p1"), absent{}, "payment_source")))
	id := g.body["id"].(string)
	b.holds(b.page("/checkoutnow?token="+id), "Pay the shop", "Continue")
	done := b.post("/checkoutnow/approve", url.Values{"token": {id}, "funding": {"balance"}})
	b.want("status", done.status, 200)
	b.holds(done, "You can close this page")
}

func TestClosedOrdersAreExplained(t *testing.T) {
	b := newBench(t)
	approved, void, old := b.approved("p1", Balance), b.create("p2", "k2"), b.create("p3", "k3")
	if err := b.sim.Void(void); err != nil {
		t.Fatal(err)
	}
	b.holds(b.page("/checkoutnow?token="+approved), "Approved already", "Go back")
	b.holds(b.page("/checkoutnow?token="+void), "No longer open", "https://shop.example/stop?")
	b.clock.move(7 * time.Hour)
	for _, token := range []string{old, "NONE", ""} {
		g := b.page("/checkoutnow?token=" + token)
		b.want("status", g.status, 404)
		b.holds(g, "No such payment", "No real money moves")
	}
	g := b.post("/checkoutnow/approve", url.Values{"token": {old}, "funding": {"balance"}})
	b.want("approve", g.status, 404)
	g = b.post("/checkoutnow/cancel", url.Values{"token": {old}})
	b.want("cancel", g.status, 404)
}

func TestApprovalWantsAFunding(t *testing.T) {
	b := newBench(t)
	id := b.create("p1", "k1")
	b.want("status", b.post("/checkoutnow/approve", url.Values{"token": {id}}).status, 400)
	b.want("order", b.look(id).body["status"], "PAYER_ACTION_REQUIRED")
}

func TestTextsAreEscaped(t *testing.T) {
	b := newBench(t)
	g := b.do("POST", ordersPath, text(with(cart("p1"), "<b>Tea</b>", flow("brand_name")...)), "PayPal-Request-Id", "k1")
	page := b.page("/checkoutnow?token=" + g.body["id"].(string))
	if strings.Contains(page.raw, "<b>Tea</b>") {
		t.Error("the brand name is markup")
	}
	b.holds(page, "&lt;b&gt;Tea")
}

func TestDesk(t *testing.T) {
	b := newBench(t)
	open, waiting := b.create("p1", "k1"), b.approved("p2", ECheck)
	b.capture(waiting, "c1")
	k := b.sim.Books().Charges[0].ID
	b.do("GET", "/v1/nothing", "")
	b.holds(b.page("/sim"), open, waiting, "p1", "p2", k, "PENDING", "ECHECK", "Money arrived", "None is waiting", "1 calls were unknown", "Nothing moved yet")

	b.want("settle", b.post("/sim/settle", url.Values{"capture": {k}, "arrived": {"yes"}}).status, 303)
	b.want("state", b.sim.Books().Charges[0].State, "COMPLETED")
	b.want("void", b.post("/sim/void", url.Values{"order": {open}}).status, 303)
	b.want("order", b.look(open).body["status"], "VOIDED")
	b.want("fault", b.post("/sim/faults", url.Values{"kind": {"503"}, "call": {"look"}, "times": {"3"}}).status, 303)
	b.want("queued", b.sim.Faults()[0], Fault{Kind: Unavailable, Call: CallLook, Times: 3})
	b.holds(b.page("/sim"), "503 on look, 3 more", "-47.50", "45.49")
	b.want("tokens", b.post("/sim/tokens", nil).status, 303)
	b.want("revoked", b.do("GET", controlPath, "").status, 401)
}

// The desk gives money back, disputes and delivers.
func TestDeskGivesBack(t *testing.T) {
	b, shop := newHookedBench(t)
	_, k := b.paid("p1")
	b.holds(b.page("/sim"), "Refund in the dashboard", "Reverse what is left", "MERCHANDISE_OR_SERVICE_NOT_RECEIVED",
		shop.url, "CHECKOUT.ORDER.APPROVED WH-", "tried 0 times")
	press := func(path string, form url.Values) {
		t.Helper()
		if g := b.post("/sim/"+path, form); g.status != 303 || g.header.Get("Location") != "/sim" {
			t.Errorf("%s: %d %s", path, g.status, g.raw)
		}
	}
	press("refund", url.Values{"capture": {k}, "amount": {"7.5"}})
	b.want("refund", b.sim.Books().Refunds[0].Amount, int64(750))
	b.must(b.sim.Inject(Fault{Kind: Pending, Call: CallRefund}))
	id := b.refund(k, "r1", `{"amount":{"currency_code":"EUR","value":"1"},"custom_id":"p1-r1"}`).body["id"].(string)
	b.holds(b.page("/sim"), "Refund arrived", "p1-r1", id, "dashboard", "7.50 EUR", "PARTIALLY_REFUNDED")
	press("settle-refund", url.Values{"refund": {id}, "arrived": {"no"}})
	b.want("refund", b.lookRefund(id).body["status"], "FAILED")
	press("dispute", url.Values{"capture": {k}, "reason": {"UNAUTHORISED"}})
	b.holds(b.page("/sim"), "PP-D-27803", "UNAUTHORISED", "INQUIRY")
	press("update-dispute", url.Values{"dispute": {"PP-D-27803"}, "stage": {"CHARGEBACK"}, "days": {"10"}})
	b.holds(b.page("/sim"), "2024-02-13T10:11:12Z", "WAITING_FOR_SELLER_RESPONSE")
	press("resolve-dispute", url.Values{"dispute": {"PP-D-27803"}, "outcome": {"CANCELED_BY_BUYER"}})
	b.holds(b.page("/sim"), "RESOLVED CANCELED_BY_BUYER")
	press("reverse", url.Values{"capture": {k}})
	b.want("capture", b.lookCapture(k).body["status"], "REFUNDED")
	press("knobs", url.Values{"knob": {"lose"}, "times": {"1"}})
	press("knobs", url.Values{"knob": {"double"}, "times": {"2"}})
	press("knobs", url.Values{"knob": {"delay an hour"}, "times": {"1"}})
	press("knobs", url.Values{"knob": {"reorder"}, "times": {"1"}})
	b.holds(b.page("/sim"), "lose 1, delay 1, double 2, reorder: true")
	press("deliver", nil)
	b.holds(b.page("/sim"), "lost on purpose", "PAYMENT.CAPTURE.REVERSED", ">200<")
	b.want("one lost, one delayed, two doubled", len(shop.take()), len(b.sim.courier.Events())-2+2)
	_, k = b.paid("p2")
	press("refund", url.Values{"capture": {k}, "amount": {""}})
	b.want("all that is left", b.lookCapture(k).body["status"], "REFUNDED")
	b.balanced()
	newBench(t).holds(newBench(t).page("/sim"), "No webhook is registered")
}

func TestDeskRefusals(t *testing.T) {
	b := newBench(t)
	_, paid := b.paid("p1")
	for path, form := range map[string]url.Values{
		"/sim/settle": {"capture": {"NONE"}, "arrived": {"yes"}},
		"/sim/void":   {"order": {"NONE"}},
		"/sim/faults": {"kind": {"earthquake"}, "call": {"any"}, "times": {"1"}},
		"/sim/refund": {"capture": {"NONE"}, "amount": {"1"}}, "/sim/settle-refund": {"refund": {"NONE"}},
		"/sim/refund?":  {"capture": {paid}, "amount": {"0"}},
		"/sim/refund??": {"capture": {paid}, "amount": {"1.001"}},
		"/sim/refund?2": {"capture": {paid}, "amount": {"99"}},
		"/sim/reverse":  {"capture": {"NONE"}}, "/sim/dispute": {"capture": {paid}, "reason": {"BOREDOM"}},
		"/sim/update-dispute":  {"dispute": {"NONE"}, "stage": {"CHARGEBACK"}, "days": {"10"}},
		"/sim/update-dispute?": {"dispute": {"NONE"}, "stage": {"CHARGEBACK"}, "days": {"x"}},
		"/sim/resolve-dispute": {"dispute": {"NONE"}, "outcome": {"DENIED"}},
		"/sim/knobs":           {"knob": {"explode"}, "times": {"1"}}, "/sim/knobs?": {"knob": {"lose"}, "times": {"0"}},
	} {
		g := b.post(path, form)
		b.want(path, g.status, 400)
		b.holds(g, "Not done")
	}
	b.want("times", b.post("/sim/faults", url.Values{"kind": {"503"}, "times": {"many"}}).status, 400)
	b.want("queued", len(b.sim.Faults()), 0)
	b.want("strange page", b.page("/sim/strange").status, 404)
	b.want("a form by GET", b.page("/sim/tokens").status, 404)
	b.want("a strange form", b.post("/sim/strange", nil).status, 404)
	b.want("front door", b.page("/").header.Get("Location"), "/sim")
}

func TestBooksAsJSON(t *testing.T) {
	b := newBench(t)
	b.capture(b.approved("p1", Balance), "c1")
	g := b.page("/sim/books")
	var books Books
	if err := json.Unmarshal([]byte(g.raw), &books); err != nil {
		t.Fatal(err)
	}
	b.want("charge", books.Charges[0], b.sim.Books().Charges[0])
	b.want("account", books.Accounts[0], b.sim.Books().Accounts[0])
	empty := newBench(t)
	empty.holds(empty.page("/sim/books"), `"charges": []`, `"refunds": []`, `"accounts": []`)
}

// Another site's form does nothing, in a browser that says so in either way.
func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	b := newBench(t)
	id := b.create("p1", "k1")
	for path, form := range map[string]url.Values{
		"/sim/void":            {"order": {id}},
		"/sim/faults":          {"kind": {"503"}, "call": {"any"}, "times": {"1"}},
		"/sim/tokens":          {},
		"/sim/refund":          {"capture": {"NONE"}, "amount": {"1"}},
		"/sim/deliver":         {},
		"/checkoutnow/approve": {"token": {id}, "funding": {"balance"}},
	} {
		b.want(path, b.post(path, form, "Sec-Fetch-Site", "cross-site").status, 403)
		b.want(path, b.post(path, form, "Sec-Fetch-Site", "same-site").status, 403)
		b.want(path, b.post(path, form, "Sec-Fetch-Site", "", "Origin", "https://evil.example").status, 403)
		b.want(path, b.post(path, form, "Sec-Fetch-Site", "", "Origin", "null").status, 403)
	}
	b.want("order", b.look(id).body["status"], "PAYER_ACTION_REQUIRED")
	b.want("faults", len(b.sim.Faults()), 0)
	b.want("own form", b.post("/sim/void", url.Values{"order": {id}}, "Sec-Fetch-Site", "").status, 303)
}

func TestPagesAreOnRecord(t *testing.T) {
	b := newBench(t)
	b.page("/checkoutnow?token=NONE")
	calls := b.sim.Calls()
	b.want("call", calls[len(calls)-1], Call{Name: Page, Method: http.MethodGet, Path: "/checkoutnow", Status: 404, At: b.clock.Now()})
}
