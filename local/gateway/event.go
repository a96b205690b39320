package gateway

import (
	"encoding/base64"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

const (
	defaultStage = "$default"
	apiID        = "local"
	accountID    = "000000000000"
	timeForm     = "02/Jan/2006:15:04:05 -0700"
)

// arrival is a request that has a route.
type arrival struct {
	request *http.Request
	route   Route
	path    string            // decoded
	values  map[string]string // of the route's variables
	body    []byte
	by      *caller // nil on a public route
	id      string
	at      time.Time
}

// event is the arrival in payload format 2.0.
func (a arrival) event() events.APIGatewayV2HTTPRequest {
	r := a.request
	ip := hostOf(r.RemoteAddr)
	domain := hostOf(r.Host)
	prefix, _, _ := strings.Cut(domain, ".")
	e := events.APIGatewayV2HTTPRequest{
		Version:               "2.0",
		RouteKey:              a.route.Key(),
		RawPath:               a.path,
		RawQueryString:        r.URL.RawQuery,
		Cookies:               cookies(r.Header),
		Headers:               headers(r, ip, len(a.body)),
		QueryStringParameters: query(r.URL.RawQuery),
		PathParameters:        a.values,
		RequestContext: events.APIGatewayV2HTTPRequestContext{
			RouteKey:     a.route.Key(),
			AccountID:    accountID,
			Authorizer:   a.by.authorizer(),
			Stage:        defaultStage,
			RequestID:    a.id,
			APIID:        apiID,
			DomainName:   domain,
			DomainPrefix: prefix,
			Time:         a.at.UTC().Format(timeForm),
			TimeEpoch:    a.at.UnixMilli(),
			HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{
				Method:    r.Method,
				Path:      a.path,
				Protocol:  r.Proto,
				SourceIP:  ip,
				UserAgent: r.UserAgent(),
			},
		},
	}
	e.Body = string(a.body)
	if len(a.body) > 0 && !isText(r.Header.Get("Content-Type")) {
		e.Body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString(a.body), true
	}
	return e
}

// decodedPath is the path as routes see it: decoded once, so that an encoded
// slash parts two segments, and cut at a question mark that was encoded, as the
// gateway does.
func decodedPath(u *url.URL) string {
	path, _, _ := strings.Cut(u.Path, "?")
	if path == "" {
		return "/"
	}
	return path
}

// hopByHop headers concern one connection and go no further, in either
// direction.
var hopByHop = map[string]bool{
	"connection": true, "keep-alive": true, "proxy-connection": true, "te": true,
	"trailer": true, "transfer-encoding": true, "upgrade": true,
}

func headers(r *http.Request, ip string, bodyLength int) map[string]string {
	all := map[string]string{}
	for name, values := range r.Header {
		if name = strings.ToLower(name); !hopByHop[name] && name != "cookie" {
			all[name] = strings.Join(values, ",")
		}
	}
	all["host"] = r.Host
	if bodyLength > 0 || all["content-length"] != "" {
		all["content-length"] = strconv.Itoa(bodyLength)
	}
	// What the caller claims stays in front: only the last one is true.
	if claimed := all["x-forwarded-for"]; claimed != "" {
		ip = claimed + ", " + ip
	}
	all["x-forwarded-for"] = ip
	all["x-forwarded-proto"] = "http"
	if r.TLS != nil {
		all["x-forwarded-proto"] = "https"
	}
	return all
}

func cookies(h http.Header) []string {
	var all []string
	for _, line := range h.Values("Cookie") {
		for one := range strings.SplitSeq(line, ";") {
			if one = strings.TrimSpace(one); one != "" {
				all = append(all, one)
			}
		}
	}
	return all
}

// query decodes the parameters; one that cannot be decoded stays as it is. The
// values of a repeated name are joined in the order sent.
func query(raw string) map[string]string {
	var all map[string]string
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, value = unescape(name), unescape(value)
		if all == nil {
			all = map[string]string{}
		}
		if before, ok := all[name]; ok {
			value = before + "," + value
		}
		all[name] = value
	}
	return all
}

func unescape(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

// hostOf is an address without its port.
func hostOf(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return address
}
