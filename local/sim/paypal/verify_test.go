package paypal

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// postback is the body of a verification with the event spliced in as it is.
func postback(p post, change func(map[string]any)) string {
	head := map[string]any{"webhook_id": testWebhookID}
	for name, header := range map[string]string{
		"auth_algo": "Paypal-Auth-Algo", "cert_url": "Paypal-Cert-Url", "transmission_id": "Paypal-Transmission-Id",
		"transmission_sig": "Paypal-Transmission-Sig", "transmission_time": "Paypal-Transmission-Time",
	} {
		head[name] = p.header.Get(header)
	}
	if change != nil {
		change(head)
	}
	return strings.TrimSuffix(text(head), "}") + `, "webhook_event": ` + string(p.body) + "\n}"
}

func TestPostback(t *testing.T) {
	b, shop := newHookedBench(t)
	g := b.do("POST", ordersPath, text(with(cart("p1"), "Tea & <Co>", unit("description")...)), "PayPal-Request-Id", "k1")
	b.must(b.sim.Approve(g.body["id"].(string)))
	b.deliver()
	p := shop.take()[0]
	ask := func(p post, change func(map[string]any)) any {
		t.Helper()
		g := b.do("POST", verifyPath, postback(p, change))
		b.want("status", g.status, 200)
		return g.body["verification_status"]
	}
	b.want("genuine", ask(p, nil), "SUCCESS")
	var v any
	b.must(json.Unmarshal(p.body, &v))
	b.want("decoded and encoded", ask(post{p.header, []byte(text(v))}, nil), "FAILURE")
	b.want("altered", ask(post{p.header, bytes.Replace(p.body, []byte("47.50"), []byte("47.51"), 1)}, nil), "FAILURE")
	for name, value := range map[string]string{
		"auth_algo": "SHA1withRSA", "cert_url": "https://evil.example" + certPath, "transmission_id": "other",
		"transmission_sig": "bm8=", "transmission_time": "2024-02-03T10:11:13Z", "webhook_id": "OTHER",
	} {
		b.want(name, ask(p, func(m map[string]any) { m[name] = value }), "FAILURE")
		g := b.do("POST", verifyPath, postback(p, func(m map[string]any) { delete(m, name) }))
		b.want(name+" missing", g.issues(), "MISSING_REQUIRED_PARAMETER")
	}
	stranger := post{b.sim.Sign(p.body, "OTHER"), p.body}
	b.want("signed for another webhook", ask(stranger, func(m map[string]any) { m["webhook_id"] = "OTHER" }), "FAILURE")
	b.want("no base64", ask(p, func(m map[string]any) { m["transmission_sig"] = "no-base64!" }), "FAILURE")
	b.want("no event", b.do("POST", verifyPath, strings.Replace(postback(p, nil), "webhook_event", "webhook_even", 1)).issues(), "NOT_SUPPORTED MISSING_REQUIRED_PARAMETER")
	b.want("half", b.do("POST", verifyPath, "{").issues(), "MALFORMED_REQUEST_JSON")
	b.want("a list", b.do("POST", verifyPath, "[]").status, 400)
	b.want("no token", b.do("POST", verifyPath, postback(p, nil), "Authorization", "").status, 401)
}
