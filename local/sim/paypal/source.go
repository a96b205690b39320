package paypal

import (
	"maps"
	"slices"
	"time"
)

// rules are what a payment source asks of an order (table of alternative payment
// methods on developer.paypal.com, platforms/checkout/apm/supported-apms; Orders spec,
// schemas <source>_request).
type rules struct {
	countries  map[string]bool // of buyers
	currencies map[string]bool // empty: all
	least      int64           // in the currency's smallest unit; 0: any
	most       int64           // 0: any
	email      bool            // of the holder, required
	refundTime time.Duration
}

// walletName is PayPal's own source, and venmoName the other that is a wallet: its
// buyer has an account, and nothing is asked of them before.
const (
	walletName = "paypal"
	venmoName  = "venmo"
)

// sources are those that are imitated. Of banks, only ideal, p24 and trustly have a
// time for refunds in PayPal's table.
var sources = map[string]rules{
	walletName:   {refundTime: refundTime},
	venmoName:    {currencies: words("USD"), refundTime: refundTime},
	"bancontact": {countries: words("BE"), currencies: words("EUR"), least: 100, refundTime: refundTime},
	"blik":       {countries: words("PL"), currencies: words("PLN"), least: 100, refundTime: refundTime},
	"eps":        {countries: words("AT"), currencies: words("EUR"), least: 100, refundTime: refundTime},
	"ideal":      {countries: words("NL"), currencies: words("EUR"), least: 1, refundTime: refundTime},
	"mybank":     {countries: words("IT"), currencies: words("EUR"), refundTime: refundTime},
	"p24":        {countries: words("PL"), currencies: words("PLN EUR"), least: 100, most: 5500000, email: true, refundTime: refundTime},
	"trustly": {
		countries: words("AT DE DK EE ES FI GB LT LV NL NO SE"), currencies: words("EUR DKK SEK GBP NOK"),
		least: 1, refundTime: 365 * 24 * time.Hour,
	},
}

// isBank tells a source that leads to the pages of a bank from a wallet.
func isBank(source string) bool { return source != "" && source != walletName && source != venmoName }

// source is the payment source of an order: which one, and who pays with it.
type source struct {
	Name    string `json:"name"` // "ideal"
	Holder  string `json:"holder,omitempty"`
	Country string `json:"country,omitempty"`
	Email   string `json:"email,omitempty"`
}

// readSource reads payment_source, and for venmo, whose experience context has no place
// for them, the two addresses of application_context. An experience context and its two
// addresses are optional in the spec and required here: without them the buyer has no
// way back to the shop.
func readSource(p, old part) (*experience, source) {
	names := slices.Sorted(maps.Keys(sources))
	if !p.object(names...) {
		return nil, source{}
	}
	members, _ := p.value.(map[string]any)
	for _, name := range names {
		if _, there := members[name]; there && len(members) == 1 {
			return readOne(p.member(name), old, name)
		}
	}
	p.refuse("MISSING_REQUIRED_PARAMETER")
	return nil, source{}
}

func readOne(p, old part, name string) (*experience, source) {
	from := source{Name: name}
	switch {
	case !isBank(name) && !p.object("experience_context", "email_address"):
		return nil, from
	case !isBank(name):
		p.member("email_address").text(3, 254)
	default:
		known := []string{"experience_context", "name", "country_code"}
		if sources[name].email || name == "blik" {
			known = append(known, "email")
		}
		if !p.object(known...) {
			return nil, from
		}
		from.Holder, from.Country = p.need("name").text(3, 300), p.need("country_code").country()
		if from.Email = p.member("email").text(3, 254); from.Email == "" && sources[name].email {
			p.need("email")
		}
	}
	return readExperience(p.need("experience_context"), old, name), from
}

// checkSource holds an order against the rules of its source. That PayPal refuses with
// this issue is UNVERIFIED; that it refuses is in its table.
func checkSource(p part, o *order) {
	r := sources[o.source.Name]
	at := p.member("payment_source").member(o.source.Name)
	if len(r.countries) > 0 && !r.countries[o.source.Country] {
		at.member("country_code").breaks("INCOMPATIBLE_PARAMETER_VALUE")
	}
	for i, u := range o.units {
		place := p.member("purchase_units").list(1, 10)[i].member("amount")
		if len(r.currencies) > 0 && !r.currencies[u.sum.currency] {
			place.member("currency_code").breaks("INCOMPATIBLE_PARAMETER_VALUE")
		} else if u.sum.count < r.least || r.most > 0 && u.sum.count > r.most {
			place.member("value").breaks("INCOMPATIBLE_PARAMETER_VALUE")
		}
	}
}

// completeOnApproval is the processing instruction by which PayPal captures an order
// itself as soon as its buyer approves.
const completeOnApproval = "ORDER_COMPLETE_ON_PAYMENT_APPROVAL"

// checkInstruction: wallets are captured by the shop; of banks the shop may choose, but
// for those that a test has made to want the instruction.
func (s *Simulator) checkInstruction(p part, o *order) {
	switch {
	case o.completes && !isBank(o.source.Name):
		p.breaks("UNSUPPORTED_PROCESSING_INSTRUCTION")
	case !o.completes && s.mustComplete[o.source.Name]:
		p.breaks(completeOnApproval)
	}
}

// RequireCompletion has sources take no order without the processing instruction
// ORDER_COMPLETE_ON_PAYMENT_APPROVAL, which the Orders spec has an issue for and names
// no source of. None takes it back.
func (s *Simulator) RequireCompletion(names ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mustComplete = map[string]bool{}
	for _, name := range names {
		s.mustComplete[name] = true
	}
}

// complete captures an order that completes by itself; a bank that does not pay after
// all makes a capture that is declined. The caller holds mu.
func (s *Simulator) complete(o *order) {
	end := outcomes[o.funding]
	if end.issue != "" {
		end = outcomes[Bounced]
	}
	for _, u := range o.units {
		s.announceCapture(s.execute(o, u, end, saleCode))
	}
	o.status = orderCompleted
	o.touch(s.now())
	s.announce(orderDone, o.view(s.base("")), "Checkout Order Completed")
}

// captureTime is how long a bank's money waits for its capture (guide
// payment-methods/uncaptured-payments: 3 h unless agreed otherwise).
const captureTime = 3 * time.Hour

// reverseLate gives the money back of what banks' buyers have approved and nobody has
// captured in time. What becomes of the order is UNVERIFIED; here it is void. The caller
// holds mu.
func (s *Simulator) reverseLate() {
	s.approvals = slices.DeleteFunc(s.approvals, func(o *order) bool {
		if o.status != approved {
			return true
		}
		if s.now().Before(o.updated.Add(captureTime)) {
			return false
		}
		o.status, o.funding = voided, ""
		o.touch(s.now())
		s.announce(approvalReversed, reversedApproval(o), "A payment has been reversed after approval.")
		return true
	})
}

// reversedApproval is the resource of that event (guide payment-methods/webhooks).
func reversedApproval(o *order) any {
	units := []map[string]any{}
	for _, u := range o.units {
		unit := map[string]any{"reference_id": u.ReferenceID, "amount": u.Amount}
		if u.CustomID != "" {
			unit["custom_id"] = u.CustomID
		}
		if u.InvoiceID != "" {
			unit["invoice_id"] = u.InvoiceID
		}
		units = append(units, unit)
	}
	return map[string]any{"order_id": o.id, "purchase_units": units}
}
