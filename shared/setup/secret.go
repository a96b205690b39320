package setup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/shape"
)

// Secrets is what the secret holds: one JSON object of strings, such as the form of
// Secrets Manager's console makes.
type Secrets struct {
	// paypal_client_id and paypal_client_secret: the credentials of the REST app,
	// from PayPal's developer dashboard. Both, or neither where PayPal is not used.
	PayPal paypal.Credentials

	// stripe_key: a secret or restricted key of the Stripe account (sk_..., rk_...), from
	// its dashboard; left out where Stripe is not used.
	//
	// stripe_signing: the signing secret of the webhook there (whsec_...); two with a
	// comma between them while one takes the other's place. Left out, no webhook of
	// Stripe's can be verified, and the sweep carries what they would have told.
	Stripe stripe.Credentials

	// token_secrets: secrets for checkout tokens, 32 bytes or more each, with commas
	// between them. The first signs, all are accepted: put a new one in front and
	// take the old one away a day later.
	//
	// quote_secrets: secrets for quotes that the shop's own server signs (JWS,
	// HS256), in the same form; all are accepted: put a new one beside the old, let
	// the server sign with it, and take the old one away when its last quote has
	// expired. Left out, no quote is accepted. Never one of token_secrets: the
	// shop's server knows these.
	//
	// customer_secrets: secrets for customer tokens, signed and changed as those of
	// quotes. Left out, no customer is known and there is no customer_key either.
	//
	// customer_key: one secret of 32 bytes or more, which nobody else knows, by which
	// customers are called in the table. It stays when customer_secrets change: with
	// another one every customer's list begins anew.
	Checkout checkout.Secrets
}

// Format prints nothing of it, whichever the verb: a log is no place for it.
func (Secrets) Format(out fmt.State, _ rune) { io.WriteString(out, "secrets") }

// The names in the secret.
const (
	clientIDName     = "paypal_client_id"
	clientSecretName = "paypal_client_secret"
	stripeKeyName    = "stripe_key"
	signingName      = "stripe_signing"
	tokenName        = "token_secrets"
	quoteName        = "quote_secrets"
	customerName     = "customer_secrets"
	customerKeyName  = "customer_key"
)

// ReadSecrets reads the secret's text. Its error names every fault at once and
// repeats nothing of the text, not even a name in it: somebody may have put a secret
// on the wrong side of a form.
func ReadSecrets(text []byte) (*Secrets, error) {
	var named map[string]string
	if json.Unmarshal(text, &named) != nil || named == nil {
		// Why not is left out: it would quote the text.
		return nil, errors.New("it is not one JSON object whose values are all strings, each name once")
	}
	var unknown error
	known := []string{clientIDName, clientSecretName, stripeKeyName, signingName, tokenName, quoteName, customerName, customerKeyName}
	if slices.ContainsFunc(slices.Collect(maps.Keys(named)), func(name string) bool { return !slices.Contains(known, name) }) {
		unknown = fmt.Errorf("it holds a name that is none of %s", strings.Join(known, ", "))
	}
	s := &Secrets{
		PayPal: paypal.Credentials{ClientID: named[clientIDName], Secret: named[clientSecretName]},
		Stripe: stripe.Credentials{Key: named[stripeKeyName], Signing: named[signingName]},
		Checkout: checkout.Secrets{
			Tokens: split(named[tokenName]), Quotes: split(named[quoteName]),
			Customers: split(named[customerName]), CustomerKey: []byte(named[customerKeyName]),
		},
	}
	return s, errors.Join(s.Check(), unknown)
}

func split(list string) (secrets [][]byte) {
	if list == "" {
		return nil
	}
	for secret := range strings.SplitSeq(list, ",") {
		secrets = append(secrets, []byte(secret))
	}
	return secrets
}

// credentialForm: no space and nothing invisible, such as a line's end that was
// copied along. A secret has 65,536 bytes at most.
var credentialForm = shape.Of("!-~", 0, 65536)

// Check names every fault by its name in the secret, and repeats none of them. Whether a
// provider that the shop uses has credentials at all is not its business: see Missing.
func (s *Secrets) Check() error {
	var faults []error
	for name, absent := range map[string]bool{
		clientIDName: s.PayPal.ClientID == "", clientSecretName: s.PayPal.Secret == "", tokenName: len(s.Checkout.Tokens) == 0,
	} {
		if absent && (name == tokenName || s.Stripe == stripe.Credentials{} || s.PayPal != paypal.Credentials{}) {
			faults = append(faults, fmt.Errorf("%s is missing", name))
		}
	}
	for name, value := range map[string]string{
		clientIDName: s.PayPal.ClientID, clientSecretName: s.PayPal.Secret, stripeKeyName: s.Stripe.Key, signingName: s.Stripe.Signing,
	} {
		if !credentialForm.MatchString(value) {
			faults = append(faults, fmt.Errorf("%s holds a space or a line's end", name))
		}
	}
	faults = append(faults, s.checkStripe()...)
	if (len(s.Checkout.Customers) == 0) != (len(s.Checkout.CustomerKey) == 0) {
		faults = append(faults, fmt.Errorf("%s and %s are there both or not at all", customerName, customerKeyName))
	}
	return errors.Join(append(faults, s.checkLists()...)...)
}

