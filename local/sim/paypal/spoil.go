package paypal

import (
	"bytes"
	"encoding/json"
	"net/http"
)

// instead gives the answer of a fault that strikes before the call has any
// effect.
func (s *Simulator) instead(c *visit) (answer, bool) {
	switch c.fault {
	case TimeoutBefore:
		return answer{never: true, played: c.fault}, true
	case BadGatewayBefore:
		return badGateway(c), true
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
		a.header = map[string]string{"Retry-After": retryAfter}
		return a, true
	case Redirected:
		return answer{
			status: http.StatusPermanentRedirect,
			header: map[string]string{"Location": elsewhere + c.request.URL.EscapedPath()},
			played: c.fault,
		}, true
	}
	return answer{}, false
}

// spoil turns the true answer of a call that had its effect into what the
// client gets.
func (s *Simulator) spoil(c *visit, a answer) answer {
	switch c.fault {
	case TimeoutAfter:
		return answer{never: true, played: c.fault}
	case BadGatewayAfter:
		return badGateway(c)
	case ErrorAfter:
		return refuse(c, http.StatusInternalServerError, "")
	}
	if a.status >= http.StatusMultipleChoices {
		return a
	}
	switch c.fault {
	case EmptyBody, CutBody, WrongShape, TwiceStatus, UnknownStatus:
		// The others tell a lie in PayPal's own words.
		a.played = c.fault
	}
	switch c.fault {
	case EmptyBody:
		a.body = nil
	case CutBody:
		a.cut = true
	case HugeBody:
		a.padding = hugePadding
	case WrongShape:
		a.body = []byte(`{"unrelated":1}`)
	case TwiceStatus:
		a.body = append([]byte(`{"status":"VOIDED",`), bytes.TrimPrefix(a.body, []byte("{"))...)
	case UnknownStatus, OtherAmount, OtherCurrency, OtherID:
		a.body = s.falsify(a.body, c.fault)
	}
	return a
}

func badGateway(c *visit) answer {
	return answer{
		played:      c.fault,
		status:      http.StatusBadGateway,
		contentType: "text/html",
		body:        []byte("<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"),
	}
}

// falsify rewrites a true body.
func (s *Simulator) falsify(body []byte, kind Kind) []byte {
	v, err := parseBody(body)
	top, ok := v.(map[string]any)
	if err != nil || !ok {
		return body
	}
	switch kind {
	case UnknownStatus:
		eachObject(top, func(o map[string]any) {
			if _, has := o["status"]; has {
				o["status"] = "SOMETHING_NEW"
			}
		})
	case OtherAmount:
		eachObject(top, raiseAmount)
	case OtherCurrency:
		eachObject(top, swapCurrency)
	case OtherID:
		s.mu.Lock()
		top["id"] = letters(s.traces, upperAlphanumerics, idLength)
		s.mu.Unlock()
	}
	changed, err := json.Marshal(top)
	if err != nil {
		return body
	}
	return changed
}

func eachObject(v any, visit func(map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		visit(v)
		for _, member := range v {
			eachObject(member, visit)
		}
	case []any:
		for _, element := range v {
			eachObject(element, visit)
		}
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
