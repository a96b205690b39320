package paypal

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

var _ provider.Examiner = (*PayPal)(nil)

// Events are the types a webhook has to be told of, in alphabetical order. PayPal need
// not offer all of them (see eventKinds).
func Events() []string { return slices.Sorted(maps.Keys(eventKinds)) }

// examination is what was found so far.
type examination struct {
	paypal *PayPal
	wanted provider.Wanted
	found  []provider.Finding
}

func (x *examination) note(code provider.Code, about, is, do string) {
	x.found = append(x.found, provider.Finding{Code: code, About: about, Is: is, Do: do})
}

// Where a merchant changes what is found here.
const dashboard = "developer.paypal.com, Apps & Credentials"

// Examine asks for a token, for the reports, the balances and the disputes, and for the
// app's webhooks, and has PayPal judge a delivery that nobody sent.
//
// Which ways to pay an account may use PayPal tells to partners alone
// (customer/partners, merchant-integrations), and the country it tells nobody here.
func (p *PayPal) Examine(ctx context.Context, w provider.Wanted) []provider.Finding {
	x := &examination{paypal: p, wanted: w}
	if !x.credentials(ctx) {
		return x.found
	}
	x.account(ctx)
	x.permission(x.reports(ctx), "transaction search", `switch on "Transaction search" among the app's features (`+dashboard+`); it can take PayPal some hours`)
	_, _, err := p.ChangedDisputes(ctx, p.caller.now(), "")
	x.permission(err, "disputes", `switch on "Customer disputes" among the app's features (`+dashboard+")")
	x.webhook(ctx)
	x.note(provider.MethodUntold, "ways to pay", "PayPal tells partners alone what an account may use", "buy something with each in the sandbox; one that is off fails when a buyer chooses it")
	return x.found
}

// environment is which PayPal this is.
func (p *PayPal) environment() string {
	switch p.config.API {
	case LiveAPI:
		return "live: real money"
	case SandboxAPI:
		return "the sandbox: no real money"
	}
	return "a simulated PayPal: no real money"
}

// credentials reports whether there is any use in asking on.
func (x *examination) credentials(ctx context.Context) bool {
	err := x.paypal.Warm(ctx)
	switch {
	case err == nil:
		x.note(provider.CredentialsAccepted, "credentials", "accepted, "+x.paypal.environment(), "")
	case provider.ClassOf(err) == provider.MerchantSetup:
		x.note(provider.CredentialsRefused, "credentials", "refused by "+x.paypal.config.API+" ("+codeIn(err)+")",
			"compare client id and secret with those of the app ("+dashboard+"); an app is either of the sandbox or live")
	default:
		x.note(provider.NotReached, "credentials", x.paypal.config.API+" did not answer ("+codeIn(err)+")", "try again; look at the network, a proxy, and PayPal's status page")
	}
	return err == nil
}

// account: whose balances these are. Their answer is the one that says whose the
// credentials are (reporting_transactions_v1, schema balances_response).
func (x *examination) account(ctx context.Context) {
	got, err := x.paypal.caller.call(ctx, http.MethodGet, "/v1/reporting/balances", "", nil)
	x.found = append(x.found, provider.Clock(got.Asked, got.Header.Get("Date")))
	var body struct {
		Account  string `json:"account_id"`
		Balances []struct {
			Currency string `json:"currency"`
		} `json:"balances"`
	}
	if err == nil && got.Read(&body) != nil {
		err = got.Unreadable("NO_BALANCES", errNotBalances)
	}
	x.permission(err, "balances", `switch on "Transaction search" among the app's features (`+dashboard+`), which the balances belong to`)
	if id := formed(orderID, body.Account); id != "" {
		x.note(provider.AccountNamed, "account", id+"; PayPal does not tell its country", "")
	} else {
		x.note(provider.AccountUnnamed, "account", "PayPal told no account", "")
	}
	var held []string
	for _, b := range body.Balances {
		held = append(held, formed(codeForm, b.Currency))
	}
	if len(held) == 0 {
		x.note(provider.CurrenciesUntold, "currencies", "PayPal told no balance", "")
		return
	}
	slices.Sort(held)
	x.note(provider.CurrenciesNamed, "currencies", "balances in "+strings.Join(held, ", ")+"; what comes in another may wait for your consent at PayPal", "")
}

