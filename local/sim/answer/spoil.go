package answer

import (
	"bytes"
	"encoding/json"
	"net/http"

	"github.com/serverless-checkout/serverless-checkout/local/sim/fault"
)

// Instead is the answer of a kind that strikes before the call has any effect, where it
// is the same whoever the provider is. elsewhere is a host that can never be, for a
// redirect of the path.
func Instead(kind, elsewhere, path string) (Answer, bool) {
	switch kind {
	case fault.TimeoutBefore:
		return Answer{Never: true, Played: kind}, true
	case fault.BadGatewayBefore:
		return badGateway(kind), true
	case fault.Redirected:
		return Answer{
			Status: http.StatusPermanentRedirect, Header: map[string]string{"Location": elsewhere + path}, Played: kind,
		}, true
	}
	return Answer{}, false
}

// Spoiled turns the true answer of a call that had its effect into what the client gets.
// wrong is the status that TwiceStatus gives first, and lie tells the kinds of lies that
// every provider tells in its own words, about the members of a true body; those are not
// marked as played, for they are in the provider's form.
func (a Answer) Spoiled(kind, wrong string, lie func(top map[string]any)) Answer {
	switch kind {
	case fault.TimeoutAfter:
		return Answer{Never: true, Played: kind}
	case fault.BadGatewayAfter:
		return badGateway(kind)
	}
	if a.Status >= http.StatusMultipleChoices {
		return a
	}
	switch kind {
	case fault.EmptyBody:
		a.Body = nil
	case fault.CutBody:
		a.Cut = true
	case fault.HugeBody:
		a.Padding = Padding
	case fault.WrongShape:
		a.Body = []byte(`{"unrelated":1}`)
	case fault.TwiceStatus:
		a.Body = append([]byte(`{"status":"`+wrong+`",`), bytes.TrimPrefix(a.Body, []byte("{"))...)
	case fault.UnknownStatus:
		a.Body = rewritten(a.Body, lie)
	case fault.OtherAmount, fault.OtherCurrency, fault.OtherID:
		a.Body = rewritten(a.Body, lie)
		return a
	default:
		return a
	}
	a.Played = kind
	return a
}

func badGateway(kind string) Answer {
	return Answer{
		Status: http.StatusBadGateway, ContentType: "text/html", Played: kind,
		Body: []byte("<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"),
	}
}

// rewritten is a true body after a lie. Numbers stay as they are written.
func rewritten(body []byte, lie func(map[string]any)) []byte {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var top map[string]any
	if decoder.Decode(&top) != nil {
		return body
	}
	lie(top)
	changed, err := json.Marshal(top)
	if err != nil {
		return body
	}
	return changed
}

// EachObject visits every object in a decoded JSON value.
func EachObject(v any, visit func(map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		visit(v)
		for _, member := range v {
			EachObject(member, visit)
		}
	case []any:
		for _, element := range v {
			EachObject(element, visit)
		}
	}
}
