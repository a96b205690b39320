package stripe

import (
	"encoding/json"
	"net/http"

	"github.com/serverless-checkout/serverless-checkout/local/sim/answer"
)

// object is what Stripe answers with.
type object map[string]any

// outcome is what a call will be told.
type outcome struct {
	answer.Answer
	begun bool // the endpoint had begun: what it says is kept under the key
}

// reply renders v now, while the caller may hold mu.
func reply(status int, v any) outcome {
	body, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return outcome{Answer: answer.Answer{Status: http.StatusInternalServerError, ContentType: answer.JSON, Body: []byte(`{"error":{"type":"api_error"}}`)}}
	}
	return outcome{Answer: answer.Answer{Status: status, ContentType: answer.JSON, Body: body}, begun: true}
}

// refusal is Stripe's error (API reference, errors).
func refusal(status int, kind, code, message, param string) outcome {
	e := object{"type": kind, "message": message}
	if code != "" {
		e["code"] = code
		e["doc_url"] = "https://stripe.com/docs/error-codes/" + code
	}
	if param != "" {
		e["param"] = param
	}
	return reply(status, object{"error": e})
}

// invalid is a request that failed validation: nothing is kept under its key.
func invalid(code, message, param string) outcome {
	a := refusal(http.StatusBadRequest, "invalid_request_error", code, message, param)
	a.begun = false
	return a
}

// unknown is what Stripe says of a thing it does not know.
func unknown(what, id, param string) outcome {
	return refusal(http.StatusNotFound, "invalid_request_error", "resource_missing", "No such "+what+": '"+id+"'", param)
}

// deliver sends the answer. It panics with http.ErrAbortHandler where the connection
// has to break; the status is on record before that.
func (s *Simulator) deliver(w http.ResponseWriter, v *visit, a outcome) {
	if !a.Never {
		s.record(v, a.Status)
		h := w.Header()
		h.Set("Request-Id", v.trace)
		h.Set("Date", s.date())
		h.Set("Stripe-Version", v.request.Header.Get("Stripe-Version"))
		if v.key != "" {
			h.Set("Idempotency-Key", v.key)
		}
	}
	a.Send(v.request.Context(), w, s.config.Sleep)
}
