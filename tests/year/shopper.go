package main

import (
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	stripesim "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
)

// shopper is one person with one cart who pays at Stripe.
type shopper struct {
	*year
	number    int
	way       way
	id, token string
	session   string
	tries     int
	told      bool // that it is paid
}

// way is how shoppers pay: with what, in which country and currency, and whether the
// money comes by itself days later.
type way struct {
	method, country, currency string
	with                      stripesim.Instrument
	transfer                  bool
}

// ways take turns, as far as the shop has their currency.
var ways = []way{
	{"card", "DE", "EUR", stripesim.Instrument{Brand: "visa"}, false},
	{"alipay", "CN", "EUR", stripesim.Instrument{}, false},
	{"card", "US", "USD", stripesim.Instrument{Brand: "mastercard"}, false},
	{"bank_transfer", "FI", "EUR", stripesim.Instrument{}, true},
	{"card", "GB", "GBP", stripesim.Instrument{Brand: "visa", Wallet: "apple_pay"}, false},
	{"card", "JP", "JPY", stripesim.Instrument{Brand: "unionpay"}, false}, // converted
	{"card", "SE", "SEK", stripesim.Instrument{Brand: "visa"}, false},     // converted
}

// shop is a shopper coming by: every eleventh leaves before paying.
func (y *year) shop() {
	n := y.shoppers
	y.shoppers++
	s := &shopper{year: y, number: n, way: ways[n%len(ways)]}
	for i := n; !strings.Contains(strings.Join(y.currencies, " "), s.way.currency); i++ {
		s.way = ways[i%len(ways)]
	}
	s.click()
}

func (s *shopper) click() {
	cart := fmt.Sprintf(`{"cart":[{"sku":"SKU-%d","quantity":1}],"currency":%q,"country":%q,"method":%q,"reference":"S-%d"}`,
		s.number%products, s.way.currency, s.way.country, s.way.method, s.number)
	r := s.ask(http.MethodPost, "/payments", cart, map[string]string{"Idempotency-Key": fmt.Sprintf("key-of-a-shopper-that-nobody-guesses-%012d", s.number)})
	if r.ID != "" {
		s.id, s.token = r.ID, r.Token
		s.atStripe[s.id] = s
	}
	at, err := url.Parse(r.Next.URL)
	if r.Next.Action != "redirect" || err != nil {
		s.again(s.click)
		return
	}
	if s.session, s.tries = path.Base(at.Path), 0; s.number%11 != 10 {
		s.in(time.Minute, s.pay)
	}
}

// again repeats what did not go through, as long as the shopper has patience.
func (s *shopper) again(do func()) {
	if s.tries++; s.tries < patience {
		s.in(30*time.Second, do)
	}
}

func (s *shopper) pay() {
	if s.stripe.Pay(s.session, s.way.with) != nil {
		return // it has ended meanwhile
	}
	if s.way.transfer {
		s.in(2*oneDay, func() { s.transfer(2) })
		s.in(4*oneDay, func() { s.transfer(1) })
	}
	s.in(20*time.Second, s.comeBack)
	s.liveOn()
}

// transfer sends what is missing, or a part of it.
func (s *shopper) transfer(of int64) {
	if o, err := s.stripe.Session(s.session); err == nil && o.Received < o.Amount {
		_ = s.stripe.Transfer(s.session, (o.Amount-s.stripe.Cash(s.session)+of-1)/of)
	}
}

// comeBack is the page's call when the shopper has come back.
func (s *shopper) comeBack() {
	r := s.ask(http.MethodPost, "/payments/"+s.id+"/capture", "", map[string]string{"Checkout-Token": s.token})
	if s.told = s.told || r.Paid; r.code != http.StatusOK && !s.way.transfer {
		s.again(s.comeBack)
	}
}

// liveOn is what becomes of the money of some.
func (s *shopper) liveOn() {
	after := func(d time.Duration, do func()) { s.in(d, do) }
	switch s.number % 13 {
	case 1:
		after(6*oneDay, func() { s.refund(3, "part") })
	case 3:
		after(8*oneDay, func() { s.refund(1, "whole") })
	case 4:
		after(7*oneDay, func() { _ = s.stripe.RefundInDashboard(s.session, s.share(5)) })
	case 6:
		s.dispute(true)
	case 8:
		s.dispute(false)
	case 9: // a complaint that moves no money
		after(9*oneDay, func() {
			if s.stripe.Dispute(s.session, "product_not_received", true) == nil {
				s.in(3*oneDay, func() { _ = s.stripe.Resolve(s.session, true) })
			}
		})
	}
}

func (s *shopper) dispute(won bool) {
	s.in(9*oneDay, func() {
		if s.stripe.Dispute(s.session, "fraudulent", false) == nil {
			s.in(5*oneDay, func() { _ = s.stripe.Resolve(s.session, won) })
		}
	})
}

// share is a part of what was paid.
func (s *shopper) share(of int64) int64 {
	o, err := s.stripe.Session(s.session)
	if err != nil {
		s.mustNot(err)
	}
	return max(o.Received/of, 1)
}

// refund asks the merchant's route for one, and again where the outcome is not known.
func (s *shopper) refund(of int64, name string) {
	body := fmt.Sprintf(`{"amount":{"currency":%q,"minor":%d},"reason":"requested_by_buyer"}`, s.way.currency, s.share(of))
	key := fmt.Sprintf("key-of-a-refund-that-nobody-guesses-%s-s-%010d", name, s.number)
	r := s.ask(http.MethodPost, "/merchant/payments/"+s.id+"/refunds", body, map[string]string{"Idempotency-Key": key})
	if s.tries++; (r.code == http.StatusAccepted || r.code >= http.StatusInternalServerError) && s.tries < 2*patience {
		s.in(10*time.Minute, func() { s.refund(of, name) })
	}
}

// stripePaysOut is what Stripe does every night with what is available: most arrive two days
// later, and every ninth comes back.
func (y *year) stripePaysOut() {
	for _, c := range []string{"eur", "usd", "gbp"} {
		if id, _ := y.stripe.PayOut(c); id != "" {
			y.payouts++
			arrives := y.payouts%9 != 8
			y.diary.at(y.clock.Now().Add(2*oneDay), func() { y.must(y.stripe.EndPayout(id, arrives)) })
		}
	}
}
