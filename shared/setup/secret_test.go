package setup

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// No test may find these anywhere but in the secret.
const (
	canaryClient   = "CANARY-client-secret"
	canaryToken    = "CANARY-token-secret-of-32-bytes-or-more"
	canaryQuote    = "CANARY-quote-secret-of-32-bytes-or-more"
	canaryCustomer = "CANARY-customer-secret-of-more-than-thirty-two-bytes"
	canaryKey      = "CANARY-customer-key-of-more-than-thirty-two-bytes"
)

// goodSecret is a secret without a fault.
func goodSecret() map[string]any {
	return map[string]any{
		"paypal_client_id": "client", "paypal_client_secret": canaryClient, "token_secrets": canaryToken, "quote_secrets": canaryQuote,
		"customer_secrets": canaryCustomer, "customer_key": canaryKey,
	}
}

func textOf(t *testing.T, secret map[string]any) []byte {
	t.Helper()
	text, err := json.Marshal(secret)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestReadSecrets(t *testing.T) {
	secret := goodSecret()
	secret["token_secrets"] = canaryToken + "," + canaryToken + "-of-last-year"
	s, err := ReadSecrets(textOf(t, secret))
	if err != nil {
		t.Fatal(err)
	}
	if s.PayPal.ClientID != "client" || s.PayPal.Secret != canaryClient || len(s.Checkout.Tokens) != 2 || string(s.Checkout.Tokens[0]) != canaryToken || len(s.Checkout.Quotes) != 1 || len(s.Checkout.Customers) != 1 || string(s.Checkout.CustomerKey) != canaryKey {
		t.Error("the secret was not read as it stands")
	}
	delete(secret, "quote_secrets")
	if s, err := ReadSecrets(textOf(t, secret)); err != nil || len(s.Checkout.Quotes) != 0 {
		t.Errorf("without secrets for quotes: %v", err)
	}
	delete(secret, "customer_secrets")
	delete(secret, "customer_key")
	if s, err := ReadSecrets(textOf(t, secret)); err != nil || len(s.Checkout.Customers) != 0 || len(s.Checkout.CustomerKey) != 0 {
		t.Errorf("without customers: %v", err)
	}
	secret["stripe_key"], secret["stripe_signing"] = "sk_test_CANARY", "whsec_CANARY,whsec_CANARY-of-last-year"
	s, err = ReadSecrets(textOf(t, secret))
	if err != nil || s.Stripe.Key != "sk_test_CANARY" || s.Stripe.Signing != secret["stripe_signing"] || s.missing("paypal")+s.missing("stripe") != "" {
		t.Errorf("with Stripe: %v", err)
	}
	delete(secret, "paypal_client_id")
	if _, err := ReadSecrets(textOf(t, secret)); err == nil || !strings.Contains(err.Error(), "paypal_client_id is missing") {
		t.Errorf("with half of PayPal's: %v", err)
	}
	delete(secret, "paypal_client_secret")
	if s, err := ReadSecrets(textOf(t, secret)); err != nil || s.missing("paypal") != "paypal_client_id" || s.missing("stripe") != "" {
		t.Errorf("with Stripe alone: %v", err)
	}
	if s.missing("stripe") != "" || (&Secrets{}).missing("stripe") != "stripe_key" {
		t.Error("what Stripe lacks is not told")
	}
	// Whatever prints it prints nothing of it.
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if said := fmt.Sprintf(verb+verb+verb+verb+verb, s, *s, s.PayPal, s.Stripe, s.Checkout); strings.Contains(said, "CANARY") || strings.Contains(said, fmt.Sprintf("%x", "CANARY")) {
			t.Errorf("%s: %s", verb, said)
		}
	}
}

func TestEachFaultOfTheSecretIsNamed(t *testing.T) {
	for _, c := range []struct {
		name  string
		value any
		says  string
	}{
		{"paypal_client_id", "", "paypal_client_id is missing"},
		{"paypal_client_id", nil, "paypal_client_id is missing"},
		{"paypal_client_id", "client\n", "paypal_client_id holds a space or a line's end"},
		{"paypal_client_secret", "", "paypal_client_secret is missing"},
		{"paypal_client_secret", " " + canaryClient, "paypal_client_secret holds a space or a line's end"},
		{"paypal_client_secret", 5, "not one JSON object whose values are all strings"},
		{"stripe_key", "pk_test_CANARY", "stripe_key is no secret or restricted key"},
		{"stripe_key", "sk_test_CANARY ", "stripe_key holds a space or a line's end"},
		{"stripe_signing", "whsec_CANARY", "stripe_key is missing beside stripe_signing"},
		{"stripe_signing", "CANARY", "stripe_signing is no signing secret"},
		{"stripe_signing", "whsec_CANARY,", "stripe_signing is no signing secret"},
		{"stripe_signing", "whsec_CANARY, whsec_CANARY", "stripe_signing holds a space"},
		{"token_secrets", "", "token_secrets is missing"},
		{"token_secrets", "CANARY", "token_secrets: a secret is shorter than 32 bytes"},
		{"token_secrets", canaryToken[:31], "token_secrets: a secret is shorter than 32 bytes"},
		{"token_secrets", canaryToken + ",", "token_secrets: a secret is shorter than 32 bytes"},
		{"token_secrets", []string{canaryToken}, "not one JSON object whose values are all strings"},
		{"quote_secrets", "CANARY", "quote_secrets: a secret is shorter than 32 bytes"},
		{"quote_secrets", canaryQuote + ",x,\n\t", "quote_secrets: a secret is shorter than 32 bytes"},
		{"quote_secrets", canaryQuote + "," + canaryToken, "quote_secrets: a secret stands in token_secrets too"},
		{"quote_secrets", canaryCustomer, "customer_secrets: a secret stands in quote_secrets too"},
		{"customer_secrets", "CANARY", "customer_secrets: a secret is shorter than 32 bytes"},
		{"customer_secrets", canaryCustomer + "," + canaryToken, "customer_secrets: a secret stands in token_secrets too"},
		{"customer_secrets", "", "customer_secrets and customer_key are there both or not at all"},
		{"customer_key", "", "customer_secrets and customer_key are there both or not at all"},
		{"customer_key", canaryKey[:31], "customer_key: a secret is shorter than 32 bytes"},
		{"customer_key", canaryCustomer, "customer_key: a secret stands in customer_secrets too"},
		{canaryQuote, "", "it holds a name that is none of paypal_client_id"},
		{"quote_secret", canaryQuote, "it holds a name that is none of paypal_client_id"},
	} {
		secret := goodSecret()
		secret[c.name] = c.value
		if _, err := ReadSecrets(textOf(t, secret)); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s=%v: %v", c.name, c.value, err)
		} else if strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%s=%v: the error repeats a secret: %v", c.name, c.value, err)
		}
	}
}

func TestSecretsThatAreNoObject(t *testing.T) {
	for _, text := range []string{
		"", "null", "[]", `"` + canaryClient + `"`, canaryClient, "{", `{"paypal_client_secret":"` + canaryClient,
		`{"paypal_client_secret":"` + canaryClient + `","paypal_client_secret":"x"}`, string(textOf(t, goodSecret())) + "{}", "{\"a\":\"\xff\"}",
	} {
		if _, err := ReadSecrets([]byte(text)); err == nil || strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%q: %v", text, err)
		}
	}
	_, err := ReadSecrets([]byte("{}"))
	for _, name := range []string{"paypal_client_id", "paypal_client_secret", "token_secrets"} {
		if err == nil || !strings.Contains(err.Error(), name+" is missing") {
			t.Errorf("%s is missing and not named: %v", name, err)
		}
	}
}
