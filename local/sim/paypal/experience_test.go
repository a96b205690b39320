package paypal

import "testing"

func TestExperienceRefusals(t *testing.T) {
	refused(t, []refusal{
		{"source null", []any{"payment_source"}, nil, 400, "INVALID_PARAMETER_SYNTAX"},
		{"source empty", []any{"payment_source"}, map[string]any{}, 400, "MISSING_REQUIRED_PARAMETER"},
		{"card", []any{"payment_source"}, map[string]any{"card": map[string]any{}}, 400, "NOT_SUPPORTED MISSING_REQUIRED_PARAMETER"},
		{"no experience context", flow(), absent{}, 400, "MISSING_REQUIRED_PARAMETER"},
		{"no return url", flow("return_url"), absent{}, 400, "MISSING_REQUIRED_PARAMETER"},
		{"no cancel url", flow("cancel_url"), absent{}, 400, "MISSING_REQUIRED_PARAMETER"},
		{"relative return url", flow("return_url"), "/back", 400, "INVALID_PARAMETER_SYNTAX"},
		{"script as cancel url", flow("cancel_url"), "javascript:alert(1)", 400, "INVALID_PARAMETER_SYNTAX"},
		{"locale with underscore", flow("locale"), "nl_NL", 400, "INVALID_PARAMETER_SYNTAX"},
		{"locale too long", flow("locale"), "zh-Hant-TW-x", 400, "INVALID_STRING_LENGTH"},
		{"brand too long", flow("brand_name"), long(128), 400, "INVALID_STRING_LENGTH"},
		{"brand on two lines", flow("brand_name"), "Tea\nCo", 400, "INVALID_PARAMETER_SYNTAX"},
		{"strange preference", flow("shipping_preference"), "ANYWHERE", 400, "INVALID_PARAMETER_VALUE"},
		{"strange action", flow("user_action"), "BUY", 400, "INVALID_PARAMETER_VALUE"},
		{"strange landing page", flow("landing_page"), "BILLING", 400, "INVALID_PARAMETER_VALUE"},
		{"strange method preference", flow("payment_method_preference"), "CASH", 400, "INVALID_PARAMETER_VALUE"},
		{"unknown in context", flow("mood"), "good", 400, "NOT_SUPPORTED"},
	})
}
