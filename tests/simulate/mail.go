package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	stripesim "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
)

// letter is an event that a provider has to tell of.
type letter struct {
	from     seam
	id, kind string
	body     []byte
}

// letters are all there were, PayPal's first.
func (w *world) letters() (all []letter) {
	for _, e := range w.paypal.Events() {
		all = append(all, letter{seamPayPal, e.ID, e.Type, e.Body})
	}
	return append(all, w.stripeLetters()...)
}

// undelivered are those that nobody has sent yet.
func (w *world) undelivered() []letter {
	return slices.DeleteFunc(w.letters(), func(l letter) bool { return w.delivered[l.id] })
}

// letter is the first one of a kind that nobody has heard.
func (w *world) letter(kind string) letter {
	all := w.undelivered()
	return all[slices.IndexFunc(all, func(l letter) bool { return l.kind == kind })]
}

// signed gives a letter the headers of a good signature, made some time ago.
func (l letter) signed(ago time.Duration) (body []byte, header map[string]string) {
	if l.from == seamStripe {
		return l.body, map[string]string{"stripe-signature": stripesim.Sign(time.Now().Add(-ago), l.body, stripeSigning)}
	}
	return signed(l.body)
}

// webhook is a delivery of a letter, signed.
func (w *world) webhook(l letter) *ask { return w.delivery(l, 0) }

func (w *world) delivery(l letter, ago time.Duration) *ask {
	body, header := l.signed(ago)
	a := &ask{
		function: "webhook", genuine: true, event: event(w.request(), string(body), map[string]string{"provider": string(l.from)}, header),
		hears: func(r reply) {
			if r.status == http.StatusOK {
				w.delivered[l.id] = true
				w.reached["webhook "+outcomeOf(r)]++
			}
		},
	}
	if l.from == seamStripe {
		a.payment, a.capture, a.dispute = l.ofStripe()
	} else {
		a.payment, a.capture, a.dispute = l.ofPayPal()
	}
	if a.dispute != "" {
		a.payment = w.claims()[a.dispute].payment
	}
	return a
}

// ofPayPal is what an event of PayPal's tells of, as far as the oracle has to know it.
func (l letter) ofPayPal() (payment, capture, dispute string) {
	var r struct {
		Type     string `json:"event_type"`
		Resource struct {
			ID       string `json:"id"`
			Dispute  string `json:"dispute_id"`
			CustomID string `json:"custom_id"`
			Units    []struct {
				CustomID string `json:"custom_id"`
			} `json:"purchase_units"`
		} `json:"resource"`
	}
	l.read(&r)
	switch {
	case strings.HasPrefix(r.Type, "CHECKOUT.ORDER.") && len(r.Resource.Units) > 0:
		payment = r.Resource.Units[0].CustomID
	case r.Type == "PAYMENT.CAPTURE.COMPLETED":
		payment, capture = r.Resource.CustomID, r.Resource.ID
	}
	return payment, capture, r.Resource.Dispute
}

// ofStripe is what an event of Stripe's tells of.
func (l letter) ofStripe() (payment, capture, dispute string) {
	var r struct {
		Data struct {
			Object struct {
				ID        string `json:"id"`
				Reference string `json:"client_reference_id"`
				Paid      string `json:"payment_status"`
				Intent    string `json:"payment_intent"`
				Metadata  struct {
					Payment string `json:"payment"`
				} `json:"metadata"`
			} `json:"object"`
		} `json:"data"`
	}
	l.read(&r)
	about := r.Data.Object
	switch {
	case strings.HasPrefix(l.kind, "charge.dispute."):
		return "", "", about.ID
	case about.Paid == "paid":
		return about.Reference, about.Intent, ""
	case about.Reference != "":
		return about.Reference, "", ""
	}
	return about.Metadata.Payment, "", ""
}

func (l letter) read(into any) {
	if err := json.Unmarshal(l.body, into); err != nil {
		panic("simulate: " + err.Error())
	}
}

// forged is a delivery that no provider ever made, and whose signature is good all the
// same: it says what it likes, in the place of a text of the event.
func (w *world) forged(l letter, text, instead string) *ask {
	l.body = bytes.ReplaceAll(l.body, []byte(text), []byte(instead))
	a := w.webhook(l)
	if strings.HasPrefix(text, "sc") {
		a.payment, a.capture, a.dispute = "", "", ""
		if strings.HasPrefix(instead, "sc") {
			a.payment = instead
		}
	}
	a.hears = func(r reply) { w.reached["webhook "+outcomeOf(r)]++ }
	return a
}

// altered is a delivery whose body is not what was signed.
func (w *world) altered(l letter) *ask {
	a := w.webhook(l)
	a.event.Body += " "
	a.hears, a.genuine = nil, false
	return a
}

// replayed is a delivery that Stripe has made before, sent again by somebody else.
func (w *world) replayed(l letter) *ask {
	a := w.delivery(l, 6*time.Minute)
	a.hears, a.genuine = nil, false
	return a
}
