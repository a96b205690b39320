package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/serverless-checkout/serverless-checkout/tests/runtime"
)

// request is the natural first request of a function, made ready.
type request struct {
	event  []byte
	status int // of its answer; 0 where nobody behind a gateway asks
	proof  proof
}

// proof is a look at an answer that has the right status: that what was asked for has
// been done. None is that the status says all.
type proof func(reply) error

// of asks a process, and has its answer proved.
func (r request) of(p *runtime.Process) (reply, error) {
	got, err := invoke(p, r.event, r.status)
	if err == nil && r.proof != nil {
		err = r.proof(got)
	}
	return got, err
}

// holds proves that an answer has a value in a field.
func holds(field, value string) proof {
	return func(r reply) error {
		var said map[string]any
		if err := json.Unmarshal([]byte(r.Body), &said); err != nil {
			return fmt.Errorf("%w: %s", err, r.Body)
		}
		if got := fmt.Sprint(said[field]); got != value {
			return fmt.Errorf("%s is %s where %s was expected: %s", field, got, value, r.Body)
		}
		return nil
	}
}

// ourProofs and naiveProofs are what the answers of some functions hold where they have
// done what they were asked for.
var (
	ourProofs = map[string]proof{
		"capture-payment": holds("status", "captured"), "webhook": holds("outcome", "reconciled"),
		"refund": holds("state", "completed"), "sweep": holds("captured", "1"),
	}
	naiveProofs = map[string]proof{
		"capture-payment": holds("status", "COMPLETED"), "webhook": holds("status", "COMPLETED"), "sweep": holds("taken", "1"),
	}
)

// side is one of the shops: ours with buyers of one provider or of the other, or the
// naive one, which has PayPal's alone.
type side struct {
	shop    *shop
	method  string           // what its buyers pay with: "paypal", or "card", which is Stripe's
	till    *runtime.Process // opens payments
	opened  int              // status of a payment just opened
	capture *runtime.Process // takes them; nil for the naive one, which needs none
	swept   int              // status of a sweep: 0, but the naive one answers as if somebody asked
	proofs  map[string]proof // by function; that of create-payment is where it sends the buyer
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
		return request{e.json(), status, s.proofs[path.Dir(file)]}, nil
	}
}

// plain is the event of a file as it stands.
func (s side) plain(file string, status int) func() (request, error) {
	return func() (request, error) {
		e, err := s.shop.event(file)
		return request{event: e.json(), status: status}, err
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
	return request{event: e.json(), status: http.StatusOK}, nil
}

func (s side) create() (request, error) {
	e, err := s.shop.cart(s.method)
	return request{e.json(), s.opened, func(r reply) error {
		_, err := s.shop.opened(s.method, r)
		return err
	}}, err
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
	return request{e.json(), http.StatusCreated, s.proofs["refund"]}, nil
}

// rings is the provider's delivery of what its buyer did, who has closed the tab.
func (s side) rings() (request, error) {
	p, err := s.approved()
	if err != nil {
		return request{}, err
	}
	header, body, err := s.shop.ring(s.method, p.order)
	if err != nil {
		return request{}, err
	}
	e, err := s.shop.event("webhook/order-approved.json")
	if err != nil {
		return request{}, err
	}
	e.rungBy(s.provider())
	for name := range header {
		e.header(name, header.Get(name))
	}
	e["body"] = string(body)
	return request{e.json(), http.StatusOK, s.proofs["webhook"]}, nil
}

// closedTab is a sweep that finds one payment, approved by a buyer who did not come
// back.
func (s side) closedTab() (request, error) {
	p, err := s.approved()
	if err != nil {
		return request{}, err
	}
	s.shop.rows.ripen(p)
	asked, err := s.plain("sweep/tab-closed.json", s.swept)()
	asked.proof = s.proofs["sweep"]
	return asked, err
}

// functions are the names of all there are.
func (s *shop) functions() (names []string, err error) {
	folders, err := os.ReadDir(filepath.Join(s.root, "functions"))
	for _, f := range folders {
		names = append(names, f.Name())
	}
	return names, err
}
