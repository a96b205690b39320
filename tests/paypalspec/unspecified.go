package paypalspec

import (
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// call is one that PayPal has and its files leave out. The list is closed.
type call struct {
	method, name string
	path         *regexp.Regexp
	request      func(r *http.Request, sent []byte) error
	answer       func(s *Spec, status int, header http.Header, answer []byte) error
}

func (c call) String() string { return c.method + " " + c.name }

var calls = []call{
	// developer.paypal.com, api/rest/authentication.
	{method: http.MethodPost, name: "/v1/oauth2/token", path: regexp.MustCompile(`^/v1/oauth2/token$`), request: asksToken, answer: isGrant},
	// Where PAYPAL-CERT-URL leads; seen in PayPal's own recorded answers
	// (PayPal-node-SDK, test/mocks/notification.js).
	{method: http.MethodGet, name: "/v1/notifications/certs/{name}", path: regexp.MustCompile(`^/v1/notifications/certs/[A-Za-z0-9_-]+$`), request: asksCertificate, answer: isCertificate},
}

func unspecified(r *http.Request) (call, bool) {
	for _, c := range calls {
		if c.method == r.Method && c.path.MatchString(r.URL.EscapedPath()) {
			return c, true
		}
	}
	return call{}, false
}

// plain refuses a query and any header but the ordinary ones.
func plain(r *http.Request) error {
	if r.URL.RawQuery != "" {
		return errors.New("has a query")
	}
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		if !slices.Contains(ordinary, name) || len(r.Header[name]) > 1 {
			return fmt.Errorf("header %s is unknown or doubled", name)
		}
	}
	return nil
}

func asksToken(r *http.Request, sent []byte) error {
	if err := plain(r); err != nil {
		return err
	}
	credentials, basic := strings.CutPrefix(r.Header.Get("Authorization"), "Basic ")
	pair, err := base64.StdEncoding.DecodeString(credentials)
	switch {
	case !basic || err != nil || !strings.Contains(string(pair), ":"):
		return errors.New("header Authorization is no id and secret")
	case r.Header.Get("Content-Type") != "application/x-www-form-urlencoded":
		return fmt.Errorf("header Content-Type is %q", r.Header.Get("Content-Type"))
	case string(sent) != "grant_type=client_credentials":
		return errors.New("the form is another")
	}
	return nil
}

// isGrant: an error has the shape of RFC 6749, 5.2, where it is about the
// credentials, and PayPal's own where it is not.
func isGrant(s *Spec, status int, header http.Header, answer []byte) error {
	if err := isJSON(header); err != nil {
		return err
	}
	value, err := decode(answer)
	if err != nil {
		return err
	}
	object, _ := value.(map[string]any)
	switch {
	case status == http.StatusOK:
		seconds, _ := object["expires_in"].(float64)
		token, _ := object["access_token"].(string)
		if token == "" || object["token_type"] != "Bearer" || seconds < 1 || seconds != float64(int64(seconds)) {
			return errors.New("is no token")
		}
		return only(object, "scope", "access_token", "token_type", "app_id", "expires_in", "nonce")
	case status == http.StatusBadRequest || status == http.StatusUnauthorized:
		if code, _ := object["error"].(string); code == "" {
			return errors.New("names no error")
		}
		return only(object, "error", "error_description")
	case status == http.StatusTooManyRequests:
		return tooMany(header, answer)
	case status >= 400:
		return s.isError(header, answer)
	}
	return fmt.Errorf("status %d is not documented", status)
}

func only(object map[string]any, names ...string) error {
	for name := range object {
		if !slices.Contains(names, name) {
			return fmt.Errorf("/%s: PayPal knows no such member", name)
		}
	}
	return nil
}

// asksCertificate: whoever cites an address must learn nothing of ours.
func asksCertificate(r *http.Request, sent []byte) error {
	if r.Header.Get("Authorization") != "" || len(sent) > 0 {
		return errors.New("tells more than which certificate")
	}
	return plain(r)
}

func isCertificate(s *Spec, status int, header http.Header, answer []byte) error {
	switch {
	case status == http.StatusOK:
		if block, _ := pem.Decode(answer); block == nil || block.Type != "CERTIFICATE" {
			return errors.New("is no certificate")
		}
		return nil
	case status == http.StatusTooManyRequests:
		return tooMany(header, answer)
	case status >= 400:
		return s.isError(header, answer)
	}
	return fmt.Errorf("status %d is not documented", status)
}
