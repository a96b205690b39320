package paypal

import (
	"encoding/base64"
	"fmt"
	"hash/crc32"
	"net/http"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/sim/answer"
	"github.com/serverless-checkout/serverless-checkout/local/sim/chance"
)

// signatureAlgorithm is the only one PayPal signs with today.
const signatureAlgorithm = "SHA256withRSA"

// transmission is one signing of a body (guide api/rest/webhooks/rest).
type transmission struct {
	ID        string `json:"id"`
	Time      string `json:"time"`
	Signature []byte `json:"signature"`
}

// IsZero tells whether nothing was signed yet.
func (t transmission) IsZero() bool { return t.ID == "" }

// signedText is what PayPal signs: of the body only its CRC-32, as a decimal
// number. So whoever has one signed body can make another one that is signed:
// see [ForgeSameCRC].
func signedText(id, at, webhookID string, body []byte) string {
	return fmt.Sprintf("%s|%s|%s|%d", id, at, webhookID, crc32.ChecksumIEEE(body))
}

// transmit signs a body anew. The caller holds mu, and keeps the state.
func (s *Simulator) transmit(body []byte, webhookID string) transmission {
	group := func(n int) string { return chance.Letters(s.hooks, traceLetters, n) }
	t := transmission{
		ID:   fmt.Sprintf("%s-%s-11e5-%s-%s", group(8), group(4), group(4), group(12)),
		Time: wire(s.now()),
	}
	t.Signature = s.keys().sign(signedText(t.ID, t.Time, webhookID, body))
	return t
}

// header is what PayPal sends with a signed body. PAYPAL-TRANSMISSION-ID and the
// others are in Go's spelling; on the wire the case means nothing. The caller
// holds mu.
func (s *Simulator) header(t transmission) http.Header {
	h := http.Header{}
	h.Set("Content-Type", answer.JSON)
	h.Set("User-Agent", "PayPal/AUHD-214.0-simulated")
	h.Set("Paypal-Transmission-Id", t.ID)
	h.Set("Paypal-Transmission-Time", t.Time)
	h.Set("Paypal-Transmission-Sig", base64.StdEncoding.EncodeToString(t.Signature))
	h.Set("Paypal-Cert-Url", s.base("")+certPath)
	h.Set("Paypal-Auth-Algo", signatureAlgorithm)
	h.Set("Paypal-Auth-Version", "v2")
	return h
}

// Sign signs any body for any webhook id and gives the headers to send it with.
func (s *Simulator) Sign(body []byte, webhookID string) http.Header {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.header(s.transmit(body, webhookID))
	_ = s.keep() // a write that failed is made up for by the next
	return h
}

// certificateAge is how long PayPal lets its certificate be cached.
const certificateAge = 24 * time.Hour

// certificate answers GET /v1/notifications/certs/CERT-1: the leaf alone,
// without the chain that leads to the CA, for anyone who asks.
func (s *Simulator) certificate() answer.Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return answer.Answer{
		Status: http.StatusOK, ContentType: "application/x-pem-file", Body: append([]byte(nil), s.keys().leaf...),
		Header: map[string]string{"Cache-Control": fmt.Sprintf("public,max-age=%d", int(certificateAge.Seconds()))},
	}
}
