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
	b.want("queued", b.sim.Faults()[0], Fault{Unavailable, CallLook, 3})
	b.holds(b.page("/sim"), "503 on look, 3 more", "-47.50", "45.49")
	b.want("tokens", b.post("/sim/tokens", nil).status, 303)
	b.want("revoked", b.do("GET", controlPath, "").status, 401)
}

func TestDeskRefusals(t *testing.T) {
	b := newBench(t)
	for path, form := range map[string]url.Values{
		"/sim/settle": {"capture": {"NONE"}, "arrived": {"yes"}},
		"/sim/void":   {"order": {"NONE"}},
		"/sim/faults": {"kind": {"earthquake"}, "call": {"any"}, "times": {"1"}},
	} {
		g := b.post(path, form)
		b.want(path, g.status, 400)
		b.holds(g, "Not done")
	}
	b.want("times", b.post("/sim/faults", url.Values{"kind": {"503"}, "times": {"many"}}).status, 400)
	b.want("queued", len(b.sim.Faults()), 0)
	b.want("strange page", b.page("/sim/strange").status, 404)
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
