package paypal

import (
	"encoding/base64"
	"encoding/json"
	"net/http"

	"github.com/serverless-checkout/serverless-checkout/local/sim/answer"
)

// verification is the answer of the postback (Webhooks spec, schema
// verify_webhook_signature_response).
type verification struct {
	Status string `json:"verification_status"`
}

// verify answers POST /v1/notifications/verify-webhook-signature. The event is
// taken as its bytes stand in the body, so a client that decoded and encoded it
// is told FAILURE.
func (s *Simulator) verify(c *visit) answer.Answer {
	body, err := parseBody(c.body)
	if err != nil {
		return refuse(c, http.StatusBadRequest, "MALFORMED_REQUEST_JSON")
	}
	found := &findings{}
	p := part{findings: found, value: body, found: true}
	if !p.object("auth_algo", "cert_url", "transmission_id", "transmission_sig", "transmission_time", "webhook_id", "webhook_event") {
		a, _ := found.verdict(c)
		return a
	}
	algorithm := p.need("auth_algo").text(1, 100)
	certificate := p.need("cert_url").text(1, 500)
	id := p.need("transmission_id").text(1, 50)
	signature := p.need("transmission_sig").text(1, 500)
	at := p.need("transmission_time").text(1, 100)
	webhookID := p.need("webhook_id").text(1, 50)
	p.need("webhook_event")
	if a, refused := found.verdict(c); refused {
		return a
	}
	var raw struct {
		Event json.RawMessage `json:"webhook_event"`
	}
	if err := json.Unmarshal(c.body, &raw); err != nil {
		return refuse(c, http.StatusBadRequest, "MALFORMED_REQUEST_JSON")
	}
	signed, err := base64.StdEncoding.DecodeString(signature)
	s.mu.Lock()
	defer s.mu.Unlock()
	good := err == nil && algorithm == signatureAlgorithm && certificate == s.base("")+certPath &&
		s.config.Webhook.URL != "" && webhookID == s.config.Webhook.ID &&
		s.keys().signed(signedText(id, at, webhookID, raw.Event), signed)
	if !good {
		return reply(http.StatusOK, verification{"FAILURE"})
	}
	return reply(http.StatusOK, verification{"SUCCESS"})
}
