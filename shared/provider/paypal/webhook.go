package paypal

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/shape"
)

var _ provider.Doorbell = (*PayPal)(nil)

// algorithm is the only one that is taken: PayPal's old SDKs know SHA1withRSA
// too, and SHA-1 proves nothing any more.
const algorithm = "SHA256withRSA"

// webhookID is the form of a webhook's id. It is signed between two "|".
var webhookID = shape.Of("A-Za-z0-9_-", 1, 50)

// checkWebhookID refuses what cannot be one and, for live, the word that PayPal
// signs mock events with (api/rest/webhooks/simulator): anybody can have those made.
func checkWebhookID(c Config) error {
	if c.WebhookID != "" && !webhookID.MatchString(c.WebhookID) {
		return errors.New("paypal: WebhookID is none")
	}
	if c.WebhookID == "WEBHOOK_ID" && c.API != SandboxAPI {
		return errors.New("paypal: WebhookID is the one of mock events, which are for the sandbox")
	}
	return nil
}

// transmission is what the headers of a delivery say (notifications_webhooks_v1,
// schema verify_webhook_signature). They are never logged: whoever has them can
// sign any body, see Hear.
type transmission struct {
	id        string
	time      string // as written: it is signed
	signature string // base64
	certURL   string
	at        time.Time
	sum       []byte // the signature itself
}

// Hear verifies a delivery on its raw bytes, offline with PayPal's certificate.
//
// PayPal signs the transmission's id and time, the webhook's id and the CRC-32 of
// the body (api/rest/webhooks/rest), and a body of the same CRC-32 is made in
// under a second. So a good signature says that PayPal once rang, and nothing
// about the body: a Ring is a hint that is never merged.
//
// There is no limit of age: PayPal delivers again for three days, and nobody says
// whether with a new time. What is heard twice is no news the second time.
//
// Without a webhook id nothing that looks like a delivery of PayPal's can be
// verified; the sweep finds what it was about.
func (p *PayPal) Hear(ctx context.Context, d provider.Delivery) (provider.Ring, error) {
	t, err := readTransmission(d.Header)
	if err != nil {
		return provider.Ring{}, err
	}
	if !p.certificates.allows(t.certURL) {
		return provider.Ring{}, fmt.Errorf("%w: its certificate lies elsewhere", provider.ErrForged)
	}
	if p.config.WebhookID == "" {
		return provider.Ring{}, fmt.Errorf("%w: there is no webhook id yet", provider.ErrCannotVerify)
	}
	c, err := p.certificates.find(ctx, t.certURL, t.at)
	switch {
	case errors.Is(err, errNotFetched):
		err = p.askPayPal(ctx, t, d.Body)
	case err == nil:
		err = t.verify(c, p.config.WebhookID, d.Body)
	}
	if err != nil {
		return provider.Ring{}, err
	}
	return p.readEvent(d.Body), nil
}

// transmissionID holds no "|", which would let one field pass for two.
var transmissionID = shape.Of("A-Za-z0-9_.:-", 1, 50)

// longestHeader is what PayPal allows for a cert_url and a signature (schema
// verify_webhook_signature).
const longestHeader = 500

// readTransmission reads the headers. One that is there twice arrives with a
// comma (HTTP API, payload 2.0) and is as good as none.
func readTransmission(header func(string) string) (transmission, error) {
	forged := func(what string) (transmission, error) {
		return transmission{}, fmt.Errorf("%w: its %s", provider.ErrForged, what)
	}
	if header == nil {
		return forged("headers are missing")
	}
	t := transmission{
		id: header("PAYPAL-TRANSMISSION-ID"), time: header("PAYPAL-TRANSMISSION-TIME"),
		signature: header("PAYPAL-TRANSMISSION-SIG"), certURL: header("PAYPAL-CERT-URL"),
	}
	for _, value := range []string{t.id, t.time, t.signature, t.certURL} {
		if value == "" || len(value) > longestHeader || strings.ContainsAny(value, ",\r\n") {
			return forged("headers are missing or doubled")
		}
	}
	var err error
	if header("PAYPAL-AUTH-ALGO") != algorithm {
		return forged("algorithm is not " + algorithm)
	}
	if !transmissionID.MatchString(t.id) {
		return forged("transmission id is none")
	}
	if t.at, err = time.Parse(time.RFC3339, t.time); err != nil {
		return forged("transmission time is none")
	}
	if t.sum, err = base64.StdEncoding.Strict().DecodeString(t.signature); err != nil {
		return forged("signature is not base64")
	}
	return t, nil
}

// verify checks the signature over the very bytes that came: decoded and encoded
// again, "{}" or "&" would be others.
func (t transmission) verify(c certificate, webhookID string, body []byte) error {
	crc := strconv.FormatUint(uint64(crc32.ChecksumIEEE(body)), 10)
	digest := sha256.Sum256([]byte(t.id + "|" + t.time + "|" + webhookID + "|" + crc))
	if rsa.VerifyPKCS1v15(c.leaf.PublicKey.(*rsa.PublicKey), crypto.SHA256, digest[:], t.sum) != nil {
		return fmt.Errorf("%w: its signature is not good", provider.ErrForged)
	}
	return nil
}

// askPayPal has a delivery verified by PayPal (POST
// /v1/notifications/verify-webhook-signature), where its certificate cannot be
// had. Errors: provider.ErrForged, provider.ErrCannotVerify.
func (p *PayPal) askPayPal(ctx context.Context, t transmission, event []byte) error {
	body, err := t.postback(p.config.WebhookID, event)
	if err != nil {
		return err
	}
	got, err := p.caller.call(ctx, http.MethodPost, "/v1/notifications/verify-webhook-signature", "", body)
	if err != nil {
		return fmt.Errorf("%w: %w", provider.ErrCannotVerify, err)
	}
	var judged struct {
		Status string `json:"verification_status"`
	}
	err = json.Unmarshal(got.Body, &judged)
	switch {
	case err == nil && judged.Status == "SUCCESS":
		return nil
	case err == nil && judged.Status == "FAILURE":
		return fmt.Errorf("%w: PayPal says so", provider.ErrForged)
	}
	return fmt.Errorf("%w: PayPal does not say", provider.ErrCannotVerify)
}

// postback is the body that asks. The event goes into it byte for byte, because
// PayPal checks those; so it has to be one JSON object and nothing behind it, or
// it could speak for the fields around it.
func (t transmission) postback(webhookID string, event []byte) ([]byte, error) {
	if !stdjson.Valid(event) || !bytes.HasPrefix(bytes.TrimLeft(event, " \t\r\n"), []byte("{")) {
		return nil, fmt.Errorf("%w: its body is no event", provider.ErrForged)
	}
	head, err := json.Marshal(struct {
		Algorithm string `json:"auth_algo"`
		CertURL   string `json:"cert_url"`
		ID        string `json:"transmission_id"`
		Signature string `json:"transmission_sig"`
		Time      string `json:"transmission_time"`
		WebhookID string `json:"webhook_id"`
	}{algorithm, t.certURL, t.id, t.signature, t.time, webhookID})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", provider.ErrForged, err)
	}
	body := append(bytes.TrimSuffix(head, []byte("}")), `,"webhook_event":`...)
	return append(append(body, event...), '}'), nil
}
