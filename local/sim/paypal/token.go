package paypal

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/sim/answer"
	"github.com/serverless-checkout/serverless-checkout/local/sim/chance"
)

// denial is the error shape of the OAuth endpoint (RFC 6749, 5.2), which is
// not the shape of all the others.
type denial struct {
	Error            string `json:"error"`
	ErrorDescription string `json:"error_description"`
}

type grantView struct {
	Scope       string `json:"scope"`
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	AppID       string `json:"app_id"`
	ExpiresIn   int64  `json:"expires_in"`
	Nonce       string `json:"nonce"`
}

// grant answers POST /v1/oauth2/token. Every grant is a new token; the earlier
// ones stay good until they end.
func (s *Simulator) grant(c *visit) answer.Answer {
	id, secret, ok := c.request.BasicAuth()
	if !ok || !s.knows(id, secret) {
		return reply(http.StatusUnauthorized, denial{"invalid_client", "Client Authentication failed"})
	}
	form, err := url.ParseQuery(string(c.body))
	if err != nil || form.Get("grant_type") == "" {
		return reply(http.StatusBadRequest, denial{"unsupported_grant_type", "Grant Type is NULL"})
	}
	if form.Get("grant_type") != "client_credentials" {
		return reply(http.StatusBadRequest, denial{"unsupported_grant_type", "unsupported grant_type"})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	token := "A21AA" + chance.Letters(s.traces, tokenLetters, tokenLength)
	now := s.now()
	s.tokens[token] = now.Add(s.config.TokenLife)
	scope := "https://uri.paypal.com/services/applications/webhooks https://uri.paypal.com/services/payments/payment/authcapture"
	if s.reporting.withheld {
		s.reporting.unscoped[token] = true
	} else {
		scope += " https://uri.paypal.com/services/reporting/search/read https://uri.paypal.com/services/reporting/balances/read"
	}
	return reply(http.StatusOK, grantView{
		Scope:       scope,
		AccessToken: token,
		TokenType:   "Bearer",
		AppID:       "APP-80W284485P519543T",
		ExpiresIn:   int64(s.config.TokenLife / time.Second),
		Nonce:       wire(now) + chance.Letters(s.traces, traceLetters, traceLength),
	})
}

func (s *Simulator) knows(id, secret string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return same(id, s.config.ClientID) && same(secret, s.config.ClientSecret)
}

// SetCredentials changes the only credentials accepted, as a merchant does in
// PayPal's dashboard. Tokens stay good until they end; see RevokeTokens.
func (s *Simulator) SetCredentials(id, secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.config.ClientID, s.config.ClientSecret = id, secret
}

// same compares in constant time and never accepts nothing.
func same(got, want string) bool {
	return want != "" && subtle.ConstantTimeCompare([]byte(got), []byte(want)) == 1
}

// authorized tells whether the request carries a token that is still good.
func (s *Simulator) authorized(r *http.Request) bool {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	s.mu.Lock()
	defer s.mu.Unlock()
	ends, known := s.tokens[token]
	return ok && known && s.now().Before(ends)
}

// RevokeTokens ends every token before its time, as PayPal does when a secret
// is changed or an app is suspended.
func (s *Simulator) RevokeTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens)
}
