package paypal

import (
	"encoding/json"
	"net/http"

	"github.com/serverless-checkout/serverless-checkout/local/sim/answer"
)

// reply renders v now, while the caller may hold mu, so that no answer points
// into live records.
func reply(status int, v any) answer.Answer {
	body, err := json.Marshal(v)
	if err != nil {
		// Nothing here can fail to render; if it does, say so in PayPal's terms.
		return answer.Answer{Status: http.StatusInternalServerError, ContentType: answer.JSON, Body: []byte(`{"name":"INTERNAL_SERVER_ERROR"}`)}
	}
	return answer.Answer{Status: status, ContentType: answer.JSON, Body: body}
}

// deliver sends the answer. It panics with http.ErrAbortHandler where the
// connection has to break; the status is on record before that.
func (s *Simulator) deliver(w http.ResponseWriter, c *visit, a answer.Answer) {
	if !a.Never {
		s.record(c, a.Status)
		w.Header().Set("Paypal-Debug-Id", c.debugID)
		w.Header().Set("Date", s.date())
	}
	a.Send(c.request.Context(), w, s.config.Sleep)
}
