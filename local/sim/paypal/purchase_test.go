package paypal

import (
	"strings"
	"testing"
)

func TestPurchaseRefusals(t *testing.T) {
	refused(t, []refusal{
		{"no units", []any{"purchase_units"}, absent{}, 400, "MISSING_REQUIRED_PARAMETER"},
		{"empty units", []any{"purchase_units"}, []any{}, 400, "INVALID_ARRAY_MIN_ITEMS"},
		{"units not a list", []any{"purchase_units"}, "one", 400, "INVALID_PARAMETER_SYNTAX"},
		{"unit null", []any{"purchase_units"}, []any{nil}, 400, "INVALID_PARAMETER_SYNTAX"},
		{"payee", unit("payee"), map[string]any{}, 400, "NOT_SUPPORTED"},
		{"reference too long", unit("reference_id"), long(257), 400, "INVALID_STRING_LENGTH"},
		{"custom id too long", unit("custom_id"), long(128), 400, "INVALID_STRING_LENGTH"},
		{"custom id empty", unit("custom_id"), "", 400, "INVALID_STRING_LENGTH"},
		{"custom id a number", unit("custom_id"), 7, 400, "INVALID_PARAMETER_SYNTAX"},
		{"custom id null", unit("custom_id"), nil, 400, "INVALID_PARAMETER_SYNTAX"},
		{"invoice id too long", unit("invoice_id"), long(128), 400, "INVALID_STRING_LENGTH"},
		{"description too long", unit("description"), long(128), 400, "INVALID_STRING_LENGTH"},
		{"soft descriptor too long", unit("soft_descriptor"), long(23), 400, "INVALID_STRING_LENGTH"},
	})
}

func TestAmountRefusals(t *testing.T) {
	refused(t, []refusal{
		{"no amount", unit("amount"), absent{}, 400, "MISSING_REQUIRED_PARAMETER"},
		{"no value", unit("amount", "value"), absent{}, 400, "MISSING_REQUIRED_PARAMETER"},
		{"no currency", unit("amount", "currency_code"), absent{}, 400, "MISSING_REQUIRED_PARAMETER"},
		{"value a number", unit("amount", "value"), 47.5, 400, "INVALID_PARAMETER_SYNTAX"},
		{"value with exponent", unit("amount", "value"), "1e2", 400, "INVALID_PARAMETER_SYNTAX"},
		{"value with comma", unit("amount", "value"), "47,50", 400, "INVALID_PARAMETER_SYNTAX"},
		{"value ends in a point", unit("amount", "value"), "47.", 400, "INVALID_PARAMETER_SYNTAX"},
		{"value with plus", unit("amount", "value"), "+1", 400, "INVALID_PARAMETER_SYNTAX"},
		{"value too long", unit("amount", "value"), strings.Repeat("0", 31) + "47", 400, "INVALID_STRING_LENGTH"},
		{"value zero", unit("amount", "value"), "0.00", 422, "CANNOT_BE_ZERO_OR_NEGATIVE"},
		{"value negative", unit("amount", "value"), "-47.50", 422, "CANNOT_BE_ZERO_OR_NEGATIVE"},
		{"value too exact", unit("amount", "value"), "47.505", 422, "DECIMAL_PRECISION"},
		{"value too large", unit("amount", "value"), "1000000000000000.00", 422, "MAX_VALUE_EXCEEDED"},
		{"strange currency", unit("amount", "currency_code"), "XXX", 422, "INVALID_CURRENCY_CODE"},
		{"small currency", unit("amount", "currency_code"), "eur", 422, "INVALID_CURRENCY_CODE"},
		{"currency not at PayPal", unit("amount", "currency_code"), "KRW", 422, "INVALID_CURRENCY_CODE"},
		{"in-country currency", unit("amount", "currency_code"), "BRL", 422, "INVALID_CURRENCY_CODE"},
		{"currency too short", unit("amount", "currency_code"), "EU", 400, "INVALID_STRING_LENGTH"},
		{"yen with decimals", unit("amount"), yen("47.00"), 422, "DECIMAL_PRECISION"},
		{"forint with decimals", unit("amount"), map[string]any{"currency_code": "HUF", "value": "47.5"}, 422, "DECIMAL_PRECISION"},
		{"other currency than the parts", unit("amount", "currency_code"), "USD", 422, "MULTI_CURRENCY_ORDER"},
		{"item in other currency", tea("unit_amount", "currency_code"), "USD", 422, "MULTI_CURRENCY_ORDER"},
	})
}

