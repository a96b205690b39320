package checkout_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/money"
)

const tee = `{"sku":"TEE","name":"T-shirt","physical":true,"prices":{"EUR":"24.00"}}`

// listOf is a list of a good product and this one.
func listOf(product string) string { return `{"products":[` + tee + `,` + product + `]}` }

// listTo is a list with these shipping options.
func listTo(options string) string { return `{"products":[` + tee + `],"shipping":` + options + `}` }

// TestBadRows: each fault is named by its place, and a list with one is no list.
func TestBadRows(t *testing.T) {
	for text, want := range map[string]string{
		``:                "the text: is not a JSON object",
		`null`:            "the text: is not a JSON object",
		`[]`:              "the text: is not a JSON object",
		`{`:               "the text: is not JSON",
		`{"products":[]`:  "the text: is not JSON",
		`{}`:              "products: 0 rows",
		`{"products":[]}`: "products: 0 rows", `{"products":null}`: "products: is not a list", `{"products":{}}`: "products: is not a list",
		`{"products":[` + tee + `]} x`: "is not JSON", "\ufeff" + `{"products":[` + tee + `]}`: "is not a JSON object",
		`{"products":[` + tee + `],"products":[]}`: "products: stands twice", `{"Products":[` + tee + `]}`: "Products: is not a known field",
		`{"products":[` + tee + `],"note":"x"}`: "note: is not a known field",
		`{"products":[` + tee + `,]}`:           "is not JSON", `{"products":[` + tee + `],"version":"x"}`: "version: is not a known field",

		listOf(`null`): "products[1]: is null", listOf(`[]`): "products[1]: does not have the form", listOf(`"TEE"`): "products[1]: does not have the form",
		listOf(`{"name":"B","prices":{"EUR":"1"}}`):                           "products[1].sku: needs 1 to 64 bytes",
		listOf(`{"sku":"","name":"B","prices":{"EUR":"1"}}`):                  "products[1].sku: needs",
		listOf(`{"sku":" B","name":"B","prices":{"EUR":"1"}}`):                "products[1].sku: needs",
		listOf(`{"sku":"B\n","name":"B","prices":{"EUR":"1"}}`):               "products[1].sku: needs",
		listOf(`{"sku":"B\ufffd","name":"B","prices":{"EUR":"1"}}`):           "products[1].sku: needs",
		listOf(`{"sku":"` + long(65) + `","name":"B","prices":{"EUR":"1"}}`):  "products[1].sku: needs",
		listOf(`{"sku":"B,1:2","name":"B","prices":{"EUR":"1"}}`):             "products[1].sku: needs 1 to 64 bytes of printable text without blanks around it and without a comma",
		listOf(`{"sku":1,"name":"B","prices":{"EUR":"1"}}`):                   "products[1].sku: does not have the form",
		listOf(`{"sku":null,"name":"B","prices":{"EUR":"1"}}`):                "products[1].sku: is null",
		listOf(`{"SKU":"B","name":"B","prices":{"EUR":"1"}}`):                 "products[1].SKU: is not a known field",
		listOf(`{"sku":"TEE","name":"B","prices":{"EUR":"1"}}`):               "products[1].sku: stands in products[0] already",
		listOf(`{"sku":"B","prices":{"EUR":"1"}}`):                            "products[1].name: needs 1 to 120 bytes",
		listOf(`{"sku":"B","name":"` + long(121) + `","prices":{"EUR":"1"}}`): "products[1].name: needs",
		listOf(`{"sku":"B","name":"B","physical":1,"prices":{"EUR":"1"}}`):    "products[1].physical: does not have the form",
		listOf(`{"sku":"B","name":"B","physical":null,"prices":{"EUR":"1"}}`): "products[1].physical: is null",
		listOf(`{"sku":"B","name":"B"}`):                                      "products[1].prices: names no price",
		listOf(`{"sku":"B","name":"B","prices":{}}`):                          "products[1].prices: names no price",
		listOf(`{"sku":"B","name":"B","prices":[]}`):                          "products[1].prices: does not have the form",
		listOf(`{"sku":"B","name":"B","prices":{"EUR":1.5}}`):                 "products[1].prices.EUR: does not have the form",
		listOf(`{"sku":"B","name":"B","prices":{"EUR":null}}`):                "products[1].prices.EUR: is null",
		listOf(`{"sku":"B","name":"B","prices":{"EUR":"1","EUR":"2"}}`):       "products[1].prices.EUR: stands twice",
		listOf(`{"sku":"B","name":"B","prices":{"eur":"1"}}`):                 "products[1].prices.eur: is not an ISO 4217 currency",
		listOf(`{"sku":"B","name":"B","prices":{"XAU":"1"}}`):                 "products[1].prices.XAU: is not an ISO 4217 currency",
		listOf(`{"sku":"B","name":"B","prices":{"` + long(99) + `":"1"}}`):    "products[1].prices.?: is not an ISO 4217 currency",
		listOf(`{"sku":"B","name":"B","prices":{"\u0007":"1"}}`):              "products[1].prices.?: is not an ISO 4217 currency",
		listOf(`{"sku":"B","name":"B","stock":3,"prices":{"EUR":"1"}}`):       "products[1].stock: is not a known field",

		listTo(`null`): "shipping: is not a list", listTo(`{}`): "shipping: is not a list", listTo(`[]`): "shipping: is empty",
		listTo(`[null]`): "shipping[0]: is null", listTo(`[{"prices":{"EUR":"1"}}]`): "shipping[0].countries: names no country",
		listTo(`[{"countries":[],"prices":{"EUR":"1"}}]`):                                                    "shipping[0].countries: names no country",
		listTo(`[{"countries":["DE","de"],"prices":{"EUR":"1"}}]`):                                           "shipping[0].countries[1]: is not a country",
		listTo(`[{"countries":["DE","DE"],"prices":{"EUR":"1"}}]`):                                           "shipping[0].countries[1]: stands in shipping[0] already",
		listTo(`[{"countries":["DE"],"prices":{"EUR":"1"}},{"countries":["DE"],"prices":{"EUR":1}}]`):        "shipping[1].prices.EUR: does not have the form",
		listTo(`[{"countries":["DE"],"prices":{"EUR":"1"}},{"countries":["AT","DE"],"prices":{"EUR":"1"}}]`): "shipping[1].countries[1]: stands in shipping[0] already",
		listTo(`[{"countries":["DE"]}]`):                                                                     "shipping[0].prices: names no price",
		listTo(`[{"countries":["DE"],"prices":{"EUR":"-1"}}]`):                                               "shipping[0].prices.EUR: is not a price",
		listTo(`[{"countries":"DE","prices":{"EUR":"1"}}]`):                                                  "shipping[0].countries: does not have the form",
		listTo(`[{"countries":["DE"],"prices":{"EUR":"1"},"days":2}]`):                                       "shipping[0].days: is not a known field",
	} {
		_, err := checkout.ReadPriceList([]byte(text))
		wantFault(t, text, err, want)
	}
	for _, price := range []string{"", " ", "1,50", "1.505", "-1", "-0", "+1", "1e2", ".5", "5.", "0x10", "NaN", "1 000", "١", "9223372036854775808", strings.Repeat("0", 25), "92233720368547758.08"} {
		text := listOf(`{"sku":"B","name":"B","prices":{"EUR":"` + price + `"}}`)
		_, err := checkout.ReadPriceList([]byte(text))
		wantFault(t, text, err, "products[1].prices.EUR: is not a price: digits, with at most 2 decimals behind a point")
	}
	_, err := checkout.ReadPriceList([]byte("{\"products\":[{\"sku\":\"\xff\",\"name\":\"B\",\"prices\":{\"EUR\":\"1\"}}]}"))
	wantFault(t, "bytes that are no UTF-8", err, "products[0].sku: is not JSON in UTF-8")
}

