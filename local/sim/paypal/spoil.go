package paypal

import (
	"net/http"

	"github.com/serverless-checkout/serverless-checkout/local/sim/answer"
	"github.com/serverless-checkout/serverless-checkout/local/sim/chance"
	"github.com/serverless-checkout/serverless-checkout/local/sim/fault"
)

// instead gives the answer of a fault that strikes before the call has any
// effect.
func (s *Simulator) instead(c *visit) (answer.Answer, bool) {
	switch c.fault {
	case ErrorBefore:
		return refuse(c, http.StatusInternalServerError, ""), true
	case Unavailable:
		return refuse(c, http.StatusServiceUnavailable, ""), true
	case Forbidden:
		return refuse(c, http.StatusForbidden, "PERMISSION_DENIED"), true
	case Missing:
		return missing(c), true
	case InProgress:
		return refuse(c, http.StatusConflict, "PREVIOUS_REQUEST_IN_PROGRESS"), true
	case RateLimitedBare:
		return refuse(c, http.StatusTooManyRequests, ""), true
	case RateLimited:
		a := refuse(c, http.StatusTooManyRequests, "")
		a.Header = map[string]string{"Retry-After": fault.RetryAfter}
		return a, true
	}
	return answer.Instead(string(c.fault), elsewhere, c.request.URL.EscapedPath())
}

// spoil turns the true answer of a call that had its effect into what the
// client gets.
func (s *Simulator) spoil(c *visit, a answer.Answer) answer.Answer {
	if c.fault == ErrorAfter {
		return refuse(c, http.StatusInternalServerError, "")
	}
	return a.Spoiled(string(c.fault), "VOIDED", func(top map[string]any) { s.falsify(top, c.fault) })
}

// falsify rewrites a true answer.
func (s *Simulator) falsify(top map[string]any, kind Kind) {
	switch kind {
	case UnknownStatus:
		answer.EachObject(top, func(o map[string]any) {
			if _, has := o["status"]; has {
				o["status"] = "SOMETHING_NEW"
			}
		})
	case OtherAmount:
		answer.EachObject(top, raiseAmount)
	case OtherCurrency:
		answer.EachObject(top, swapCurrency)
	case OtherID:
		s.mu.Lock()
		top["id"] = chance.Letters(s.traces, upperAlphanumerics, idLength)
		s.mu.Unlock()
	}
}

// raiseAmount makes what was paid one smallest unit more. Prices of items stay
// as they are.
func raiseAmount(o map[string]any) {
	for _, name := range []string{"amount", "gross_amount"} {
		m, ok := o[name].(map[string]any)
		if !ok {
			continue
		}
		code, _ := m["currency_code"].(string)
		text, _ := m["value"].(string)
		if paid, issue := parseMoney(code, text); issue == "" {
			paid.count++
			m["value"] = paid.String()
		}
	}
}

func swapCurrency(o map[string]any) {
	code, ok := o["currency_code"].(string)
	if !ok {
		return
	}
	// Stay among currencies of as many decimals: the value must go on looking
	// right.
	other := "USD"
	if currencies[code].decimals == 0 {
		other = "JPY"
	}
	if code == other {
		other = map[string]string{"USD": "EUR", "JPY": "TWD"}[code]
	}
	o["currency_code"] = other
}