func TestBreakdownRefusals(t *testing.T) {
	refused(t, []refusal{
		{"amount is not the sum", unit("amount", "value"), "47.51", 422, "AMOUNT_MISMATCH"},
		{"empty breakdown", unit("amount", "breakdown"), map[string]any{}, 422, "ITEM_TOTAL_REQUIRED TAX_TOTAL_REQUIRED AMOUNT_MISMATCH"},
		{"no breakdown", unit("amount", "breakdown"), absent{}, 422, "ITEM_TOTAL_REQUIRED TAX_TOTAL_REQUIRED"},
		{"unknown part", sums("tip"), eur("1.00"), 400, "NOT_SUPPORTED"},
		{"shipping discount not in the sum", sums("shipping_discount"), eur("1.00"), 422, "AMOUNT_MISMATCH"},
		{"handling not in the sum", sums("handling"), eur("1.00"), 422, "AMOUNT_MISMATCH"},
		{"insurance not in the sum", sums("insurance"), eur("1.00"), 422, "AMOUNT_MISMATCH"},
		{"discount left out", sums("discount"), absent{}, 422, "AMOUNT_MISMATCH"},
		{"shipping negative", sums("shipping"), eur("-5.00"), 422, "CANNOT_BE_NEGATIVE"},
		{"item total wrong", sums("item_total"), eur("39.99"), 422, "ITEM_TOTAL_MISMATCH AMOUNT_MISMATCH"},
		{"item total missing", sums("item_total"), absent{}, 422, "ITEM_TOTAL_REQUIRED AMOUNT_MISMATCH"},
		{"tax is per piece", tea("tax"), eur("4.00"), 422, "TAX_TOTAL_MISMATCH"},
		{"tax total missing", sums("tax_total"), absent{}, 422, "TAX_TOTAL_REQUIRED AMOUNT_MISMATCH"},
	})
}

func TestItemRefusals(t *testing.T) {
	refused(t, []refusal{
		{"item without name", tea("name"), absent{}, 400, "MISSING_REQUIRED_PARAMETER"},
		{"item name too long", tea("name"), long(128), 400, "INVALID_STRING_LENGTH"},
		{"item without price", tea("unit_amount"), absent{}, 400, "MISSING_REQUIRED_PARAMETER"},
		{"item price negative", tea("unit_amount"), eur("-20.00"), 422, "CANNOT_BE_NEGATIVE"},
		{"quantity missing", tea("quantity"), absent{}, 400, "MISSING_REQUIRED_PARAMETER"},
		{"quantity a number", tea("quantity"), 2, 400, "INVALID_PARAMETER_SYNTAX"},
		{"quantity zero", tea("quantity"), "0", 400, "INVALID_PARAMETER_SYNTAX"},
		{"quantity in halves", tea("quantity"), "1.5", 400, "INVALID_PARAMETER_SYNTAX"},
		{"quantity too long", tea("quantity"), "12345678901", 400, "INVALID_STRING_LENGTH"},
		{"quantity beyond any sum", tea("quantity"), "9999999999", 422, "ITEM_TOTAL_MISMATCH TAX_TOTAL_MISMATCH"},
		{"item description too long", tea("description"), long(128), 400, "INVALID_STRING_LENGTH"},
		{"sku too long", tea("sku"), long(128), 400, "INVALID_STRING_LENGTH"},
		{"strange category", tea("category"), "TEA", 400, "INVALID_PARAMETER_VALUE"},
	})
}

func TestSeveralUnits(t *testing.T) {
	plain := func(reference, currency string) map[string]any {
		u := map[string]any{"amount": map[string]any{"currency_code": currency, "value": "10"}, "custom_id": "p-" + reference}
		if reference != "" {
			u["reference_id"] = reference
		}
		return u
	}
	var eleven []any
	for _, r := range strings.Split("abcdefghijk", "") {
		eleven = append(eleven, plain(r, "EUR"))
	}
	for _, c := range []struct {
		name   string
		units  []any
		issues string
	}{
		{"no reference", []any{plain("", "EUR"), plain("b", "EUR")}, "REFERENCE_ID_REQUIRED"},
		{"same reference", []any{plain("a", "EUR"), plain("a", "EUR")}, "DUPLICATE_REFERENCE_ID"},
		{"two currencies", []any{plain("a", "EUR"), plain("b", "USD")}, "MULTI_CURRENCY_ORDER"},
		{"eleven", eleven, "INVALID_ARRAY_MAX_ITEMS"},
		{"ten", eleven[:10], ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			g := b.do("POST", ordersPath, text(map[string]any{"intent": "CAPTURE", "purchase_units": c.units}))
			b.want("issues", g.issues(), c.issues)
		})
	}
}

func TestEveryUnitIsChargedOnce(t *testing.T) {
	b := newBench(t)
	g := b.do("POST", ordersPath, `{"intent":"CAPTURE","purchase_units":[
		{"reference_id":"a","custom_id":"pa","amount":{"currency_code":"JPY","value":"100"}},
		{"reference_id":"b","custom_id":"pb","amount":{"currency_code":"JPY","value":"250"}}]}`)
	id := g.body["id"].(string)
	if err := b.sim.Approve(id); err != nil {
		t.Fatal(err)
	}
	b.want("capture", b.capture(id, "k").status, 201)
	b.want("a", b.sim.Books().Charged("pa")[0].Amount, int64(100))
	b.want("b", b.sim.Books().Charged("pb")[0].Amount, int64(250))
	b.want("charges", len(b.sim.Books().Charges), 2)
}