func long(n int) string { return strings.Repeat("x", n) }

func wantFault(t *testing.T, text string, err error, want string) {
	t.Helper()
	var e *checkout.Error
	if !errors.As(err, &e) || e.Kind != checkout.KindPriceList || !errors.Is(err, checkout.ErrPriceList) || !strings.Contains(e.Detail, want) {
		t.Errorf("%.200s: %v, want %q", text, err, want)
	}
}

// TestGoodLists are taken, whatever they look like.
func TestGoodLists(t *testing.T) {
	for _, text := range []string{
		`{"products":[` + tee + `]}`,
		listOf(`{"sku":"B","name":"B","prices":{"EUR":"0","JPY":"1","KWD":"1.005","USD":"1.500","GBP":"007.5"}}`),
		listOf(`{"sku":"` + long(64) + `","name":"` + long(120) + `","prices":{"EUR":"92233720368547758.07"}}`),
		listOf(`{"sku":"Ä ж/日 #1","name":"Tee, <b>\"big\"</b> & söft","physical":false,"prices":{"EUR":"1"}}`),
		listOf(`{"sku":"B:1 100%","name":"B","prices":{"EUR":"1"}}`),
		listTo(`[{"countries":["DE","AT"],"prices":{"EUR":"4.90"}},{"countries":["US"],"prices":{"USD":"0"}}]`),
	} {
		list, err := checkout.ReadPriceList([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		s := newShop(t)
		if err := s.PutPriceList(t.Context(), list); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		got, version, err := s.another().PriceList(t.Context())
		if err != nil || version != list.Version() || len(got.Products) != len(list.Products) || got.Version() != version {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
}

// TestEveryFaultIsNamed, up to twenty, the others counted; nothing is stored.
func TestEveryFaultIsNamed(t *testing.T) {
	s := newShop(t)
	s.upload(`{"products":[` + tee + `]}`)
	before := s.table.Counts().Writes
	err := s.try(`{"products":[{"sku":"A","name":"A","prices":{"EUR":"x","USD":"y"}},` + tee + `,{"sku":"B"},{"sku":1},{"sku":"A","name":"A","prices":{"EUR":"1"}}],"shipping":[{"countries":["de"],"prices":{"EUR":"1"}}]}`)
	for _, want := range []string{"products[0].prices.EUR", "products[0].prices.USD", "products[2].name", "products[2].prices", "products[3].sku", "products[4].sku: stands in products[0] already", "shipping[0].countries[0]"} {
		wantFault(t, "many faults", err, want)
	}
	var rows []string
	for i := range 1000 {
		rows = append(rows, fmt.Sprintf(`{"sku":"S%d","name":"A","prices":{"EUR":"x"}}`, i))
	}
	err = s.try(`{"products":[` + strings.Join(rows, ",") + `]}`)
	wantFault(t, "a thousand faults", err, "products[19].prices.EUR: is not a price: digits, with at most 2 decimals behind a point; and 980 more")
	if strings.Contains(err.Error(), "products[20]") {
		t.Errorf("more than twenty are named: %v", err)
	}
	list, _ := checkout.ReadPriceList([]byte(`{"products":[` + tee + `]}`))
	list.Products[0].Prices = map[money.Currency]string{"EUR": "one"}
	wantFault(t, "a list that was not read from a text", s.PutPriceList(t.Context(), list), "products[0].prices.EUR")
	list.Products[0].Prices = map[money.Currency]string{"EUR": "1"}
	list.Shipping = []checkout.ShippingOption{{}}
	wantFault(t, "its options", s.PutPriceList(t.Context(), list), "shipping[0].countries")
	if wrote := s.table.Counts().Writes - before; wrote != 0 {
		t.Errorf("%d rows were written", wrote)
	}
	err = s.try(`{"products":[` + strings.Repeat("{},", 20_000) + `{}]}`)
	wantFault(t, "20,001 rows", err, "products: 20001 rows; 1 to 10000 are possible")
	if strings.Contains(err.Error(), "products[") {
		t.Errorf("rows past the number there may be were read: %v", err)
	}
}

// TestFaultsRepeatNoValue: a fault goes into an answer and a log.
func TestFaultsRepeatNoValue(t *testing.T) {
	const canary = "canary"
	for _, text := range []string{
		listOf(`{"sku":"` + canary + `\n","name":"` + canary + `\n","prices":{"EUR":"` + canary + `"}}`),
		listOf(`{"sku":"B","name":"B","prices":{"EUR":"1"},"` + canary + long(20) + `":1}`),
		listOf(`{"sku":"` + canary), listOf(`{"sku":{"` + canary + long(20) + `":1}}`), listTo(`[{"countries":["` + canary + `"]}]`),
	} {
		if _, err := checkout.ReadPriceList([]byte(text)); err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
