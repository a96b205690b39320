package stripe

import "github.com/serverless-checkout/serverless-checkout/shared/provider"

// errorCode is one value of error.code in an answer. Stripe promises the code, not the
// message beside it, so nothing but the code is judged.
type errorCode struct {
	code  string
	class provider.Class
}

// errorCodes classifies every code that stripe-go v85.0.0 knows (error.go: 186 codes; in
// words at docs.stripe.com/error-codes). A test holds the two lists against each other.
//
// Money hangs on the difference between the definite classes and the other two (see
// Class.Definite): a definite class lets a refund's reservation go. So a code has one
// only if its text proves that the call it answers moved nothing. It proves nothing
// about an earlier call with the same key whose answer was lost.
//
// It is an array rather than a map because it then lies ready in the binary.
var errorCodes = [...]errorCode{
	// Look: the effect may have happened, may be under way, or had happened before.
	// Every "already", every state that is not the expected one and every limit that an
	// earlier refund may have used up is here (amount_too_large), and so is what Stripe
	// does not find, because a key of the other mode looks the same.
	{"amount_too_large", provider.Look},
	{"charge_already_captured", provider.Look},
	{"charge_already_refunded", provider.Look},
	{"charge_expired_for_capture", provider.Look},
	{"charge_invalid_parameter", provider.Look},
	{"idempotency_key_in_use", provider.Look},
	{"intent_invalid_state", provider.Look},
	{"payment_intent_unexpected_state", provider.Look},
	{"payment_method_provider_timeout", provider.Look},
	{"payment_method_unexpected_state", provider.Look},
	{"processing_error", provider.Look},
	{"resource_already_exists", provider.Look},
	{"resource_missing", provider.Look},
	{"return_intent_already_processed", provider.Look},
	{"status_transition_invalid", provider.Look},
	{"token_already_used", provider.Look},
	{"token_in_use", provider.Look},

	// Retry: only where the text rules out that anything is under way.
	{"lock_timeout", provider.Retry},
	{"payment_intent_rate_limit_exceeded", provider.Retry},
	{"rate_limit", provider.Retry},

	// PayerMustAct: the payer is sent back, asked for another card or another address.
	// Stripe's page does that by itself; to us only the address comes.
	{"authentication_required", provider.PayerMustAct},
	{"card_decline_rate_limit_exceeded", provider.PayerMustAct},
	{"card_declined", provider.PayerMustAct},
	{"cardholder_phone_number_required", provider.PayerMustAct},
	{"country_code_invalid", provider.PayerMustAct},
	{"debit_not_authorized", provider.PayerMustAct},
	{"email_invalid", provider.PayerMustAct},
	{"expired_card", provider.PayerMustAct},
	{"incorrect_address", provider.PayerMustAct},
	{"incorrect_cvc", provider.PayerMustAct},
	{"incorrect_number", provider.PayerMustAct},
	{"incorrect_zip", provider.PayerMustAct},
	{"invalid_card_type", provider.PayerMustAct},
	{"invalid_cvc", provider.PayerMustAct},
	{"invalid_expiry_month", provider.PayerMustAct},
	{"invalid_expiry_year", provider.PayerMustAct},
	{"invalid_number", provider.PayerMustAct},
	{"payment_intent_action_required", provider.PayerMustAct},
	{"payment_intent_authentication_failure", provider.PayerMustAct},
	{"payment_intent_payment_attempt_expired", provider.PayerMustAct},
	{"payment_intent_payment_attempt_failed", provider.PayerMustAct},
	{"payment_method_billing_details_address_missing", provider.PayerMustAct},
	{"payment_method_customer_decline", provider.PayerMustAct},
	{"payment_method_provider_decline", provider.PayerMustAct},
	{"postal_code_invalid", provider.PayerMustAct},
	{"shipping_address_invalid", provider.PayerMustAct},
	{"state_unsupported", provider.PayerMustAct},

	// Declined: not this way, and not this time; another way to pay may do.
	{"charge_exceeds_source_limit", provider.Declined},
	{"charge_exceeds_transaction_limit", provider.Declined},
	{"payment_method_not_available", provider.Declined},

	// MerchantSetup: the account, its keys, or what it may be paid with and in.
	{"account_closed", provider.MerchantSetup},
	{"account_country_invalid_address", provider.MerchantSetup},
	{"account_error_country_change_requires_additional_steps", provider.MerchantSetup},
	{"account_information_mismatch", provider.MerchantSetup},
	{"account_invalid", provider.MerchantSetup},
	{"account_token_required_for_v2_account", provider.MerchantSetup},
	{"alipay_upgrade_required", provider.MerchantSetup},
	{"api_key_expired", provider.MerchantSetup},
	{"bitcoin_upgrade_required", provider.MerchantSetup},
	{"country_unsupported", provider.MerchantSetup},
	{"livemode_mismatch", provider.MerchantSetup},
	{"not_allowed_on_standard_account", provider.MerchantSetup},
	{"payment_method_configuration_failures", provider.MerchantSetup},
	{"payment_method_currency_mismatch", provider.MerchantSetup},
	{"payment_method_unactivated", provider.MerchantSetup},
	{"payment_method_unsupported_type", provider.MerchantSetup},
	{"platform_account_required", provider.MerchantSetup},
	{"platform_api_key_expired", provider.MerchantSetup},
	{"secret_key_required", provider.MerchantSetup},
	{"stripe_tax_inactive", provider.MerchantSetup},
	{"testmode_charges_only", provider.MerchantSetup},
	{"tls_version_unsupported", provider.MerchantSetup},

	// OurBug: parameters that failed validation, which comes before anything is done.
	{"amount_too_small", provider.OurBug},
	{"application_fees_not_allowed", provider.OurBug},
	{"balance_invalid_parameter", provider.OurBug},
	{"coupon_expired", provider.OurBug},
	{"customer_session_expired", provider.OurBug},
	{"invalid_characters", provider.OurBug},
	{"invalid_charge_amount", provider.OurBug},
	{"parameter_invalid_empty", provider.OurBug},
	{"parameter_invalid_integer", provider.OurBug},
	{"parameter_invalid_string_blank", provider.OurBug},
	{"parameter_invalid_string_empty", provider.OurBug},
	{"parameter_missing", provider.OurBug},
	{"parameter_unknown", provider.OurBug},
	{"parameters_exclusive", provider.OurBug},
	{"payment_intent_incompatible_payment_method", provider.OurBug},
	{"payment_intent_invalid_parameter", provider.OurBug},
	{"payment_method_invalid_parameter", provider.OurBug},
	{"payment_method_invalid_parameter_testmode", provider.OurBug},
	{"product_inactive", provider.OurBug},
	{"sku_inactive", provider.OurBug},
	{"url_invalid", provider.OurBug},

	// RefundRefused: a refund that was not begun.
	{"balance_insufficient", provider.RefundRefused},
	{"charge_disputed", provider.RefundRefused},
	{"charge_not_refundable", provider.RefundRefused},
	{"insufficient_funds", provider.RefundRefused},
	{"refund_disputed_payment", provider.RefundRefused},

	// NotYet: of reports.
	{"payout_reconciliation_not_ready", provider.NotYet},

	// Review: codes of calls that are not made here (banks, Connect, invoices, readers,
	// saved cards, taxes). Where one comes all the same, nobody knows why.
	{"account_number_invalid", provider.Review},
	{"acss_debit_session_incomplete", provider.Review},
	{"bank_account_bad_routing_numbers", provider.Review},
	{"bank_account_declined", provider.Review},
	{"bank_account_exists", provider.Review},
	{"bank_account_restricted", provider.Review},
	{"bank_account_unusable", provider.Review},
	{"bank_account_unverified", provider.Review},
	{"bank_account_verification_failed", provider.Review},
	{"billing_invalid_mandate", provider.Review},
	{"capture_charge_authorization_expired", provider.Review},
	{"capture_unauthorized_payment", provider.Review},
	{"clearing_code_unsupported", provider.Review},
	{"customer_max_payment_methods", provider.Review},
	{"customer_max_subscriptions", provider.Review},
	{"customer_tax_location_invalid", provider.Review},
	{"financial_connections_account_inactive", provider.Review},
	{"financial_connections_account_pending_account_numbers", provider.Review},
	{"financial_connections_account_unavailable_account_numbers", provider.Review},
	{"financial_connections_no_successful_transaction_refresh", provider.Review},
	{"forwarding_api_inactive", provider.Review},
	{"forwarding_api_invalid_parameter", provider.Review},
	{"forwarding_api_retryable_upstream_error", provider.Review},
	{"forwarding_api_upstream_connection_error", provider.Review},
	{"forwarding_api_upstream_connection_timeout", provider.Review},
	{"forwarding_api_upstream_error", provider.Review},
	{"india_recurring_payment_mandate_canceled", provider.Review},
	{"instant_payouts_config_disabled", provider.Review},
	{"instant_payouts_currency_disabled", provider.Review},
	{"instant_payouts_limit_exceeded", provider.Review},
	{"instant_payouts_unsupported", provider.Review},
	{"intent_verification_method_missing", provider.Review},
	{"invalid_mandate_reference_prefix_format", provider.Review},
	{"invalid_source_usage", provider.Review},
	{"invalid_tax_location", provider.Review},
	{"invoice_no_customer_line_items", provider.Review},
	{"invoice_no_payment_method_types", provider.Review},
	{"invoice_no_subscription_line_items", provider.Review},
	{"invoice_not_editable", provider.Review},
	{"invoice_on_behalf_of_not_editable", provider.Review},
	{"invoice_payment_intent_requires_action", provider.Review},
	{"invoice_upcoming_none", provider.Review},
	{"missing", provider.Review},
	{"no_account", provider.Review},
	{"out_of_inventory", provider.Review},
	{"ownership_declaration_not_allowed", provider.Review},
	{"payment_intent_konbini_rejected_confirmation_number", provider.Review},
	{"payment_intent_mandate_invalid", provider.Review},
	{"payment_method_bank_account_already_verified", provider.Review},
	{"payment_method_bank_account_blocked", provider.Review},
	{"payment_method_microdeposit_failed", provider.Review},
	{"payment_method_microdeposit_verification_amounts_invalid", provider.Review},
	{"payment_method_microdeposit_verification_amounts_mismatch", provider.Review},
	{"payment_method_microdeposit_verification_attempts_exceeded", provider.Review},
	{"payment_method_microdeposit_verification_descriptor_code_mismatch", provider.Review},
	{"payment_method_microdeposit_verification_timeout", provider.Review},
	{"payouts_limit_exceeded", provider.Review},
	{"payouts_not_allowed", provider.Review},
	{"progressive_onboarding_limit_exceeded", provider.Review},
	{"refer_to_customer", provider.Review},
	{"request_blocked", provider.Review},
	{"routing_number_invalid", provider.Review},
	{"sepa_unsupported_account", provider.Review},
	{"service_period_coupon_with_metered_tiered_item_unsupported", provider.Review},
	{"setup_attempt_failed", provider.Review},
	{"setup_intent_authentication_failure", provider.Review},
	{"setup_intent_invalid_parameter", provider.Review},
	{"setup_intent_mandate_invalid", provider.Review},
	{"setup_intent_mobile_wallet_unsupported", provider.Review},
	{"setup_intent_setup_attempt_expired", provider.Review},
	{"setup_intent_unexpected_state", provider.Review},
	{"shipping_calculation_failed", provider.Review},
	{"storer_capability_missing", provider.Review},
	{"storer_capability_not_active", provider.Review},
	{"tax_id_invalid", provider.Review},
	{"tax_id_prohibited", provider.Review},
	{"taxes_calculation_failed", provider.Review},
	{"terminal_location_country_unsupported", provider.Review},
	{"terminal_reader_busy", provider.Review},
	{"terminal_reader_hardware_fault", provider.Review},
	{"terminal_reader_invalid_location_for_activation", provider.Review},
	{"terminal_reader_invalid_location_for_payment", provider.Review},
	{"terminal_reader_offline", provider.Review},
	{"terminal_reader_timeout", provider.Review},
	{"token_card_network_invalid", provider.Review},
	{"transfer_source_balance_parameters_mismatch", provider.Review},
	{"transfers_not_allowed", provider.Review},
}

// classOfCode finds the class of a code. Stripe adds codes without notice, and a code
// nobody has read is provider.Review.
func classOfCode(code string) provider.Class {
	for i := range errorCodes {
		if errorCodes[i].code == code {
			return errorCodes[i].class
		}
	}
	return provider.Review
}
