package paypalspec

import (
	"errors"
	"maps"
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
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

// asRequest is how a body that is sent is held. The file calls all members of an
// event read-only, because nobody makes one; but to have a signature verified the
// event goes back to PayPal as it came.
func (o operation) asRequest() []openapi3.SchemaValidationOption {
	as := []openapi3.SchemaValidationOption{openapi3.VisitAsRequest()}
	if o.String() == verifyOperation {
		as = append(as, openapi3.DisableReadOnlyValidation())
	}
	return as
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
