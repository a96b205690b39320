package main

import (
	"net/http"
	"strings"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	stripesim "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
)

// trouble is what can go wrong with one of a provider's calls, or with its webhooks.
type trouble struct {
	Call  string   `json:"call"` // as the form names it
	Label string   `json:"label"`
	Kinds []string `json:"kinds"`
}

// desk is where a simulated provider lets everything else be arranged.
type desk struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

// ofStripe begins the names of Stripe's calls in the form; PayPal's have nothing before
// them.
const ofStripe = "stripe "

// The call that is the other way round, and what can go wrong with it.
const webhookCall, lostWebhook = "webhook", "lost-webhook"

// counterFaults is what can go wrong with each call to a provider. Where no simulator
// runs, nothing can be made to.
func (w *world) counterFaults(out http.ResponseWriter, _ *http.Request) {
	troubles, desks := []trouble{}, []desk{}
	if w.paypal != nil {
		troubles = append(troublesOf("PayPal", "", sim.Kinds(), sim.CallCreate, sim.CallLook, sim.CallCapture),
			troublesOf("Stripe", ofStripe, stripesim.Kinds(), stripesim.CallCreate, stripesim.CallLook, stripesim.CallExpire)...)
		desks = []desk{{"PayPal", origin(w.doors.paypal) + "/sim"}, {"Stripe", origin(w.doors.stripe) + "/sim"}}
	}
	sendJSON(out, map[string]any{"troubles": troubles, "desks": desks})
}

// troublesOf are those of one provider: the kinds that fit each call, and a lost webhook.
func troublesOf[C ~string, K interface {
	~string
	Fits(C) bool
}](provider, prefix string, kinds []K, calls ...C) (all []trouble) {
	for _, call := range calls {
		of := trouble{Call: prefix + string(call), Label: "to " + provider + ": " + string(call)}
		for _, kind := range kinds {
			if kind.Fits(call) {
				of.Kinds = append(of.Kinds, string(kind))
			}
		}
		all = append(all, of)
	}
	return append(all, trouble{prefix + webhookCall, "from " + provider + ": " + webhookCall, []string{lostWebhook}})
}

// counterFault lets the next calls of a name go wrong, or the next webhooks be lost.
func (w *world) counterFault(out http.ResponseWriter, in *http.Request) {
	if w.paypal == nil {
		http.Error(out, "nothing can be made to go wrong at a provider itself", http.StatusConflict)
		return
	}
	call, kind := in.FormValue("call"), in.FormValue("kind")
	name, stripes := strings.CutPrefix(call, ofStripe)
	var err error
	switch {
	case kind == lostWebhook && stripes:
		w.stripe.LoseNext(1)
	case kind == lostWebhook:
		w.paypal.LoseNext(1)
	case stripes:
		err = w.stripe.Inject(stripesim.Fault{Kind: stripesim.Kind(kind), Call: stripesim.CallName(name)})
	default:
		err = w.paypal.Inject(sim.Fault{Kind: sim.Kind(kind), Call: sim.CallName(name)})
	}
	if err != nil {
		http.Error(out, err.Error(), http.StatusBadRequest)
		return
	}
	out.WriteHeader(http.StatusNoContent)
}
