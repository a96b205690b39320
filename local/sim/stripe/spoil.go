package stripe

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
)

// spoil turns the true answer of a call that had its effect into what the client gets.
func (s *Simulator) spoil(v *visit, a answer) answer {
	switch v.fault {
	case TimeoutAfter:
		return answer{never: true, played: v.fault}
	case BadGatewayAfter:
		a = badGateway()
		a.played = v.fault
		return a
	}
	if a.status >= http.StatusMultipleChoices {
		return a
	}
	switch v.fault {
	case EmptyBody:
		a.body = nil
	case CutBody:
		a.cut = true
	case HugeBody:
		a.padding = hugePadding
	case WrongShape:
		a.body = []byte(`{"unrelated":1}`)
	case TwiceStatus:
		a.body = append([]byte(`{"status":"canceled",`), bytes.TrimPrefix(a.body, []byte("{"))...)
	case UnknownStatus, OtherAmount, OtherCurrency, OtherID:
		a.body = s.falsify(a.body, v.fault)
	default:
		return a
	}
	a.played = v.fault
	return a
}

func badGateway() answer {
	return answer{
		status: http.StatusBadGateway, html: true,
		body: []byte("<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"),
	}
}

// falsify rewrites a true body.
func (s *Simulator) falsify(body []byte, kind Kind) []byte {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var top object
	if decoder.Decode(&top) != nil {
		return body
	}
	eachObject(map[string]any(top), func(o map[string]any) {
		for name, value := range o {
			number, _ := value.(json.Number)
			switch {
			case kind == UnknownStatus && name == "status" && value != nil:
				o[name] = "something_new"
			case kind == OtherAmount && strings.HasPrefix(name, "amount") && number != "":
				n, _ := number.Int64()
				o[name] = n + 1
			case kind == OtherCurrency && name == "currency":
				if o[name] = "usd"; value == "usd" {
					o[name] = "eur"
				}
			}
		}
	})
	if kind == OtherID {
		s.mu.Lock()
		before, _, _ := strings.Cut(top["id"].(string), "_")
		top["id"] = before + "_" + letters(s.traces, 24)
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
