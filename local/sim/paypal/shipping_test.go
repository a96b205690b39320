package paypal

import "testing"

func TestShippingRefusals(t *testing.T) {
	refused(t, []refusal{
		{"no shipping address", unit("shipping", "address"), absent{}, 422, "SHIPPING_ADDRESS_INVALID"},
		{"no shipping at all", unit("shipping"), absent{}, 422, "SHIPPING_ADDRESS_INVALID"},
		{"shipping options", unit("shipping", "options"), []any{}, 400, "NOT_SUPPORTED"},
		{"pickup", unit("shipping", "type"), "PICKUP_IN_PERSON", 400, "NOT_SUPPORTED"},
		{"name in parts", unit("shipping", "name"), map[string]any{"given_name": "A"}, 400, "NOT_SUPPORTED MISSING_REQUIRED_PARAMETER"},
		{"no street", home("address_line_1"), absent{}, 422, "SHIPPING_ADDRESS_INVALID"},
		{"no city", home("admin_area_2"), absent{}, 422, "CITY_REQUIRED"},
		{"no postcode", home("postal_code"), absent{}, 422, "POSTAL_CODE_REQUIRED"},
		{"no country", home("country_code"), absent{}, 400, "MISSING_REQUIRED_PARAMETER"},
		{"UK", home("country_code"), "UK", 400, "INVALID_COUNTRY_CODE"},
		{"country in small letters", home("country_code"), "nl", 400, "INVALID_COUNTRY_CODE"},
		{"country in three letters", home("country_code"), "NLD", 400, "INVALID_STRING_LENGTH"},
		{"street too long", home("address_line_1"), long(301), 400, "INVALID_STRING_LENGTH"},
	})
}
