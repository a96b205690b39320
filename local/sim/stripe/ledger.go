package stripe

import (
	"math/big"
	"net/http"
	"slices"
	"strings"
	"time"
)

// row is a balance transaction: amount is gross, net is what the balance moved by.
type row struct {
	id                 string
	category, kind     string
	created, available time.Time
	amount, fee        int64
	currency           string
	rate               string // "" where nothing was converted
	source             source // nil where it is about nothing
	payout             *payout
}

func (r *row) net() int64 { return r.amount - r.fee }

// entry is what is to be booked, in the currency it happened in.
type entry struct {
	category, kind string
	currency       string
	amount, fee    int64
	days           int
	source         source
}

// book writes a row, converted where the merchant has no account in its currency. The
// caller holds mu.
func (s *Simulator) book(e entry) *row {
	r := &row{
		id: s.newID("txn_3", 23), category: e.category, kind: e.kind, created: s.now(), available: s.now(),
		amount: e.amount, fee: e.fee, currency: e.currency, source: e.source,
	}
	if e.days > 0 {
		r.available = availableAfter(r.created, e.days)
	}
	if !slices.Contains(s.config.Settles, e.currency) {
		to := s.config.Settles[0]
		r.rate = rateOf(e.currency)
		r.amount, r.fee, r.currency = convert(e.amount, e.currency, to, r.rate), convert(e.fee, e.currency, to, r.rate), to
	}
	s.rows = append(s.rows, r)
	return r
}

// rates are made up: what one of a currency is worth in the merchant's first one.
var rates = map[string]string{"krw": "0.000641", "jpy": "0.00592", "cny": "0.1285", "hkd": "0.1187", "mxn": "0.0487", "usd": "0.9251", "gbp": "1.1733", "kwd": "3.0123"}

func rateOf(currency string) string {
	if rate, ok := rates[currency]; ok {
		return rate
	}
	return "0.5"
}

// convert is an amount in another currency's smallest units, rounded half up.
func convert(amount int64, from, to, rate string) int64 {
	x, _ := new(big.Rat).SetString(rate)
	x.Mul(x, new(big.Rat).SetInt64(amount))
	for range decimalsOf(to) {
		x.Mul(x, big.NewRat(10, 1))
	}
	for range decimalsOf(from) {
		x.Quo(x, big.NewRat(10, 1))
	}
	x.Add(x, big.NewRat(1, 2))
	return new(big.Int).Div(x.Num(), x.Denom()).Int64() // rounds down, also below nothing
}

// balances are what is available and what is on its way there, by currency. The caller
// holds mu.
func (s *Simulator) balances() (available, pending map[string]int64) {
	available, pending = map[string]int64{}, map[string]int64{}
	for _, c := range s.config.Settles {
		available[c], pending[c] = 0, 0
	}
	for _, r := range s.rows {
		if r.available.After(s.now()) {
			pending[r.currency] += r.net()
		} else {
			available[r.currency] += r.net()
		}
	}
	return available, pending
}

func (s *Simulator) showBalance(*visit) outcome {
	available, pending := s.balances()
	list := func(of map[string]int64) []object {
		var all []object
		for _, c := range s.config.Settles {
			all = append(all, object{"amount": of[c], "currency": c, "source_types": object{"card": of[c]}})
		}
		return all
	}
	return reply(http.StatusOK, object{"object": "balance", "livemode": false, "available": list(available), "pending": list(pending)})
}

// listRows lists balance transactions (GET /v1/balance_transactions), the newest first.
func (s *Simulator) listRows(v *visit) outcome {
	p, asked := v.params, within(v.params)
	kept := filter(s.rows, func(r *row) bool {
		return asked(r.created) &&
			(p["payout"] == "" || r.payout != nil && r.payout.id == p["payout"] && r.payout.automatic) &&
			(p["type"] == "" || p["type"] == r.kind) && (p["currency"] == "" || p["currency"] == r.currency)
	})
	return list(v, "/v1/balance_transactions", kept, func(r *row) string { return r.id },
		func(r *row, e expansions) any { return s.viewRow(r, e) })
}

func (s *Simulator) viewRow(r *row, e expansions) object {
	status := "available"
	if r.available.After(s.now()) {
		status = "pending"
	}
	view := object{
		"id": r.id, "object": "balance_transaction", "balance_type": "payments", "created": r.created.Unix(), "available_on": r.available.Unix(),
		"amount": r.amount, "fee": r.fee, "net": r.net(), "currency": r.currency, "type": r.kind, "reporting_category": r.category,
		"status": status, "description": nil, "fee_details": []object{}, "exchange_rate": nil, "source": nil,
	}
	if r.fee != 0 {
		view["fee_details"] = []object{{"amount": r.fee, "application": nil, "currency": r.currency, "description": "Stripe processing fees", "type": "stripe_fee"}}
	}
	if r.rate != "" {
		view["exchange_rate"] = number(r.rate)
	}
	switch source := r.source.(type) {
	case *charge:
		view["source"] = either(e.has("source"), source.id, func() object { return s.viewCharge(source, e.of("source")) })
	case *refund:
		view["source"] = either(e.has("source"), source.id, func() object { return s.viewRefund(source, e.of("source")) })
	case *dispute:
		view["source"] = either(e.has("source"), source.id, func() object { return s.viewDispute(source) })
	case *payout:
		view["source"] = either(e.has("source"), source.id, func() object { return s.viewPayout(source) })
	}
	return view
}

// either is a thing by its id, or whole.
func either(whole bool, id string, view func() object) any {
	if whole {
		return view()
	}
	return id
}

// number is written into JSON as it is.
type number string

// MarshalJSON writes the digits.
func (n number) MarshalJSON() ([]byte, error) { return []byte(n), nil }

// Charge is money Stripe takes from the account for itself: a fee of its own, a row
// that is nobody's sale.
func (s *Simulator) Charge(currency string, amount int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pass()
	s.book(entry{category: "fee", kind: "stripe_fee", currency: currency, amount: -amount})
}

// BalanceAt is what the account had of a currency in all, just before a moment.
func (s *Simulator) BalanceAt(currency string, moment time.Time) (total int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pass()
	for _, r := range s.rows {
		if r.currency == strings.ToLower(currency) && r.created.Before(moment) {
			total += r.net()
		}
	}
	return total
}

// Balance is what the account has of a currency, available and on its way there.
func (s *Simulator) Balance(currency string) (available, pending int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pass()
	a, p := s.balances()
	return a[strings.ToLower(currency)], p[strings.ToLower(currency)]
}
