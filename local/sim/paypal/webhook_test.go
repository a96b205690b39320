package paypal

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// shared is one authority for all benches but those that test it: making one
// takes a while.
var shared = sync.OnceValue(func() *Authority {
	a, err := NewAuthority("", time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		panic(err)
	}
	return a
})

const testWebhookID = "1JE4291016473214C"

// post is one delivery as it arrived.
type post struct {
	header http.Header
	body   []byte
}

// shop is a server that takes deliveries.
type shop struct {
	url string

	mu     sync.Mutex
	posts  []post
	answer int // its status; 0 is 200
}

func newShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Method != http.MethodPost || r.URL.Path != "/webhooks/paypal" {
			t.Errorf("%s %s: %v", r.Method, r.URL, err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.posts = append(s.posts, post{r.Header, body})
		if s.answer != 0 {
			w.WriteHeader(s.answer)
		}
	}))
	t.Cleanup(server.Close)
	s.url = server.URL + "/webhooks/paypal"
	return s
}

func (s *shop) answers(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = status
}

// take gives what has arrived since it was last called.
func (s *shop) take() []post {
	s.mu.Lock()
	defer s.mu.Unlock()
	posts := s.posts
	s.posts = nil
	return posts
}

// newHookedBench is a bench whose simulator sends events to a shop, and keeps
// its state.
func newHookedBench(t *testing.T, adjust ...func(*Config)) (*bench, *shop) {
	t.Helper()
	s := newShop(t)
	hook := func(c *Config) { c.Webhook = Webhook{URL: s.url, ID: testWebhookID, Authority: shared()} }
	return newKeptBench(t, append([]func(*Config){hook}, adjust...)...), s
}

func (b *bench) deliver() []Delivery { return b.sim.Deliver(context.Background()) }

// trusted verifies a delivery as a shop would, by PayPal's formula, with the
// certificate that it fetches and the CA it was told.
func (b *bench) trusted(p post, webhookID string) error {
	b.Helper()
	g := b.do("GET", strings.TrimPrefix(p.header.Get("PAYPAL-CERT-URL"), b.server.URL), "", "Authorization", "")
	block, rest := pem.Decode([]byte(g.raw))
	if g.status != 200 || block == nil || len(rest) != 0 {
		return fmt.Errorf("no certificate: %d %q", g.status, g.raw)
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(b.sim.CA()) {
		b.Fatal("no CA")
	}
	at, err := time.Parse(time.RFC3339, p.header.Get("PAYPAL-TRANSMISSION-TIME"))
	if err != nil {
		return err
	}
	if _, err := leaf.Verify(x509.VerifyOptions{
		DNSName: "messageverificationcerts.sandbox.paypal.com", Roots: roots, CurrentTime: at,
	}); err != nil {
		return err
	}
	if p.header.Get("PAYPAL-AUTH-ALGO") != "SHA256withRSA" {
		return fmt.Errorf("algorithm %q", p.header.Get("PAYPAL-AUTH-ALGO"))
	}
	signature, err := base64.StdEncoding.DecodeString(p.header.Get("PAYPAL-TRANSMISSION-SIG"))
	if err != nil {
		return err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s|%s|%s|%d", p.header.Get("PAYPAL-TRANSMISSION-ID"),
		p.header.Get("PAYPAL-TRANSMISSION-TIME"), webhookID, crc32.ChecksumIEEE(p.body)))
	return rsa.VerifyPKCS1v15(leaf.PublicKey.(*rsa.PublicKey), crypto.SHA256, sum[:], signature)
}

// news reads a delivery's body.
func (b *bench) news(p post) map[string]any {
	b.Helper()
	var v map[string]any
	if err := json.Unmarshal(p.body, &v); err != nil {
		b.Fatal(err)
	}
	return v
}

// types lists the types of the posts, in the order they came.
func (b *bench) types(posts []post) string {
	b.Helper()
	var list []string
	for _, p := range posts {
		list = append(list, b.news(p)["event_type"].(string))
	}
	return strings.Join(list, " ")
}

