package paypalspec

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"regexp"
	"slices"
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

const createOperation = "POST /v2/checkout/orders"

// instructions are the values of the schema processing_instruction.
var instructions = []any{"NO_INSTRUCTION", "ORDER_COMPLETE_ON_PAYMENT_APPROVAL"}

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
//
// The request of an order has no processing_instruction there, and the same file's
// refusals (UNSUPPORTED_PROCESSING_INSTRUCTION, ORDER_COMPLETE_ON_PAYMENT_APPROVAL) and
// PayPal's guides for banks (payment-methods) have it in exactly that request.
func (o operation) excused(value any) any {
	object, _ := value.(map[string]any)
	if instruction := object["processing_instruction"]; o.String() == createOperation && slices.Contains(instructions, instruction) {
		object = maps.Clone(object)
		delete(object, "processing_instruction")
		return object
	}
	signature, _ := object["transmission_sig"].(string)
	if o.String() != verifyOperation || !strings.HasPrefix(signature, "+") && !strings.HasPrefix(signature, "/") {
		return value
	}
	object = maps.Clone(object)
	object["transmission_sig"] = "A" + signature[1:]
	return object
}

// colonless is a time as the reports have it.
var colonless = regexp.MustCompile(`^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[+-][0-9]{2})([0-9]{2})$`)

// recorded is an answer of the reports in the words of their file, where answers that
// others have recorded differ from it (samples of PayPal-PHP-SDK and PayPal-node-SDK).
// Offsets come without a colon, as in 2019-06-04T01:27:43+0000, where the file's
// pattern wants one; and a list of transactions may be empty, where the file wants one
// at the least or no list.
func (o operation) recorded(value any) any {
	if !strings.HasPrefix(o.path, "/v1/reporting/") {
		return value
	}
	value = withColons(value)
	if object, ok := value.(map[string]any); ok {
		refusedRange(object)
		if rows, listed := object["transaction_details"].([]any); listed && len(rows) == 0 {
			delete(object, "transaction_details")
		}
	}
	return value
}

// rangeRefusals are two refusals that the file has neither name nor message for, and
// that others have met and act on (the connectors of Airbyte and of Odoo's OCA).
var rangeRefusals = map[string]string{
	"INVALID_REQUEST":     "Data for the given start date is not available.",
	"RESULTSET_TOO_LARGE": "Result set size is greater than the maximum limit. Change the filter criteria and try again.",
}

// refusedRange puts the file's own words into such a refusal.
func refusedRange(answer map[string]any) {
	name, _ := answer["name"].(string)
	if message, known := rangeRefusals[name]; known && answer["message"] == message {
		answer["name"], answer["message"] = "INVALID_REQUEST", "Request is not well-formed, syntactically incorrect, or violates schema."
		delete(answer, "total_items")
		delete(answer, "maximum_items")
	}
}

func withColons(value any) any {
	switch value := value.(type) {
	case string:
		return colonless.ReplaceAllString(value, "$1:$2")
	case []any:
		list := make([]any, len(value))
		for i, element := range value {
			list[i] = withColons(element)
		}
		return list
	case map[string]any:
		object := make(map[string]any, len(value))
		for name, member := range value {
			object[name] = withColons(member)
		}
		return object
	}
	return value
}
