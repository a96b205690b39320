package paypalspec

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strings"
)

// Where PayPal's files are known to be wrong about PayPal. Nothing else is excused.

// alsoAnswered are statuses that a file forgot, each with the one that it is
// declared like. A repeated call is answered 200 with the latest state
// (developer.paypal.com, reference/guidelines/idempotency); the orders file lists
// that for its calls and the payments file does not.
var alsoAnswered = map[string]map[int]int{
	"POST /v2/payments/captures/{capture_id}/refund": {http.StatusOK: http.StatusCreated},
}

const verifyOperation = "POST /v1/notifications/verify-webhook-signature"

// ours is the part of a request body that the checkout makes. To have a signature
// verified an event goes back to PayPal byte for byte as it came, with whatever stands
// in it; it is judged where it is made (JudgeEvent), and here it only has to be there.
// The file also calls all its members read-only, because nobody makes an event.
func (o operation) ours(body []byte) []byte {
	var members struct {
		Event json.RawMessage `json:"webhook_event"`
	}
	if o.String() != verifyOperation || json.Unmarshal(body, &members) != nil || !bytes.HasPrefix(members.Event, []byte("{")) {
		return body
	}
	return bytes.Replace(body, members.Event, []byte("{}"), 1)
}

// tooMany: no file has the name RATE_LIMIT_REACHED, nor 429 itself
// (developer.paypal.com, reference/guidelines/rate-limiting).
func tooMany(header http.Header, body []byte) error {
	if err := isJSON(header); err != nil {
		return err
	}
	value, err := decode(body)
	if err != nil {
		return err
	}
	object, _ := value.(map[string]any)
	if object["name"] != "RATE_LIMIT_REACHED" {
		return errors.New("429 is not RATE_LIMIT_REACHED")
	}
	return only(object, "name", "message", "debug_id", "details", "links")
}

// excused is a request body without what the file is wrong about. Its pattern for
// transmission_sig wants a word character first; what PayPal sends there is base64
// of an RSA signature (schema verify_webhook_signature; api/rest/webhooks/rest), which
// may as well begin with + or /.
func (o operation) excused(value any) any {
	object, _ := value.(map[string]any)
	signature, _ := object["transmission_sig"].(string)
	if o.String() != verifyOperation || !strings.HasPrefix(signature, "+") && !strings.HasPrefix(signature, "/") {
		return value
	}
	object = maps.Clone(object)
	object["transmission_sig"] = "A" + signature[1:]
	return object
}