func TestDeliveryIsSigned(t *testing.T) {
	b, shop := newHookedBench(t)
	b.approved("p1", Balance)
	b.want("nothing by itself", len(shop.take()), 0)
	sent := b.deliver()
	posts := shop.take()
	if len(posts) != 1 || len(sent) != 1 {
		t.Fatalf("%d posts, %d sent", len(posts), len(sent))
	}
	p := posts[0]
	if err := b.trusted(p, testWebhookID); err != nil {
		t.Error(err)
	}
	b.want("type", p.header.Get("Content-Type"), "application/json")
	b.want("time", p.header.Get("Paypal-Transmission-Time"), "2024-02-03T10:11:12Z")
	b.want("cert", p.header.Get("Paypal-Cert-Url"), b.server.URL+"/v1/notifications/certs/CERT-1")
	b.want("status", sent[0].Status, 200)
	b.want("body", string(sent[0].Body), string(p.body))
	b.want("header", sent[0].Header.Get("Paypal-Transmission-Sig"), p.header.Get("Paypal-Transmission-Sig"))
	b.want("once", len(b.deliver()), 0)

	// What makes it fail.
	if b.trusted(p, "ANOTHER") == nil {
		t.Error("the webhook id is not signed")
	}
	if b.trusted(post{p.header, append(slices.Clone(p.body), ' ')}, testWebhookID) == nil {
		t.Error("the body is not signed")
	}
	later := p.header.Clone()
	later.Set("Paypal-Transmission-Time", "2024-02-03T10:11:13Z")
	if b.trusted(post{later, p.body}, testWebhookID) == nil {
		t.Error("the time is not signed")
	}
}

