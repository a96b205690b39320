package main

import (
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/serverless-checkout/serverless-checkout/tests/runtime"
)

// request is the natural first request of a function, made ready.
type request struct {
	event  []byte
	status int // of its answer; 0 where nobody behind a gateway asks
}

// side is one of the two shops: ours or the naive one.
type side struct {
	shop    *shop
	till    *runtime.Process // opens payments
	opened  int              // status of a payment just opened
	capture *runtime.Process // takes them; nil for the naive one, which needs none
}

// open makes a payment; approved lets the buyer approve it.
func (s side) open() (paid, error) { return s.shop.open(s.till, s.opened) }

func (s side) approved() (paid, error) {
	p, err := s.open()
	if err != nil {
		return p, err
	}
	return p, s.shop.paypal.Approve(p.order)
}

func (s side) captured() (paid, error) {
	p, err := s.approved()
	if err != nil {
		return p, err
	}
	e, err := s.shop.event("capture-payment/approved.json")
	if err != nil {
		return p, err
	}
	e.at(p)
	_, err = invoke(s.capture, e.json(), http.StatusOK)
	return p, err
}

// about is the event of a file, about a payment that is made for it.
func (s side) about(make func() (paid, error), file string, status int) func() (request, error) {
	return func() (request, error) {
		p, err := make()
		if err != nil {
			return request{}, err
		}
		e, err := s.shop.event(file)
		if err != nil {
			return request{}, err
		}
		e.at(p)
		return request{e.json(), status}, nil
	}
}

// plain is the event of a file as it stands.
func (s side) plain(file string, status int) func() (request, error) {
	return func() (request, error) {
		e, err := s.shop.event(file)
		return request{e.json(), status}, err
	}
}

// requests are those of each function, by its name.
func (s side) requests() map[string]func() (request, error) {
	return map[string]func() (request, error){
		"payment-methods":      s.plain("payment-methods/cart.json", http.StatusOK),
		"create-payment":       s.create,
		"capture-payment":      s.about(s.approved, "capture-payment/approved.json", http.StatusOK),
		"get-payment":          s.about(s.open, "get-payment/offered.json", http.StatusOK),
		"customer-payments":    s.customer,
		"new-attempt":          s.about(s.open, "new-attempt/again.json", http.StatusCreated),
		"webhook":              s.rings,
		"refund":               s.refund,
		"review":               s.about(s.open, "review/nothing.json", http.StatusConflict),
		"merchant-payments":    s.about(s.open, "merchant-payments/one.json", http.StatusOK),
		"merchant-settlements": s.plain("merchant-settlements/year.json", http.StatusOK),
		"price-list":           s.plain("price-list/get.json", http.StatusOK),
		"sweep":                s.closedTab,
		"settlement":           s.plain("settlement/nothing-changed.json", 0),
	}
}

// customer is a question of somebody who is signed in at the shop and has bought nothing.
func (s side) customer() (request, error) {
	e, err := s.shop.event("customer-payments/list.json")
	if err != nil {
		return request{}, err
	}
	now := time.Now().Unix()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"aud": "bench", "sub": "ada@shop.example", "iat": now, "exp": now + 900,
	}).SignedString([]byte(customerSecret))
	if err != nil {
		return request{}, err
	}
	e.header("customer-token", token)
	return request{e.json(), http.StatusOK}, nil
}

func (s side) create() (request, error) {
	e, err := s.shop.cart()
	return request{e.json(), s.opened}, err
}

func (s side) refund() (request, error) {
	p, err := s.captured()
	if err != nil {
		return request{}, err
	}
	e, err := s.shop.event("refund/whole.json")
	if err != nil {
		return request{}, err
	}
	e.at(p)
	e.header("idempotency-key", newKey())
	return request{e.json(), http.StatusCreated}, nil
}

// rings is PayPal's delivery of an approval, whose buyer has closed the tab.
func (s side) rings() (request, error) {
	p, err := s.approved()
	if err != nil {
		return request{}, err
	}
	header, body, err := s.shop.ring(p.order)
	if err != nil {
		return request{}, err
	}
	e, err := s.shop.event("webhook/order-approved.json")
	if err != nil {
		return request{}, err
	}
	for name := range header {
		e.header(name, header.Get(name))
	}
	e["body"] = string(body)
	return request{e.json(), http.StatusOK}, nil
}

// closedTab is a sweep that finds one payment, approved by a buyer who did not come
// back.
func (s side) closedTab() (request, error) {
	p, err := s.approved()
	if err != nil {
		return request{}, err
	}
	s.shop.rows.ripen(p)
	return s.plain("sweep/tab-closed.json", 0)()
}

// functions are the names of all there are.
func (s *shop) functions() (names []string, err error) {
	folders, err := os.ReadDir(filepath.Join(s.root, "functions"))
	for _, f := range folders {
		names = append(names, f.Name())
	}
	return names, err
}
