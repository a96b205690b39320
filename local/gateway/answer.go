package gateway

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-lambda-go/events"
)

// answer is a function's answer that has proved well formed.
type answer struct {
	status  int
	headers http.Header
	body    []byte
}

// gatewaysOwn are headers a function cannot set.
var gatewaysOwn = map[string]bool{"content-length": true, "date": true, "apigw-requestid": true}

// parseAnswer reads what a function gave, in payload format 2.0. That format
// has no multiValueHeaders: they are ignored, as on AWS.
func parseAnswer(text []byte) (answer, error) {
	var given events.APIGatewayV2HTTPResponse
	if err := json.Unmarshal(text, &given); err != nil {
		return answer{}, err
	}
	if given.StatusCode < 200 || given.StatusCode > 599 {
		return answer{}, fmt.Errorf("status code %d", given.StatusCode)
	}
	a := answer{status: given.StatusCode, headers: http.Header{}, body: []byte(given.Body)}
	if given.IsBase64Encoded {
		var err error
		if a.body, err = base64.StdEncoding.DecodeString(given.Body); err != nil {
			return answer{}, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(given.Headers)) {
		value := given.Headers[name]
		if !headerName(name) || !headerValue(value) {
			return answer{}, fmt.Errorf("header %q is malformed", name)
		}
		if lower := strings.ToLower(name); !hopByHop[lower] && !gatewaysOwn[lower] {
			a.headers.Set(name, value)
		}
	}
	for _, cookie := range given.Cookies {
		if !headerValue(cookie) {
			return answer{}, errors.New("a cookie is malformed")
		}
		a.headers.Add("Set-Cookie", cookie)
	}
	return a, nil
}

// headerName: a token of RFC 9110.
func headerName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool {
		return c <= ' ' || c >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, c)
	})
}

// headerValue: nothing that could end the line.
func headerValue(s string) bool { return !strings.ContainsAny(s, "\r\n\x00") }

func (a answer) write(w http.ResponseWriter) {
	h := w.Header()
	for name, values := range a.headers {
		h[name] = values
	}
	bodiless := a.status == http.StatusNoContent || a.status == http.StatusNotModified
	if h.Get("Content-Type") == "" && len(a.body) > 0 && !bodiless {
		// Never left to sniffing: a body that looks like HTML must not become it.
		h.Set("Content-Type", "text/plain; charset=utf-8")
	}
	w.WriteHeader(a.status)
	if !bodiless {
		w.Write(a.body) // a caller who has gone is no concern of ours
	}
}
