package setup

import (
	"maps"
	"strings"
	"testing"

	"github.com/serverless-checkout/serverless-checkout/shared/provider/paypal"
)

// good is an environment without a fault.
func good() map[string]string {
	return map[string]string{
		"STACK_NAME": "shop", "STORE_FILE": "/tmp/checkout.db", "STOREFRONT_ORIGIN": "https://shop.example",
		"PAYPAL_CLIENT_ID": "id", "PAYPAL_CLIENT_SECRET": "hush-hush",
		"TOKEN_SECRETS": strings.Repeat("n", 32) + "," + strings.Repeat("o", 32),
	}
}

func read(env map[string]string) (Config, error) {
	return Read(func(name string) string { return env[name] })
}

func TestDefaults(t *testing.T) {
	c, err := read(good())
	if err != nil {
		t.Fatal(err)
	}
	if c.PayPalAPI != paypal.SandboxAPI || c.PayPalPages != paypal.SandboxPages || c.ReturnPath != "/" || len(c.TokenSecrets) != 2 {
		t.Errorf("%+v", c)
	}
	if got := c.returnURL("return"); got != "https://shop.example/?checkout=return" {
		t.Errorf("buyers come back to %s", got)
	}
	live := good()
	live["PAYPAL_API"] = paypal.LiveAPI
	if c, err := read(live); err != nil || c.PayPalPages != paypal.LivePages {
		t.Errorf("live: %v, %v", c.PayPalPages, err)
	}
}

func TestEachFaultIsNamed(t *testing.T) {
	for _, c := range []struct{ name, value, says string }{
		{"STACK_NAME", "", "STACK_NAME is missing"},
		{"STORE_FILE", "", "STORE_FILE is missing"},
		{"STOREFRONT_ORIGIN", "", "STOREFRONT_ORIGIN is missing"},
		{"STOREFRONT_ORIGIN", "http://shop.example", "STOREFRONT_ORIGIN is not an origin"},
		{"STOREFRONT_ORIGIN", "https://shop.example/", "STOREFRONT_ORIGIN is not an origin"},
		{"STOREFRONT_ORIGIN", "https://user@shop.example", "STOREFRONT_ORIGIN is not an origin"},
		{"STOREFRONT_ORIGIN", "javascript:alert(1)", "STOREFRONT_ORIGIN is not an origin"},
		{"RETURN_PATH", "//evil.example", "RETURN_PATH is not a path"},
		{"RETURN_PATH", "checkout", "RETURN_PATH is not a path"},
		{"RETURN_PATH", "/a?b", "RETURN_PATH is not a path"},
		{"BRAND", strings.Repeat("b", 128), "BRAND is longer"},
		{"TOKEN_SECRETS", "", "TOKEN_SECRETS is missing"},
		{"TOKEN_SECRETS", "short", "TOKEN_SECRETS: a secret is shorter"},
		{"PAYPAL_API", "https://other.example", "PAYPAL_PAGES is missing"},
		{"PAYPAL_API", "http://api-m.paypal.com", "PAYPAL_API is not an origin"},
		{"PAYPAL_CLIENT_ID", "", "PAYPAL_CLIENT_ID is missing"},
		{"PAYPAL_CLIENT_SECRET", "", "PAYPAL_CLIENT_SECRET is missing"},
	} {
		env := good()
		env[c.name] = c.value
		if _, err := read(env); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s=%q: %v", c.name, c.value, err)
		} else if strings.Contains(err.Error(), "hush-hush") || strings.Contains(err.Error(), "short,") {
			t.Errorf("%s=%q: the error repeats a secret: %v", c.name, c.value, err)
		}
	}
}

func TestAllFaultsAreToldAtOnce(t *testing.T) {
	_, err := read(map[string]string{})
	for name := range maps.Keys(good()) {
		if err == nil || !strings.Contains(err.Error(), name+" is missing") {
			t.Errorf("%s is missing and not named: %v", name, err)
		}
	}
}

func TestQuoteSecrets(t *testing.T) {
	const one, two, token = "one-secret-of-32-bytes-or-more-than", "two-secret-of-32-bytes-or-more-than", "a-token-secret-of-32-bytes-or-more"
	for value, want := range map[string]struct {
		secrets int
		fault   string
	}{
		"":                          {0, ""},
		one:                         {1, ""},
		one + "," + two:             {2, ""},
		one + ",":                   {2, "QUOTE_SECRETS: a secret is shorter than 32 bytes"},
		"short":                     {1, "QUOTE_SECRETS: a secret is shorter than 32 bytes"},
		one[:31]:                    {1, "QUOTE_SECRETS: a secret is shorter than 32 bytes"},
		one + "," + token:           {2, "QUOTE_SECRETS: a secret stands in TOKEN_SECRETS too"},
		one + "," + two + ",x,\n\t": {4, "QUOTE_SECRETS: a secret is shorter than 32 bytes"},
	} {
		env := map[string]string{
			"STACK_NAME": "test", "STORE_FILE": "table", "STOREFRONT_ORIGIN": "https://shop.example", "TOKEN_SECRETS": two[1:] + two[:1] + "," + token,
			"PAYPAL_CLIENT_ID": "id", "PAYPAL_CLIENT_SECRET": "secret", "QUOTE_SECRETS": value,
		}
		c, err := Read(func(name string) string { return env[name] })
		if len(c.QuoteSecrets) != want.secrets || (err == nil) != (want.fault == "") || (err != nil && !strings.Contains(err.Error(), want.fault)) {
			t.Errorf("%q: %d secrets, %v", value, len(c.QuoteSecrets), err)
		}
		if err != nil && (strings.Contains(err.Error(), one) || strings.Contains(err.Error(), token)) {
			t.Errorf("%q: the error repeats a secret: %v", value, err)
		}
	}
}
