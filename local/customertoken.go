package main

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// customerTokenPath is where the demo shop's server vouches for a customer. Another shop
// has it behind its own login; here whoever says who they are is believed.
const customerTokenPath = "/customer-token"

// customerTokenLife is the longest that the checkout takes.
const customerTokenLife = 15 * time.Minute

// customerToken is GET /customer-token?customer=ada: {"token": "..."}, which the shop's
// page sends to the API as Customer-Token. No other page can read the answer: it allows
// no other origin.
func (w *world) customerToken(out http.ResponseWriter, in *http.Request) {
	now := w.clock.Now()
	name := in.URL.Query().Get("customer")
	if name == "" || len(name) > 255 {
		http.Error(out, "say who you are: "+customerTokenPath+"?customer=ada", http.StatusBadRequest)
		return
	}
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"aud": localStack, "sub": name, "iat": now.Unix(), "exp": now.Add(customerTokenLife).Unix(),
	}).SignedString([]byte(customerSecret))
	if err != nil {
		http.Error(out, "no token could be signed", http.StatusInternalServerError)
		return
	}
	out.Header().Set("Content-Type", "application/json")
	out.Header().Set("Cache-Control", "no-store")
	out.Header().Set("X-Content-Type-Options", "nosniff")
	json.NewEncoder(out).Encode(map[string]string{"token": token})
}
