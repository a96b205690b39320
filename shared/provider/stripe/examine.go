package stripe

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	api "github.com/stripe/stripe-go/v85"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/wire"
	"github.com/serverless-checkout/serverless-checkout/shared/shape"
)

var _ provider.Examiner = (*Stripe)(nil)

// examination is what was found so far.
type examination struct {
	stripe *Stripe
	as     Credentials
	wanted provider.Wanted
	found  []provider.Finding
}

func (x *examination) note(code provider.Code, about, is, do string) {
	x.found = append(x.found, provider.Finding{Code: code, About: about, Is: is, Do: do})
}

// Where a merchant changes what is found here.
const (
	keysPage     = "dashboard.stripe.com/apikeys"
	webhooksPage = "dashboard.stripe.com/webhooks"
	methodsPage  = "dashboard.stripe.com/settings/payment_methods"
)

// Examine asks for the account, for a page of everything a key has to read, for the
// webhook endpoints and for the ways to pay that are switched on.
func (s *Stripe) Examine(ctx context.Context, w provider.Wanted) []provider.Finding {
	x := &examination{stripe: s, wanted: w}
	account, ok := x.credentials(ctx)
	if !ok {
		return x.found
	}
	x.account(account)
	x.permissions(ctx)
	x.webhook(ctx)
	x.methods(ctx, account.Capabilities)
	return x.found
}

// live reports whether a key moves real money.
func live(key string) bool { return strings.Contains(key, "_live_") }

// accountBody is an account, as far as it is used.
type accountBody struct {
	ID           string            `json:"id"`
	Country      string            `json:"country"`
	Charges      *bool             `json:"charges_enabled"`
	Payouts      *bool             `json:"payouts_enabled"`
	Capabilities map[string]string `json:"capabilities"`
}

// credentials reports whether there is any use in asking on, and gives whose they are.
func (x *examination) credentials(ctx context.Context) (body accountBody, ok bool) {
	got, err := x.stripe.caller.control(ctx)
	if err == nil {
		x.as, err = x.stripe.config.Credentials(ctx, Credentials{})
	}
	if err == nil && got.Read(&body) != nil {
		err = got.Unreadable("NOT_AN_ACCOUNT", nil)
	}
	mode := "test mode: no real money"
	if live(x.as.Key) {
		mode = "live: real money"
	}
	switch {
	case err == nil:
		x.note(provider.CredentialsAccepted, "credentials", "accepted, "+mode, "")
	case provider.ClassOf(err) == provider.MerchantSetup:
		x.note(provider.CredentialsRefused, "credentials", "refused by Stripe ("+codeIn(err)+")", "compare the key with those at "+keysPage+": a secret key (sk_), or a restricted one (rk_) that may read the account")
	default:
		x.note(provider.NotReached, "credentials", x.stripe.config.API+" did not answer ("+codeIn(err)+")", "try again; look at the network, a proxy, and Stripe's status page")
	}
	if got.Status != 0 {
		x.found = append(x.found, provider.Clock(got.Asked, got.Header.Get("Date")))
	}
	return body, err == nil
}

// account: whose it is, and whether it may be paid. In test mode it may, however little
// its owner has told of himself.
func (x *examination) account(body accountBody) {
	is := body.ID
	if country := countryForm.formed(body.Country); country != "" {
		is += ", " + country
	}
	lacks := ""
	switch off := func(b *bool) bool { return b != nil && !*b }; {
	case off(body.Charges):
		lacks = "may not be paid"
	case off(body.Payouts):
		lacks = "gets nothing paid out"
	}
	switch {
	case lacks == "":
		x.note(provider.AccountNamed, "account", is, "")
	case live(x.as.Key):
		x.note(provider.AccountRestricted, "account", is+", which "+lacks, "see what Stripe wants to know of it (dashboard.stripe.com)")
	default:
		x.note(provider.AccountNamed, "account", is+"; live, it "+lacks+" yet", "")
	}
}

var countryForm = idForm{rest: shape.Of("A-Z", 2, 2)}

// rights are what a key has to be allowed (see Credentials), by a path that lists some of
// it. Those that have to be written are only read here.
var rights = []struct{ name, path string }{
	{"Checkout Sessions", "/v1/checkout/sessions"}, {"Customers", "/v1/customers"}, {"PaymentIntents", "/v1/payment_intents"}, {"Refunds", "/v1/refunds"},
	{"Charges", "/v1/charges"}, {"Disputes", "/v1/disputes"}, {"Events", "/v1/events"}, {"Balance", "/v1/balance"},
	{"Balance transactions", "/v1/balance_transactions"}, {"Payouts", "/v1/payouts"},
}

