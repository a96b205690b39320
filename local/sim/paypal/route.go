package paypal

import (
	"mime"
	"net/http"
	"strings"
)

// ServeHTTP serves PayPal's calls under /v1 and /v2, the buyer's approval page
// under /checkoutnow and the operator's desk under /sim.
//
// Paths are matched as they were sent: nothing is cleaned, so a traversal
// arrives as an unknown call and not as the call it aimed at.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.EscapedPath()
	if !strings.HasPrefix(path, "/v1/") && !strings.HasPrefix(path, "/v2/") {
		s.servePage(w, r)
		return
	}
	name, id := classify(r.Method, path)
	c := s.arrive(r, name)
	a, instead := s.instead(c)
	if !instead {
		a = s.spoil(c, s.kept(c, s.handle(c, id)))
	}
	s.deliver(w, c, a)
}

const (
	tokenPath   = "/v1/oauth2/token"
	controlPath = "/v1/notifications/webhooks"
	ordersPath  = "/v2/checkout/orders"
	capturePath = "/v2/payments/captures"
)

// classify names a call and gives the id in its path.
func classify(method, path string) (CallName, string) {
	switch {
	case method == http.MethodPost && path == tokenPath:
		return CallToken, ""
	case method == http.MethodGet && path == controlPath:
		return CallControl, ""
	case method == http.MethodPost && path == ordersPath:
		return CallCreate, ""
	}
	if rest, ok := strings.CutPrefix(path, ordersPath+"/"); ok {
		id, action, _ := strings.Cut(rest, "/")
		switch {
		case !isID(id):
		case method == http.MethodGet && rest == id:
			return CallLook, id
		case method == http.MethodPost && action == "capture":
			return CallCapture, id
		}
	}
	if id, ok := strings.CutPrefix(path, capturePath+"/"); ok && method == http.MethodGet && isID(id) {
		return CallLook, id
	}
	return Unknown, ""
}

// handle does what the call asks for, as PayPal would on a good day.
func (s *Simulator) handle(c *visit, id string) answer {
	switch c.name {
	case Unknown:
		return refuse(c, http.StatusNotFound, "INVALID_RESOURCE_ID")
	case CallToken:
		c.wait()
		return s.grant(c)
	}
	if !s.authorized(c.request) {
		return refuse(c, http.StatusUnauthorized, "")
	}
	switch c.name {
	case CallCreate, CallCapture:
		if a, refused := checkPost(c); refused {
			return a
		}
		if c.name == CallCreate {
			return s.create(c)
		}
		return s.capture(c, id)
	case CallLook:
		c.wait()
		if strings.HasPrefix(c.request.URL.Path, capturePath) {
			return s.lookCapture(c, id)
		}
		return s.lookOrder(c, id)
	}
	c.wait() // CallControl
	return reply(http.StatusOK, map[string]any{"webhooks": []any{}})
}

// maxRequestID is the longest PayPal-Request-Id (Orders spec, parameter
// paypal_request_id).
const maxRequestID = 108

// checkPost refuses what no POST may be. PayPal wants the content type even
// on a capture without a body.
func checkPost(c *visit) (answer, bool) {
	media, _, err := mime.ParseMediaType(c.request.Header.Get("Content-Type"))
	switch {
	case err != nil || media != jsonType:
		return refuse(c, http.StatusUnsupportedMediaType, ""), true
	case len(c.requestID) > maxRequestID:
		return refuseDetails(c, http.StatusBadRequest, []detail{{
			Field: "PayPal-Request-Id", Value: c.requestID,
			Issue: "INVALID_STRING_LENGTH", Description: descriptions["INVALID_STRING_LENGTH"],
		}}), true
	case c.tooLarge:
		return refuse(c, http.StatusBadRequest, "MALFORMED_REQUEST_JSON"), true
	}
	return answer{}, false
}