// checkStripe: what is often taken for one of them is another of the dashboard's texts.
func (s *Secrets) checkStripe() (faults []error) {
	if key := s.Stripe.Key; key != "" && !strings.HasPrefix(key, "sk_") && !strings.HasPrefix(key, "rk_") {
		faults = append(faults, fmt.Errorf("%s is no secret or restricted key: those begin with sk_ or rk_", stripeKeyName))
	}
	for secret := range strings.SplitSeq(s.Stripe.Signing, ",") {
		if s.Stripe.Signing != "" && !strings.HasPrefix(secret, "whsec_") {
			faults = append(faults, fmt.Errorf("%s is no signing secret of a webhook: those begin with whsec_", signingName))
		}
	}
	if s.Stripe.Signing != "" && s.Stripe.Key == "" {
		faults = append(faults, fmt.Errorf("%s is missing beside %s", stripeKeyName, signingName))
	}
	return faults
}

// missing is the name of what a provider cannot do without and the secret lacks; "" where
// it has all.
func (s *Secrets) missing(of string) string {
	switch {
	case of == paypal.Name && s.PayPal.ClientID == "":
		return clientIDName
	case of == stripe.Name && s.Stripe.Key == "":
		return stripeKeyName
	}
	return ""
}

// checkLists holds the secrets that are made here: each is long enough, and stands in one
// list alone, because not everybody who knows those of one list knows the others'.
func (s *Secrets) checkLists() (faults []error) {
	lists := []struct {
		name    string
		secrets [][]byte
	}{
		{tokenName, s.Checkout.Tokens}, {quoteName, s.Checkout.Quotes}, {customerName, s.Checkout.Customers}, {customerKeyName, nil},
	}
	if key := s.Checkout.CustomerKey; len(key) > 0 {
		lists[len(lists)-1].secrets = [][]byte{key}
	}
	for i, list := range lists {
		if slices.ContainsFunc(list.secrets, func(secret []byte) bool { return len(secret) < checkout.ShortestSecret }) {
			faults = append(faults, fmt.Errorf("%s: a secret is shorter than %d bytes", list.name, checkout.ShortestSecret))
		}
		for _, other := range lists[:i] {
			if slices.ContainsFunc(list.secrets, func(secret []byte) bool {
				return slices.ContainsFunc(other.secrets, func(known []byte) bool { return bytes.Equal(known, secret) })
			}) {
				faults = append(faults, fmt.Errorf("%s: a secret stands in %s too", list.name, other.name))
			}
		}
	}
	return faults
}

// SecretSource gives the secrets in force; see checkout.SecretSource for what it
// owes. It is safe for concurrent use.
type SecretSource func(ctx context.Context, unfit *Secrets) (*Secrets, error)

// Constant is a source that has these and no others, ever: for a run on one machine.
func Constant(s Secrets) SecretSource {
	return func(context.Context, *Secrets) (*Secrets, error) { return &s, nil }
}

// payPal is the source as the adapter asks it.
func (from SecretSource) payPal(ctx context.Context, refused paypal.Credentials) (paypal.Credentials, error) {
	held, err := from(ctx, nil)
	if err == nil && held.PayPal == refused {
		held, err = from(ctx, held)
	}
	if err != nil {
		return paypal.Credentials{}, err
	}
	return held.PayPal, nil
}

// stripe is the source as the adapter asks it.
func (from SecretSource) stripe(ctx context.Context, refused stripe.Credentials) (stripe.Credentials, error) {
	held, err := from(ctx, nil)
	if err == nil && refused.Key != "" && held.Stripe.Key == refused.Key {
		held, err = from(ctx, held)
	}
	if err != nil {
		return stripe.Credentials{}, err
	}
	return held.Stripe, nil
}

// missing is the name of what a provider lacks in the secret; "" where it has all.
func (from SecretSource) missing(ctx context.Context, of string) (string, error) {
	held, err := from(ctx, nil)
	if err != nil {
		return "", err
	}
	return held.missing(of), nil
}

// checkout is the source as the use cases ask it.
func (from SecretSource) checkout(ctx context.Context, unfit *checkout.Secrets) (*checkout.Secrets, error) {
	held, err := from(ctx, nil)
	if err == nil && &held.Checkout == unfit {
		held, err = from(ctx, held)
	}
	if err != nil {
		return nil, err
	}
	return &held.Checkout, nil
}