// permissions asks for each right once. A secret key has all of them; of a restricted one
// nobody can tell whether it may write but by writing.
func (x *examination) permissions(ctx context.Context) {
	missing := false
	for _, right := range rights {
		var params api.ParamsContainer = &listParams{Limit: api.Int64(1)}
		if right.path == "/v1/balance" {
			params = &api.Params{} // it is one thing and no list
		}
		got, err := x.stripe.caller.call(ctx, http.MethodGet, right.path, "", params)
		switch {
		case err == nil && right.path == "/v1/balance":
			x.currencies(got)
		case err == nil:
		case wire.FailureOf(err) != nil && wire.FailureOf(err).Status == http.StatusForbidden:
			missing = true
			x.note(provider.PermissionMissing, right.name, "may not be read ("+codeIn(err)+")", "let the key do it ("+keysPage+"): write Checkout Sessions, Customers, PaymentIntents and Refunds, read the others")
		default:
			missing = true
			x.note(provider.PermissionUncertain, right.name, "no clear answer ("+codeIn(err)+")", "try again")
		}
	}
	if !missing {
		x.note(provider.PermissionGranted, "permissions", "everything that is asked for may be read", "")
	}
	if strings.HasPrefix(x.as.Key, "rk_") {
		x.note(provider.PermissionUncertain, "writing", "whether a restricted key may make sessions, customers and refunds cannot be asked without making one", "see that it may write them ("+keysPage+")")
	}
}

// currencies are those the account is paid in; what comes in another is converted.
func (x *examination) currencies(got *wire.Answer) {
	var body struct {
		Available []struct {
			Currency string `json:"currency"`
		} `json:"available"`
	}
	_ = got.Read(&body) // what cannot be read names none
	var held []string
	for _, b := range body.Available {
		held = append(held, strings.ToUpper(codeForm.formed(b.Currency)))
	}
	if len(held) == 0 {
		x.note(provider.CurrenciesUntold, "currencies", "Stripe told no balance", "")
		return
	}
	slices.Sort(held)
	x.note(provider.CurrenciesNamed, "currencies", "balances in "+strings.Join(held, ", ")+"; what comes in another Stripe converts", "")
}

// endpointBody is a webhook endpoint, as far as it is used.
type endpointBody struct {
	ID      string   `json:"id"`
	URL     string   `json:"url"`
	Status  string   `json:"status"`
	Version string   `json:"api_version"`
	Events  []string `json:"enabled_events"`
}

// webhook compares what is registered (GET /v1/webhook_endpoints) with what rings here.
// Which endpoint has the configured signing secret Stripe does not tell after it was made.
func (x *examination) webhook(ctx context.Context) {
	all, _, err := list(ctx, x.stripe, "/v1/webhook_endpoints", "", listParams{}, func(e endpointBody) string { return e.ID })
	if err != nil {
		x.note(provider.WebhookUnseen, "webhook", "the key may not list the webhook endpoints ("+codeIn(err)+")",
			"let it read them ("+keysPage+"), or look at "+webhooksPage+": address, status, events")
		return
	}
	here := slices.DeleteFunc(slices.Clone(all), func(e endpointBody) bool { return e.URL != x.wanted.Webhook })
	configured := len(secretsIn(x.as.Signing)) > 0
	switch {
	case x.wanted.Webhook == "" && configured:
		x.note(provider.WebhookUnplaced, "webhook", fmt.Sprintf("the account has %d endpoints", len(all)), "see that one is at the API's /webhooks/stripe; -api names it here")
		return
	case len(here) == 0 && !configured:
		x.note(provider.WebhookAbsent, "webhook", "no signing secret is configured: the sweep finds payments all the same, only later",
			"add an endpoint at the API's /webhooks/stripe ("+webhooksPage+"), and configure its signing secret")
		return
	case len(here) == 0:
		x.note(provider.WebhookElsewhere, "webhook", fmt.Sprintf("none of the account's %d endpoints is at %s", len(all), x.wanted.Webhook), "add one ("+webhooksPage+"), and configure its signing secret")
		return
	case !configured:
		x.note(provider.WebhookUnheard, "webhook", "no signing secret is configured, so what "+here[0].ID+" sends cannot be verified", "configure its signing secret ("+webhooksPage+")")
		return
	case len(here) > 1:
		x.note(provider.WebhookTwice, "webhook", fmt.Sprintf("%d endpoints are at %s, each with a secret of its own", len(here), x.wanted.Webhook), "delete all but the one whose secret is configured ("+webhooksPage+")")
	}
	for _, e := range here {
		x.endpoint(e, len(here) == 1)
	}
}