func TestCertificate(t *testing.T) {
	b, _ := newHookedBench(t)
	g := b.do("GET", certPath, "", "Authorization", "")
	b.want("type", g.header.Get("Content-Type"), "application/x-pem-file")
	b.want("cache", g.header.Get("Cache-Control"), "public,max-age=86400")
	block, rest := pem.Decode([]byte(g.raw))
	if block == nil || len(rest) != 0 {
		t.Fatalf("not one certificate: %q", g.raw)
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	b.must(err)
	b.want("name", fmt.Sprint(leaf.DNSNames, leaf.Subject.CommonName),
		"[messageverificationcerts.sandbox.paypal.com]messageverificationcerts.sandbox.paypal.com")
	b.want("bits", leaf.PublicKey.(*rsa.PublicKey).N.BitLen(), 2048)
	b.want("CA", leaf.IsCA, false)
	b.want("other certificates", b.do("GET", "/v1/notifications/certs/CERT-2", "").status, 404)
	if strings.Contains(string(b.sim.CA()), g.raw) || strings.Contains(g.raw, "PRIVATE") {
		t.Error("the CA's file and the certificate are one")
	}
}

// Every change of a life is announced, with the resource as the interface gives
// it at that moment.
func TestEventsOfALife(t *testing.T) {
	b, shop := newHookedBench(t)
	step := func(types string, resource func() map[string]any) []post {
		t.Helper()
		b.deliver()
		posts := shop.take()
		b.want("events", b.types(posts), types)
		if resource != nil && len(posts) > 0 {
			b.want("resource of "+types, text(b.news(posts[0])["resource"]), text(resource()))
		}
		return posts
	}
	id := b.create("p1", "k1")
	step("", nil)
	b.must(b.sim.Approve(id))
	step("CHECKOUT.ORDER.APPROVED", func() map[string]any { return b.look(id).body })
	b.capture(id, "c1")
	k := b.sim.Books().Charges[0].ID
	posts := step("PAYMENT.CAPTURE.COMPLETED CHECKOUT.ORDER.COMPLETED", func() map[string]any { return b.lookCapture(k).body })
	b.want("the order's own", at(b.news(posts[1]), "resource", "id"), id)
	b.want("by the capture alone", at(b.news(posts[0]), "resource", "supplementary_data", "related_ids", "order_id"), id)
	b.capture(id, "c1") // a replay
	step("", nil)

	r := b.refund(k, "r1", euros("20.00")).body["id"].(string)
	posts = step("PAYMENT.CAPTURE.REFUNDED", func() map[string]any { return b.lookRefund(r).body })
	b.want("type", b.news(posts[0])["resource_type"], "refund")
	b.want("up", at(b.news(posts[0]), "resource", "links", 1, "href"), b.server.URL+capturePath+"/"+k)
	b.must(b.sim.RefundInDashboard(k, 500))
	step("PAYMENT.CAPTURE.REFUNDED", nil)
	b.must(b.sim.Inject(Fault{Kind: Pending, Call: CallRefund}))
	slow := b.refund(k, "r2", euros("1.00")).body["id"].(string)
	step("", nil)
	b.must(b.sim.SettleRefund(slow, true))
	step("PAYMENT.CAPTURE.REFUNDED", func() map[string]any { return b.lookRefund(slow).body })
	b.must(b.sim.Inject(Fault{Kind: Pending, Call: CallRefund}))
	b.must(b.sim.SettleRefund(b.refund(k, "r3", euros("1.00")).body["id"].(string), false))
	step("", nil)
	b.must(b.sim.Reverse(k))
	posts = step("PAYMENT.CAPTURE.REVERSED", nil)
	b.want("note", at(b.news(posts[0]), "resource", "note_to_payer"), "Payment reversed")
	b.want("custom id", at(b.news(posts[0]), "resource", "custom_id"), nil)
}

func TestEventsOfPendingAndDeclined(t *testing.T) {
	b, shop := newHookedBench(t)
	for _, c := range []struct {
		arrived bool
		then    string
	}{{true, "PAYMENT.CAPTURE.COMPLETED"}, {false, "PAYMENT.CAPTURE.DENIED"}} {
		id := b.approved("p"+c.then, ECheck)
		k := at(b.capture(id, "c"+c.then).body, "purchase_units", 0, "payments", "captures", 0, "id").(string)
		b.deliver()
		b.want("pending", b.types(shop.take()), "CHECKOUT.ORDER.APPROVED PAYMENT.CAPTURE.PENDING CHECKOUT.ORDER.COMPLETED")
		b.must(b.sim.SettlePending(k, c.arrived))
		b.deliver()
		b.want("settled", b.types(shop.take()), c.then)
	}
	b.capture(b.approved("p3", Declined), "c3") // refused: nothing is announced of it
	b.deliver()
	b.want("refused", b.types(shop.take()), "CHECKOUT.ORDER.APPROVED")
}

func TestEventShape(t *testing.T) {
	b, shop := newHookedBench(t)
	g := b.do("POST", ordersPath, text(with(cart("p1"), "Tea & <Co>", unit("description")...)), "PayPal-Request-Id", "k1")
	b.must(b.sim.Approve(g.body["id"].(string)))
	b.deliver()
	p := shop.take()[0]
	v := b.news(p)
	id, _ := v["id"].(string)
	if !strings.HasPrefix(id, "WH-") || len(id) != 3+17+1+17 {
		t.Errorf("id %q", id)
	}
	for name, value := range map[string]any{
		"event_version": "1.0", "create_time": "2024-02-03T10:11:12.000Z", "resource_type": "checkout-order",
		"resource_version": "2.0", "summary": "An order has been approved by buyer",
	} {
		b.want(name, v[name], value)
	}
	b.want("self", at(v, "links", 0, "href"), b.server.URL+"/v1/notifications/webhooks-events/"+id)
	if !strings.Contains(string(p.body), `"Tea & <Co>"`) {
		t.Errorf("re-encoding would not show: %s", p.body)
	}
}

func TestWebhooksAreListed(t *testing.T) {
	b, shop := newHookedBench(t)
	g := b.do("GET", controlPath, "")
	b.want("id", at(g.body, "webhooks", 0, "id"), testWebhookID)
	b.want("url", at(g.body, "webhooks", 0, "url"), shop.url)
	b.want("types", len(at(g.body, "webhooks", 0, "event_types").([]any)), len(eventKinds))
	none := newBench(t)
	none.want("none", none.do("GET", controlPath, "").raw, `{"webhooks":[]}`)
	none.approved("p1", Balance)
	none.want("no events", len(none.sim.Events())+len(none.deliver()), 0)
	unnamed := newBench(t, func(c *Config) { c.Webhook.URL = shop.url })
	unnamed.want("default id", at(unnamed.do("GET", controlPath, "").body, "webhooks", 0, "id"), DefaultWebhookID)
}

func TestSign(t *testing.T) {
	b, _ := newHookedBench(t)
	body := []byte(" not even JSON ")
	if err := b.trusted(post{b.sim.Sign(body, "W1"), body}, "W1"); err != nil {
		t.Error(err)
	}
	first, second := b.sim.Sign(body, "W1"), b.sim.Sign(body, "W1")
	if first.Get("Paypal-Transmission-Id") == second.Get("Paypal-Transmission-Id") {
		t.Error("two transmissions have one id")
	}
	stranger, err := NewAuthority("", b.clock.Now().Add(-time.Hour), b.clock.Now().Add(time.Hour))
	b.must(err)
	other := newBench(t, func(c *Config) { c.Webhook.Authority = stranger })
	forged := other.sim.Sign(body, "W1")
	forged.Set("Paypal-Cert-Url", b.server.URL+certPath)
	if b.trusted(post{forged, body}, "W1") == nil {
		t.Error("a stranger's signature is good")
	}
	forged.Set("Paypal-Cert-Url", other.server.URL+certPath)
	if err := other.trusted(post{forged, body}, "W1"); err != nil {
		t.Errorf("to whom it is no stranger: %v", err)
	}
}
