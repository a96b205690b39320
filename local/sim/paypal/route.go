package paypal

import (
	"mime"
	"net/http"
	"strings"

	"github.com/serverless-checkout/serverless-checkout/local/sim/answer"
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
	verifyPath  = "/v1/notifications/verify-webhook-signature"
	eventsPath  = "/v1/notifications/webhooks-events" // in links only
	typesPath   = "/v1/notifications/webhooks-event-types"
	certPath    = "/v1/notifications/certs/CERT-1"
	disputePath = "/v1/customer/disputes"
	reportPath  = "/v1/reporting/transactions"
	balancePath = "/v1/reporting/balances"
	ordersPath  = "/v2/checkout/orders"
	capturePath = "/v2/payments/captures"
	refundPath  = "/v2/payments/refunds"
)

// plainCalls are the calls without an id in their path.
var plainCalls = map[string]CallName{
	"POST " + tokenPath:  CallToken,
	"GET " + controlPath: CallControl,
	"GET " + typesPath:   CallTypes,
	"POST " + verifyPath: CallVerify,
	"GET " + certPath:    CallCert,
	"GET " + disputePath: CallDispute,
	"GET " + reportPath:  CallReport,
	"GET " + balancePath: CallBalance,
	"POST " + ordersPath: CallCreate,
}

// idCalls are the calls on one thing: method, path before the id, path behind.
var idCalls = []struct {
	method, before, behind string
	name                   CallName
}{
	{http.MethodGet, ordersPath, "", CallLook},
	{http.MethodPost, ordersPath, "/capture", CallCapture},
	{http.MethodGet, capturePath, "", CallLook},
	{http.MethodPost, capturePath, "/refund", CallRefund},
	{http.MethodGet, refundPath, "", CallLook},
	{http.MethodGet, disputePath, "", CallDispute},
}

// classify names a call and gives the id in its path.
func classify(method, path string) (CallName, string) {
	if name, plain := plainCalls[method+" "+path]; plain {
		return name, ""
	}
	for _, call := range idCalls {
		rest, ok := strings.CutPrefix(path, call.before+"/")
		id, _, _ := strings.Cut(rest, "/")
		good := isID(id) || call.name == CallDispute && isDisputeID(id)
		if ok && good && method == call.method && rest == id+call.behind {
			return call.name, id
		}
	}
	return Unknown, ""
}

// handle does what the call asks for, as PayPal would on a good day.
func (s *Simulator) handle(c *visit, id string) answer.Answer {
	switch c.name {
	case Unknown:
		return refuse(c, http.StatusNotFound, "INVALID_RESOURCE_ID")
	case CallToken:
		c.wait()
		return s.grant(c)
	case CallCert:
		c.wait()
		return s.certificate()
	}
	if !s.authorized(c.request) {
		return refuse(c, http.StatusUnauthorized, "")
	}
	if s.withheld(c.name) {
		return refuse(c, http.StatusForbidden, "")
	}
	switch c.name {
	case CallCreate, CallCapture, CallRefund, CallVerify:
		return s.handlePost(c, id)
	}
	c.wait()
	path := c.request.URL.Path
	switch {
	case c.name == CallControl:
		return s.webhooks(c)
	case c.name == CallTypes:
		return reply(http.StatusOK, map[string]any{"event_types": kindsNamed()})
	case c.name == CallReport:
		return s.report(c)
	case c.name == CallBalance:
		return s.listBalances(c)
	case path == disputePath:
		return s.listDisputes(c)
	case c.name == CallDispute:
		return s.lookDispute(c, id)
	case strings.HasPrefix(path, capturePath):
		return s.lookCapture(c, id)
	case strings.HasPrefix(path, refundPath):
		return s.lookRefund(c, id)
	}
	return s.lookOrder(c, id)
}

// handlePost is handle for the calls with a body.
func (s *Simulator) handlePost(c *visit, id string) answer.Answer {
	if a, refused := checkPost(c); refused {
		return a
	}
	switch c.name {
	case CallCreate:
		return s.create(c)
	case CallRefund:
		return s.refund(c, id)
	case CallVerify:
		c.wait()
		return s.verify(c)
	}
	return s.capture(c, id)
}

// maxRequestID is the longest PayPal-Request-Id (Orders spec, parameter
// paypal_request_id).
const maxRequestID = 108

// checkPost refuses what no POST may be. PayPal wants the content type even
// on a capture without a body.
func checkPost(c *visit) (answer.Answer, bool) {
	media, _, err := mime.ParseMediaType(c.request.Header.Get("Content-Type"))
	switch {
	case err != nil || media != answer.JSON:
		return refuse(c, http.StatusUnsupportedMediaType, ""), true
	case len(c.requestID) > maxRequestID:
		return refuseDetails(c, http.StatusBadRequest, []detail{{
			Field: "PayPal-Request-Id", Value: c.requestID,
			Issue: "INVALID_STRING_LENGTH", Description: descriptions["INVALID_STRING_LENGTH"],
		}}), true
	case c.tooLarge:
		return refuse(c, http.StatusBadRequest, "MALFORMED_REQUEST_JSON"), true
	}
	return answer.Answer{}, false
}
