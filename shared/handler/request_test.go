package handler_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/serverless-checkout/serverless-checkout/shared/handler"
)

// asked is an event of a route, with the headers of a careful sender.
func asked(route, body string, query map[string]string) events.APIGatewayV2HTTPRequest {
	event := events.APIGatewayV2HTTPRequest{RouteKey: route, Body: body, QueryStringParameters: query}
	event.RequestContext.HTTP.Method, _, _ = strings.Cut(route, " ")
	event.Headers = map[string]string{"content-type": "application/json", "idempotency-key": strings.Repeat("k", 32)}
	return event
}

// TestRefusalsSayWhatIsWrong: whoever reads one knows what to mend, and is told nothing
// that is not so on this route.
func TestRefusalsSayWhatIsWrong(t *testing.T) {
	c := newCounter(t)
	const refund, settlements = "POST /merchant/payments/{id}/refunds", "GET /merchant/settlements"
	for name, r := range map[string]struct {
		route   handler.HTTP
		event   events.APIGatewayV2HTTPRequest
		status  int
		problem string
		detail  string
	}{
		"a price of a buyer's": {c.CreatePayment(), asked("POST /payments", `{"total":1}`, nil), 400, "body-invalid", "The field /total is not known here. Prices and amounts are never taken from a request."},
		"a decimal to refund":  {c.Refund(), asked(refund, `{"amount":{"currency":"EUR","value":"5.00"},"reason":"returned"}`, nil), 400, "body-invalid", "The field /amount/value is not known here."},
		"nothing to refund":    {c.Refund(), asked(refund, `{"amount":{"currency":"EUR","minor":0},"reason":"returned"}`, nil), 422, "refund-refused", "The field /amount/minor has to be 1 or more; without an amount all that is left is given back."},
		"less than nothing":    {c.Refund(), asked(refund, `{"amount":{"currency":"EUR","minor":-1},"reason":"returned"}`, nil), 422, "refund-refused", "The field /amount/minor has to be 1 or more; without an amount all that is left is given back."},
		"no end":               {c.MerchantSettlements(), asked(settlements, "", map[string]string{"from": "2026-11-01"}), 400, "day-invalid", "The parameter to is missing: name a day, like 2026-11-21."},
		"no beginning":         {c.MerchantSettlements(), asked(settlements, "", map[string]string{"to": "2026-11-01"}), 400, "day-invalid", "The parameter from is missing: name a day, like 2026-11-21."},
		"entries of no end":    {c.MerchantSettlements(), asked("GET /merchant/entries", "", map[string]string{"from": "2026-11-01", "to": ""}), 400, "day-invalid", "The parameter to is missing: name a day, like 2026-11-21."},
		"no day":               {c.ShowPayments(), asked("GET /merchant/payments", "", nil), 400, "day-invalid", "The parameter day is missing: name a day, like 2026-11-21."},
	} {
		status, problem, text := c.sendEvent(r.route, r.event)
		if status != r.status || problem != r.problem || !strings.Contains(text, `"detail":"`+r.detail+`"`) {
			t.Errorf("%s: %d %s", name, status, text)
		}
	}
}
