package setup

import (
	"maps"
	"strings"
	"testing"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/paypal"
)

// good is an environment without a fault.
func good() map[string]string {
	return map[string]string{
		"STACK_NAME": "shop", "STOREFRONT_ORIGIN": "https://shop.example",
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
	if c.PayPalAPI != paypal.SandboxAPI || c.PayPalPages != paypal.SandboxPages || c.ReturnPath != "/" {
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

// TestProviders: who is used, what they carry, and where buyers in euro transfer to.
func TestProviders(t *testing.T) {
	for _, c := range []struct{ providers, merchant, bank, used, home, has, lacks string }{
		{"", "", "", "paypal", "", "paypal", "card"},
		{"stripe", "", "", "stripe", "", "card", "paypal bank_transfer"},
		{"paypal, stripe", "AT", "", "paypal stripe", "", "paypal card", "bank_transfer"},
		{"stripe paypal", "DE", "", "stripe paypal", "DE", "paypal card bank_transfer", ""},
		{"stripe", "AT", "IE", "stripe", "IE", "bank_transfer", ""},
	} {
		env := good()
		env["PROVIDERS"], env["MERCHANT_COUNTRY"], env["STRIPE_BANK_COUNTRY"] = c.providers, c.merchant, c.bank
		config, err := read(env)
		if err != nil || strings.Join(config.Providers, " ") != c.used || config.StripeBankCountry != c.home {
			t.Errorf("%+v: %+v, %v", c, config, err)
		}
		euro := money.New(5000, "EUR")
		for id := range strings.FieldsSeq(c.has) {
			if len(config.Methods.Ways(id).For("DE", euro)) == 0 {
				t.Errorf("%+v lacks %s", c, id)
			}
		}
		for id := range strings.FieldsSeq(c.lacks) {
			if len(config.Methods.Ways(id).For("DE", euro)) > 0 {
				t.Errorf("%+v has %s", c, id)
			}
		}
	}
}

func TestEachFaultIsNamed(t *testing.T) {
	for _, c := range []struct{ name, value, says string }{
		{"STACK_NAME", "", "STACK_NAME is missing"},
		{"STOREFRONT_ORIGIN", "", "STOREFRONT_ORIGIN is missing"},
		{"STOREFRONT_ORIGIN", "http://shop.example", "STOREFRONT_ORIGIN is not an origin"},
		{"STOREFRONT_ORIGIN", "https://shop.example/", "STOREFRONT_ORIGIN is not an origin"},
		{"STOREFRONT_ORIGIN", "https://user@shop.example", "STOREFRONT_ORIGIN is not an origin"},
		{"STOREFRONT_ORIGIN", "javascript:alert(1)", "STOREFRONT_ORIGIN is not an origin"},
		{"RETURN_PATH", "//evil.example", "RETURN_PATH is not a path"},
		{"RETURN_PATH", "checkout", "RETURN_PATH is not a path"},
		{"RETURN_PATH", "/a?b", "RETURN_PATH is not a path"},
		{"BRAND", strings.Repeat("b", 128), "BRAND is longer"},
		{"PAYPAL_API", "https://other.example", "PAYPAL_PAGES is missing"},
		{"PAYPAL_API", "http://api-m.paypal.com", "PAYPAL_API is not an origin"},
		{"PAYPAL_API", "http://172.17.0.1:8443", "PAYPAL_API is not an origin"},
		{"PAYPAL_CA", "no PEM", "PAYPAL_CA: "},
		{"STRIPE_API", "http://api.stripe.com", "STRIPE_API is not an origin"},
		{"STRIPE_PAGES", "https://checkout.stripe.com/", "STRIPE_PAGES is not an origin"},
		{"STRIPE_BANK_COUNTRY", "AT", "STRIPE_BANK_COUNTRY is none of the countries"},
		{"PROVIDERS", "paypal klarna", `PROVIDERS: "klarna" is no provider`},
		{"PROVIDERS", "stripe,stripe", `PROVIDERS: "stripe" is no provider, or there twice`},
		{"PROVIDERS", ", ", "PROVIDERS names nobody"},
		{"METHODS", "paypal card", `METHODS: ["card"]: no method of paypal, or twice`},
	} {
		env := good()
		env[c.name] = c.value
		if _, err := read(env); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s=%q: %v", c.name, c.value, err)
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