// reports asks for an hour of the transaction report. That there is nothing of it yet is
// as good an answer.
func (x *examination) reports(ctx context.Context) error {
	until := x.paypal.caller.now()
	_, err := x.paypal.Rows(ctx, until.Add(-time.Hour), until, "")
	if provider.ClassOf(err) == provider.NotYet {
		return nil
	}
	return err
}

// permission tells what came of asking for something.
func (x *examination) permission(err error, about, do string) {
	var e *provider.Error
	switch {
	case err == nil:
		x.note(provider.PermissionGranted, about, "may be read", "")
	case errors.As(err, &e) && e.Status == http.StatusForbidden:
		x.note(provider.PermissionMissing, about, "may not be read ("+e.Code+")", do)
	default:
		x.note(provider.PermissionUncertain, about, "no clear answer ("+codeIn(err)+")", "try again")
	}
}

// webhookBody is notifications_webhooks_v1, schema webhook, as far as it is used.
type webhookBody struct {
	ID    string      `json:"id"`
	URL   string      `json:"url"`
	Types []typeNamed `json:"event_types"`
}

type typeNamed struct {
	Name string `json:"name"`
}

// hears reports whether a webhook is told of a type; "*" is all of them.
func (b webhookBody) hears(kind string) bool {
	return slices.ContainsFunc(b.Types, func(t typeNamed) bool { return t.Name == kind || t.Name == "*" })
}

// webhook compares what is registered with what is configured (GET
// /v1/notifications/webhooks: those of this app).
func (x *examination) webhook(ctx context.Context) {
	var body struct {
		Webhooks []webhookBody `json:"webhooks"`
	}
	if err := x.list(ctx, "/v1/notifications/webhooks", &body); err != nil {
		x.note(provider.WebhookUnseen, "webhook", "the app's webhooks cannot be listed ("+codeIn(err)+")", "try again")
		return
	}
	var here []string // those that ring at our address
	for _, w := range body.Webhooks {
		if x.wanted.Webhook != "" && w.URL == x.wanted.Webhook {
			here = append(here, formed(webhookID, w.ID))
		}
	}
	id := x.paypal.config.WebhookID
	i := slices.IndexFunc(body.Webhooks, func(w webhookBody) bool { return w.ID == id })
	switch {
	case id == "":
		x.absent(here)
		return
	case i < 0:
		x.note(provider.WebhookUnknown, "webhook", fmt.Sprintf("the app has no webhook %s; it has %d others", id, len(body.Webhooks)),
			"take the id that the dashboard shows beside the webhook, of this app and environment")
		return
	case x.wanted.Webhook != "" && body.Webhooks[i].URL != x.wanted.Webhook:
		x.note(provider.WebhookElsewhere, "webhook", "it rings at "+shown(body.Webhooks[i].URL), "change its address to "+x.wanted.Webhook+" ("+dashboard+")")
	case len(here) > 1:
		x.note(provider.WebhookTwice, "webhook", "so do others: "+strings.Join(here, ", ")+" ring at "+x.wanted.Webhook+", and what "+id+" has not signed is refused",
			"delete all of them but "+id+" ("+dashboard+")")
	case x.wanted.Webhook == "":
		x.note(provider.WebhookUnplaced, "webhook", "it rings at "+shown(body.Webhooks[i].URL), "see that this is the API's address; -api names it here")
	default:
		x.note(provider.WebhookRight, "webhook", "rings at this API, and no other one does", "")
	}
	x.types(ctx, body.Webhooks[i])
	x.judgement(ctx)
}