// endpoint looks at one that is at our address. Which API version it writes in decides
// nothing (see readEvent) and is told for whoever looks for a difference.
func (x *examination) endpoint(e endpointBody, alone bool) {
	missing := slices.DeleteFunc(Events(), func(kind string) bool { return slices.Contains(e.Events, kind) || slices.Contains(e.Events, "*") })
	version := "the account's own version"
	if versionForm.MatchString(e.Version) {
		version = "version " + e.Version
	}
	switch {
	case e.Status != "enabled":
		x.note(provider.WebhookOff, "webhook", e.ID+" is switched off", "switch it on ("+webhooksPage+"); Stripe switches off what fails for days")
	case alone:
		x.note(provider.WebhookRight, "webhook", "rings at this API, and no other one does; it writes in "+version+" of the API", "")
	}
	if len(missing) > 0 {
		x.note(provider.WebhookDeaf, "event types", e.ID+" is not told of "+strings.Join(missing, ", "), "add them ("+webhooksPage+")")
	} else if alone {
		x.note(provider.WebhookRight, "event types", fmt.Sprintf("all %d of ours", len(Events())), "")
	}
}

// versionForm is how Stripe writes versions of its API: 2026-03-25.dahlia.
var versionForm = shape.Of("a-z0-9.-", 1, 40)

// capabilities are those that ways to pay have of their own; of several one is enough,
// each for another currency (API reference, account, capabilities). Alipay and WeChat Pay
// have none.
var capabilities = map[string][]string{
	"card": {"card_payments"}, "samsung_pay": {"samsung_pay_payments"}, "crypto": {"crypto_payments"}, "ideal": {"ideal_payments"},
	"bancontact": {"bancontact_payments"}, "blik": {"blik_payments"}, "eps": {"eps_payments"}, "p24": {"p24_payments"},
	"customer_balance": {"us_bank_transfer_payments", "sepa_bank_transfer_payments", "gb_bank_transfer_payments", "jp_bank_transfer_payments", "mx_bank_transfer_payments"},
}

// methods compares what is offered with what the account has: by its configurations of
// ways to pay (GET /v1/payment_method_configurations), and by its capabilities where
// those may not be read.
func (x *examination) methods(ctx context.Context, granted map[string]string) {
	configured := x.available(ctx)
	var on []string
	for _, name := range x.wanted.Methods {
		m, _ := methodNamed(name) // of one that Stripe has not, nothing is told
		has, told := configured[m.Name]
		for _, capability := range capabilities[m.Name] {
			if state := granted[capability]; configured == nil && state != "" {
				has, told = has || state == "active", true
			}
		}
		switch {
		case !told:
			x.note(provider.MethodUntold, name, "Stripe does not tell whether the account has it", "look at "+methodsPage)
		case !has:
			x.note(provider.MethodOff, name, "is offered here, and the account has it not", "switch it on ("+methodsPage+"), or offer it no more")
		default:
			on = append(on, name)
		}
	}
	if len(on) > 0 {
		x.note(provider.MethodOn, "ways to pay", strings.Join(on, ", "), "")
	}
}

// available are the ways to pay in the account's own default configuration, and whether
// they may be offered. Nil: it cannot be read.
func (x *examination) available(ctx context.Context) map[string]bool {
	all, _, err := list(ctx, x.stripe, "/v1/payment_method_configurations", "", listParams{}, func(c map[string]jsontext.Value) string {
		return stringIn(c["id"])
	})
	if err != nil {
		return nil
	}
	for _, c := range all {
		if stringIn(c["application"]) != "" || string(c["is_default"]) != "true" {
			continue // of a platform, or not the one that counts
		}
		ways := map[string]bool{}
		for name, value := range c {
			var way struct {
				Available *bool `json:"available"`
			}
			if json.Unmarshal(value, &way) == nil && way.Available != nil {
				ways[name] = *way.Available
			}
		}
		return ways
	}
	return nil
}

// stringIn is a JSON string; anything else is none.
func stringIn(value jsontext.Value) (s string) {
	_ = json.Unmarshal(value, &s)
	return s
}

// codeIn is the code of a failure, and nothing else of it.
func codeIn(err error) string {
	if e := wire.FailureOf(err); e != nil {
		return e.Code
	}
	return "no code"
}

// TestDelivery is an event of a type that means nothing, signed with the newest of the
// webhook's secrets; without one it is not signed.
func (s *Stripe) TestDelivery(ctx context.Context) provider.TestDelivery {
	d := provider.TestDelivery{
		Header: map[string]string{"Content-Type": "application/json; charset=utf-8"},
		Body:   []byte(`{"id":"evt_test","object":"event","type":"setup.examined","data":{"object":{}}}`),
	}
	as, err := s.config.Credentials(ctx, Credentials{})
	secrets := secretsIn(as.Signing)
	if err != nil || len(secrets) == 0 {
		return d
	}
	stamp := strconv.FormatInt(s.config.Now().Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secrets[0]))
	mac.Write([]byte(stamp + "."))
	mac.Write(d.Body)
	d.Header["Stripe-Signature"] = "t=" + stamp + ",v1=" + hex.EncodeToString(mac.Sum(nil))
	d.Signed = true
	return d
}