// absent: there is no id of a webhook in the configuration.
func (x *examination) absent(here []string) {
	if len(here) > 0 {
		x.note(provider.WebhookUnheard, "webhook", "no id is configured, so what "+strings.Join(here, ", ")+" sends here cannot be verified", "configure its id")
		return
	}
	x.note(provider.WebhookAbsent, "webhook", "none is configured: the sweep finds payments all the same, only later",
		"add one to the app ("+dashboard+"), at the API's /webhooks/paypal, and configure its id")
}

// types compares what a webhook is told of with what it has to be told of, as far as
// PayPal offers it at all (GET /v1/notifications/webhooks-event-types).
func (x *examination) types(ctx context.Context, w webhookBody) {
	var body struct {
		Types []typeNamed `json:"event_types"`
	}
	err := x.list(ctx, "/v1/notifications/webhooks-event-types", &body)
	offered, missing := 0, []string(nil)
	for _, kind := range Events() {
		if err == nil && !slices.Contains(body.Types, typeNamed{kind}) {
			continue
		}
		offered++
		if !w.hears(kind) {
			missing = append(missing, kind)
		}
	}
	switch {
	case len(missing) > 0 && err != nil:
		x.note(provider.WebhookUnseen, "event types", "which there are cannot be asked ("+codeIn(err)+"), and it is not told of "+strings.Join(missing, ", "), "try again")
	case len(missing) > 0:
		x.note(provider.WebhookDeaf, "event types", "it is not told of "+strings.Join(missing, ", "), "add them to the webhook ("+dashboard+")")
	default:
		x.note(provider.WebhookRight, "event types", fmt.Sprintf("all %d of ours that PayPal offers", offered), "")
	}
}

// judgement has PayPal judge a delivery that it never sent, and has to be told so. It
// proves that PayPal judges deliveries for this app, which is what is asked where its
// certificate cannot be had. The certificate itself cannot be looked at beforehand: where
// it lies stands in deliveries alone.
//
// A delivery that PayPal has signed cannot be had for a test: those of its simulator are
// signed for the webhook "WEBHOOK_ID", and are not judged (api/rest/webhooks/simulator).
func (x *examination) judgement(ctx context.Context) {
	p := x.paypal
	made := transmission{
		id: "00000000-0000-11e5-8000-000000000000", time: p.caller.now().Format(time.RFC3339), certURL: p.config.API + certPath + "CERT-1",
		signature: base64.StdEncoding.EncodeToString(make([]byte, leastKey/8)),
	}
	err := p.askPayPal(ctx, made, []byte(`{"id":"WH-NONE","event_type":"NONE"}`))
	if errors.Is(err, provider.ErrForged) {
		x.note(provider.SignatureJudged, "signature", "PayPal judges deliveries for this webhook, and found a made-up one to be none of its own", "")
		return
	}
	x.note(provider.SignatureUnjudged, "signature", "PayPal did not judge a made-up delivery ("+codeIn(err)+")", "nothing, while its certificate can be had: deliveries are verified without asking")
}

// list asks for what is under a path.
func (x *examination) list(ctx context.Context, path string, into any) error {
	got, err := x.paypal.caller.call(ctx, http.MethodGet, path, "", nil)
	if err == nil && got.Read(into) != nil {
		err = got.Unreadable("NOT_JSON", nil)
	}
	return err
}

// codeIn is the code of a failure, and nothing else of it.
func codeIn(err error) string {
	var e *provider.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return "no code"
}

// shown is an address as a terminal may have it.
func shown(address string) string { return strings.ToValidUTF8(fmt.Sprintf("%.200q", address), "?") }

// TestDelivery is one without a signature: only PayPal can sign.
func (p *PayPal) TestDelivery(context.Context) provider.TestDelivery {
	return provider.TestDelivery{Header: map[string]string{"Content-Type": "application/json"}, Body: []byte(`{"event_type":"NONE"}`)}
}
