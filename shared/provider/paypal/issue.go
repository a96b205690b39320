package paypal

import "github.com/serverless-checkout/serverless-checkout/shared/provider"

// issueSource says which of PayPal's specifications knows a code.
type issueSource uint8

const (
	inOrders issueSource = 1 << iota
	inPayments
	inBoth = inOrders | inPayments
)

// issue is one value of details[].issue in an error answer. PayPal promises the
// code, not the description beside it, so nothing but the code is judged.
type issue struct {
	code  string
	class provider.Class
	in    issueSource
}

// issues classifies every code in PayPal's OpenAPI files
// checkout_orders_v2.json (v2.13: 188 codes) and payments_payment_v2.json
// (v2.5: 48 codes). The codes of a file are the distinct enum values of the
// property "issue" in all its schemas; 18 codes are in both files and have the
// same class in both, because an answer does not say which file it follows.
//
// Money hangs on the difference between the definite classes and the other two
// (see Class.Definite): a definite class lets a new capture be tried or a
// refund's reservation go. So a code has one only if its text proves that the
// call it answers moved nothing. It proves nothing about an earlier call with
// the same request id whose answer was lost.
//
// It is an array rather than a map because it then lies ready in the binary:
// a function that starts pays nothing for a table that only errors read.
var issues = [...]issue{
	// Look: the effect may have happened, may be under way, or had happened
	// before. Every "already", "in progress" and limit that an earlier effect
	// may have used up is here, never in a class that fails or releases
	// anything (the MAX_NUMBER_OF codes below count attempts, not effects).
	// So is an order or capture that PayPal does not find, because wrong
	// credentials look the same (IDENTIFIER_NOT_FOUND does not even say what is
	// missing), and ORDER_EXPIRED: only a look proves an order dead.
	{"AUTHORIZATION_ALREADY_CAPTURED", provider.Look, inPayments},
	{"AUTHORIZATION_AMOUNT_EXCEEDED", provider.Look, inOrders},
	{"CAPTURE_FULLY_REFUNDED", provider.Look, inPayments},
	{"CAPTURE_ID_NOT_FOUND", provider.Look, inOrders},
	{"DUPLICATE_INVOICE_ID", provider.Look, inBoth},
	{"IDENTIFIER_NOT_FOUND", provider.Look, inOrders},
	{"INVALID_RESOURCE_ID", provider.Look, inBoth},
	{"MAX_AUTHORIZATION_COUNT_EXCEEDED", provider.Look, inOrders},
	{"MAX_CAPTURE_AMOUNT_EXCEEDED", provider.Look, inPayments},
	{"MAX_CAPTURE_COUNT_EXCEEDED", provider.Look, inPayments},
	{"ORDER_ALREADY_AUTHORIZED", provider.Look, inOrders},
	{"ORDER_ALREADY_CAPTURED", provider.Look, inOrders},
	{"ORDER_ALREADY_COMPLETED", provider.Look, inOrders},
	{"ORDER_CANNOT_BE_CONFIRMED", provider.Look, inOrders},
	{"ORDER_COMPLETED_OR_VOIDED", provider.Look, inOrders},
	{"ORDER_COMPLETION_IN_PROGRESS", provider.Look, inOrders},
	{"ORDER_EXPIRED", provider.Look, inOrders},
	{"ORDER_IS_PENDING_APPROVAL", provider.Look, inOrders},
	{"PAYMENT_ALREADY_APPROVED", provider.Look, inOrders},
	{"PLATFORM_FEE_EXCEEDED", provider.Look, inPayments},
	{"PREVIOUSLY_CAPTURED", provider.Look, inPayments},
	{"PREVIOUSLY_VOIDED", provider.Look, inPayments},
	{"PREVIOUS_REQUEST_IN_PROGRESS", provider.Look, inPayments},
	{"REFUND_AMOUNT_EXCEEDED", provider.Look, inPayments},

	// Retry: only where the text rules out that anything is under way. A
	// refund of a pending capture waits for the capture.
	{"PENDING_CAPTURE", provider.Retry, inPayments},

	// PayerMustAct: PayPal's text sends the payer back, or asks for another
	// instrument within the same order, or finds fault with the address.
	{"CARD_BRAND_NOT_SUPPORTED", provider.PayerMustAct, inOrders},
	{"CARD_TYPE_NOT_SUPPORTED", provider.PayerMustAct, inOrders},
	{"CITY_REQUIRED", provider.PayerMustAct, inOrders},
	{"INSTRUMENT_DECLINED", provider.PayerMustAct, inOrders},
	{"INVALID_COUNTRY_CODE", provider.PayerMustAct, inOrders},
	{"ORDER_NOT_APPROVED", provider.PayerMustAct, inOrders},
	{"PAYER_ACTION_REQUIRED", provider.PayerMustAct, inOrders},
	{"POSTAL_CODE_REQUIRED", provider.PayerMustAct, inOrders},
	{"REDIRECT_PAYER_FOR_ALTERNATE_FUNDING", provider.PayerMustAct, inOrders},
	{"SHIPPING_ADDRESS_INVALID", provider.PayerMustAct, inOrders},

	// Declined: PayPal's text refuses, or asks for a new order. The buyer's
	// own instrument data (expiry, IBAN, security code) is here: no request of
	// ours could have been better. So are the merchant's fraud rules: they
	// refused this buyer as they were set to.
	{"AGREEMENT_ALREADY_CANCELLED", provider.Declined, inOrders},
	{"ALIAS_DECLINED_BY_PROCESSOR", provider.Declined, inOrders},
	{"BANK_NOT_SUPPORTED_FOR_VERIFICATION", provider.Declined, inOrders},
	{"CARD_EXPIRED", provider.Declined, inOrders},
	{"COMPLIANCE_VIOLATION", provider.Declined, inOrders},
	{"CURRENCY_NOT_SUPPORTED_FOR_CARD_TYPE", provider.Declined, inOrders},
	{"DECLINED_DUE_TO_RELATED_TXN", provider.Declined, inOrders},
	{"IBAN_COUNTRY_NOT_SUPPORTED", provider.Declined, inOrders},
	{"INVALID_EXPIRY_DATE", provider.Declined, inOrders},
	{"INVALID_IBAN", provider.Declined, inOrders},
	{"INVALID_SECURITY_CODE_LENGTH", provider.Declined, inOrders},
	{"MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED", provider.Declined, inOrders},
	{"PAYEE_BLOCKED_TRANSACTION", provider.Declined, inOrders},
	{"PAYER_ACCOUNT_LOCKED_OR_CLOSED", provider.Declined, inBoth},
	{"PAYER_ACCOUNT_RESTRICTED", provider.Declined, inOrders},
	{"PAYER_CANNOT_PAY", provider.Declined, inBoth},
	{"PAYMENT_SOURCE_CANNOT_BE_USED", provider.Declined, inOrders},
	{"PAYMENT_SOURCE_DECLINED_BY_PROCESSOR", provider.Declined, inOrders},
	{"PAYMENT_SOURCE_INFO_CANNOT_BE_VERIFIED", provider.Declined, inOrders},
	{"PAYPAL_TRANSACTION_ID_EXPIRED", provider.Declined, inOrders},
	{"PLATFORM_FEE_PAYEE_CANNOT_BE_SAME_AS_PAYER", provider.Declined, inOrders},
	{"PNREF_EXPIRED", provider.Declined, inOrders},
	{"REFERENCED_CARD_EXPIRED", provider.Declined, inOrders},
	{"TOKEN_EXPIRED", provider.Declined, inOrders},
	{"TRANSACTION_BLOCKED_BY_PAYEE", provider.Declined, inOrders},
	{"TRANSACTION_REFUSED", provider.Declined, inBoth},

	// MerchantSetup: the merchant's account, its permissions and features,
	// its country and limits.
	{"AUTH_CAPTURE_NOT_ENABLED", provider.MerchantSetup, inOrders},
	{"CONSENT_NEEDED", provider.MerchantSetup, inOrders},
	{"CURRENCY_NOT_SUPPORTED_FOR_COUNTRY", provider.MerchantSetup, inOrders},
	{"DOMESTIC_TRANSACTION_REQUIRED", provider.MerchantSetup, inOrders},
	{"GOOGLE_PAY_GATEWAY_MERCHANT_ID_MISMATCH", provider.MerchantSetup, inOrders},
	{"INVALID_ACCOUNT_STATUS", provider.MerchantSetup, inBoth},
	{"INVALID_PAYEE_PRICING_TIER_ID", provider.MerchantSetup, inOrders},
	{"INVALID_PLATFORM_FEES_ACCOUNT", provider.MerchantSetup, inOrders},
	{"NOT_ELIGIBLE_FOR_PAYPAL_TRANSACTION_ID_PROCESSING", provider.MerchantSetup, inOrders},
	{"NOT_ELIGIBLE_FOR_PNREF_PROCESSING", provider.MerchantSetup, inOrders},
	{"NOT_ELIGIBLE_FOR_TOKEN_PROCESSING", provider.MerchantSetup, inOrders},
	{"NOT_ENABLED_FOR_APPLE_PAY", provider.MerchantSetup, inOrders},
	{"NOT_ENABLED_FOR_BANK_PROCESSING", provider.MerchantSetup, inOrders},
	{"NOT_ENABLED_FOR_CARD_PROCESSING", provider.MerchantSetup, inOrders},
	{"NOT_ENABLED_FOR_GOOGLE_PAY", provider.MerchantSetup, inOrders},
	{"NOT_ENABLED_TO_VAULT_PAYMENT_SOURCE", provider.MerchantSetup, inOrders},
	{"PAYEE_ACCOUNT_INVALID", provider.MerchantSetup, inOrders},
	{"PAYEE_ACCOUNT_LOCKED_OR_CLOSED", provider.MerchantSetup, inBoth},
	{"PAYEE_ACCOUNT_NOT_VERIFIED", provider.MerchantSetup, inOrders},
	{"PAYEE_ACCOUNT_RESTRICTED", provider.MerchantSetup, inBoth},
	{"PAYEE_COUNTRY_NOT_SUPPORTED_FOR_PAYMENT_SOURCE", provider.MerchantSetup, inOrders},
	{"PAYEE_NOT_ENABLED_FOR_BANK_PROCESSING", provider.MerchantSetup, inOrders},
	{"PAYEE_NOT_ENABLED_FOR_CARD_PROCESSING", provider.MerchantSetup, inOrders},
	{"PAYEE_PRICING_TIER_ID_NOT_ENABLED", provider.MerchantSetup, inOrders},
	{"PERMISSION_DENIED", provider.MerchantSetup, inBoth},
	{"PERMISSION_DENIED_FOR_DONATION_ITEMS", provider.MerchantSetup, inOrders},
	{"PLATFORM_FEES_NOT_SUPPORTED", provider.MerchantSetup, inOrders},
	{"PLATFORM_FEE_NOT_ENABLED", provider.MerchantSetup, inPayments},
	{"SAVE_ORDER_NOT_SUPPORTED", provider.MerchantSetup, inOrders},
	{"SETUP_ERROR_FOR_BANK", provider.MerchantSetup, inOrders},
	{"SHIPPING_TYPE_NOT_SUPPORTED_FOR_CLIENT", provider.MerchantSetup, inOrders},
	{"TRANSACTION_LIMIT_EXCEEDED", provider.MerchantSetup, inOrders},
	{"TRANSACTION_RECEIVING_LIMIT_EXCEEDED", provider.MerchantSetup, inOrders},

	// OurBug: shape, amounts, missing fields, combinations PayPal does not
	// take, references in the request that lead nowhere. Addresses are here
	// because ours are checked before they are sent.
	{"ACTION_DOES_NOT_MATCH_INTENT", provider.OurBug, inOrders},
	{"AMOUNT_CANNOT_BE_SPECIFIED", provider.OurBug, inOrders},
	{"AMOUNT_CHANGE_NOT_ALLOWED", provider.OurBug, inOrders},
	{"AMOUNT_MISMATCH", provider.OurBug, inOrders},
	{"AMOUNT_NOT_PATCHABLE", provider.OurBug, inOrders},
	{"APPLE_PAY_AMOUNT_MISMATCH", provider.OurBug, inOrders},
	{"AUTHORIZATION_CURRENCY_MISMATCH", provider.OurBug, inOrders},
	{"AUTH_CAPTURE_CURRENCY_MISMATCH", provider.OurBug, inPayments},
	{"AUTH_CURRENCY_MISMATCH", provider.OurBug, inPayments},
	{"BILLING_ADDRESS_INVALID", provider.OurBug, inOrders},
	{"BILLING_AGREEMENT_ID_MISMATCH", provider.OurBug, inOrders},
	{"BILLING_AGREEMENT_NOT_FOUND", provider.OurBug, inOrders},
	{"BLIK_ONE_CLICK_MISSING_REQUIRED_PARAMETER", provider.OurBug, inOrders},
	{"CANCEL_URL_REQUIRED", provider.OurBug, inOrders},
	{"CANNOT_BE_NEGATIVE", provider.OurBug, inBoth},
	{"CANNOT_BE_ZERO_OR_NEGATIVE", provider.OurBug, inBoth},
	{"CARD_EXPIRY_REQUIRED", provider.OurBug, inOrders},
	{"CARD_NUMBER_REQUIRED", provider.OurBug, inOrders},
	{"COUNTRY_NOT_SUPPORTED_BY_PAYMENT_SOURCE", provider.OurBug, inOrders},
	{"CRYPTOGRAM_REQUIRED", provider.OurBug, inOrders},
	{"CURRENCY_MISMATCH", provider.OurBug, inPayments},
	{"CURRENCY_NOT_SUPPORTED_FOR_BANK", provider.OurBug, inOrders},
	{"DECIMALS_NOT_SUPPORTED", provider.OurBug, inPayments},
	{"DECIMAL_PRECISION", provider.OurBug, inBoth},
	{"DEVICE_DATA_NOT_AVAILABLE", provider.OurBug, inOrders},
	{"DONATION_ITEMS_NOT_SUPPORTED", provider.OurBug, inOrders},
	{"DUPLICATE_REFERENCE_ID", provider.OurBug, inOrders},
	{"EMV_DATA_REQUIRED", provider.OurBug, inOrders},
	{"FIELD_NOT_PATCHABLE", provider.OurBug, inOrders},
	{"INCOMPATIBLE_PARAMETER_VALUE", provider.OurBug, inOrders},
	{"INVALID_ARRAY_MAX_ITEMS", provider.OurBug, inOrders},
	{"INVALID_ARRAY_MIN_ITEMS", provider.OurBug, inOrders},
	{"INVALID_CURRENCY_CODE", provider.OurBug, inBoth},
	{"INVALID_FX_RATE_ID", provider.OurBug, inOrders},
	{"INVALID_GOOGLE_PAY_TOKEN", provider.OurBug, inOrders},
	{"INVALID_JSON_POINTER_FORMAT", provider.OurBug, inOrders},
	{"INVALID_PARAMETER", provider.OurBug, inOrders},
	{"INVALID_PARAMETER_SYNTAX", provider.OurBug, inBoth},
	{"INVALID_PARAMETER_VALUE", provider.OurBug, inBoth},
	{"INVALID_PATCH_OPERATION", provider.OurBug, inOrders},
	{"INVALID_PAYER_ID", provider.OurBug, inOrders},
	{"INVALID_PICKUP_ADDRESS", provider.OurBug, inOrders},
	{"INVALID_PLATFORM_FEES_AMOUNT", provider.OurBug, inOrders},
	{"INVALID_PREVIOUS_TRANSACTION_REFERENCE", provider.OurBug, inOrders},
	{"INVALID_STRING_LENGTH", provider.OurBug, inBoth},
	{"INVALID_STRING_MAX_LENGTH", provider.OurBug, inBoth},
	{"ITEM_CATEGORY_NOT_SUPPORTED_BY_PAYMENT_SOURCE", provider.OurBug, inOrders},
	{"ITEM_SKU_MISMATCH", provider.OurBug, inOrders},
	{"ITEM_TOTAL_MISMATCH", provider.OurBug, inOrders},
	{"ITEM_TOTAL_REQUIRED", provider.OurBug, inOrders},
	{"MALFORMED_REQUEST_JSON", provider.OurBug, inOrders},
	{"MAX_VALUE_EXCEEDED", provider.OurBug, inOrders},
	{"MERCHANT_INITIATED_WITH_AUTHENTICATION_RESULTS", provider.OurBug, inOrders},
	{"MERCHANT_INITIATED_WITH_MULTIPLE_PURCHASE_UNITS", provider.OurBug, inOrders},
	{"MERCHANT_INITIATED_WITH_SECURITY_CODE", provider.OurBug, inOrders},
	{"MISMATCHED_VAULT_ID_TO_PAYMENT_SOURCE", provider.OurBug, inOrders},
	{"MISSING_CRYPTOGRAM", provider.OurBug, inOrders},
	{"MISSING_PICKUP_ADDRESS", provider.OurBug, inOrders},
	{"MISSING_PREVIOUS_REFERENCE", provider.OurBug, inOrders},
	{"MISSING_REQUIRED_PARAMETER", provider.OurBug, inBoth},
	{"MSP_NOT_SUPPORTED", provider.OurBug, inOrders},
	{"MULTIPLE_ITEM_CATEGORIES", provider.OurBug, inOrders},
	{"MULTIPLE_SHIPPING_ADDRESS_NOT_SUPPORTED", provider.OurBug, inOrders},
	{"MULTIPLE_SHIPPING_OPTION_SELECTED", provider.OurBug, inOrders},
	{"MULTIPLE_SHIPPING_TYPE_NOT_SUPPORTED", provider.OurBug, inOrders},
	{"MULTI_CURRENCY_ORDER", provider.OurBug, inOrders},
	{"NOT_PATCHABLE", provider.OurBug, inOrders},
	{"NOT_SUPPORTED", provider.OurBug, inOrders},
	{"NO_PAYMENT_SOURCE_PROVIDED", provider.OurBug, inOrders},
	{"ONE_OF_PARAMETERS_REQUIRED", provider.OurBug, inOrders},
	{"ONE_OF_THE_PARAMETERS_REQUIRED", provider.OurBug, inOrders},
	{"ONLY_ONE_BANK_SOURCE_ALLOWED", provider.OurBug, inOrders},
	{"ONLY_ONE_PAYMENT_SOURCE_ALLOWED", provider.OurBug, inOrders},
	{"ORDER_CANNOT_BE_SAVED", provider.OurBug, inOrders},
	{"ORDER_COMPLETE_ON_PAYMENT_APPROVAL", provider.OurBug, inOrders},
	{"PATCH_PATH_REQUIRED", provider.OurBug, inOrders},
	{"PATCH_VALUE_REQUIRED", provider.OurBug, inOrders},
	{"PAYEE_FX_RATE_ID_CURRENCY_MISMATCH", provider.OurBug, inOrders},
	{"PAYEE_FX_RATE_ID_EXPIRED", provider.OurBug, inOrders},
	{"PAYMENT_SOURCE_MISMATCH", provider.OurBug, inOrders},
	{"PAYMENT_SOURCE_NOT_SUPPORTED", provider.OurBug, inOrders},
	{"PAYMENT_TYPE_NOT_SUPPORTED_FOR_INTENT", provider.OurBug, inOrders},
	{"PAYPAL_REQUEST_ID_REQUIRED", provider.OurBug, inOrders},
	{"PAYPAL_TRANSACTION_ID_NOT_FOUND", provider.OurBug, inOrders},
	{"PNREF_NOT_FOUND", provider.OurBug, inOrders},
	{"PREFERRED_PAYMENT_SOURCE_MISMATCH", provider.OurBug, inOrders},
	{"PREFERRED_SHIPPING_OPTION_AMOUNT_MISMATCH", provider.OurBug, inOrders},
	{"REFERENCE_ID_NOT_FOUND", provider.OurBug, inOrders},
	{"REFERENCE_ID_REQUIRED", provider.OurBug, inOrders},
	{"REFUND_CAPTURE_CURRENCY_MISMATCH", provider.OurBug, inPayments},
	{"REQUIRED_PARAMETER_FOR_CUSTOMER_INITIATED_PAYMENT", provider.OurBug, inOrders},
	{"REQUIRED_PARAMETER_FOR_PAYMENT_SOURCE", provider.OurBug, inOrders},
	{"RETURN_URL_REQUIRED", provider.OurBug, inOrders},
	{"SHIPPING_OPTIONS_NOT_SUPPORTED", provider.OurBug, inOrders},
	{"SHIPPING_OPTION_NOT_SELECTED", provider.OurBug, inOrders},
	{"TAX_TOTAL_MISMATCH", provider.OurBug, inOrders},
	{"TAX_TOTAL_REQUIRED", provider.OurBug, inOrders},
	{"TOKEN_ID_NOT_FOUND", provider.OurBug, inOrders},
	{"UNSUPPORTED_INTENT", provider.OurBug, inOrders},
	{"UNSUPPORTED_INTENT_FOR_PAYMENT_SOURCE", provider.OurBug, inOrders},
	{"UNSUPPORTED_PATCH_PARAMETER_VALUE", provider.OurBug, inOrders},
	{"UNSUPPORTED_PAYMENT_INSTRUCTION", provider.OurBug, inOrders},
	{"UNSUPPORTED_PROCESSING_INSTRUCTION", provider.OurBug, inOrders},
	{"UNSUPPORTED_SHIPPING_TYPE", provider.OurBug, inOrders},
	{"VAULT_INSTRUCTION_DUPLICATED", provider.OurBug, inOrders},
	{"VAULT_INSTRUCTION_REQUIRED", provider.OurBug, inOrders},

	// RefundRefused: refusals of this refund as such. A refund can also be
	// answered with a code of another definite class (PAYEE_ACCOUNT_RESTRICTED,
	// DECIMAL_PRECISION); it is just as definitely not made.
	{"MAX_NUMBER_OF_REFUNDS_EXCEEDED", provider.RefundRefused, inPayments},
	{"PARTIAL_REFUND_NOT_ALLOWED", provider.RefundRefused, inPayments},
	{"REFUND_AMOUNT_TOO_LOW", provider.RefundRefused, inPayments},
	{"REFUND_FAILED_INSUFFICIENT_FUNDS", provider.RefundRefused, inPayments},
	{"REFUND_IS_RESTRICTED", provider.RefundRefused, inPayments},
	{"REFUND_NOT_ALLOWED", provider.RefundRefused, inPayments},
	{"REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK", provider.RefundRefused, inPayments},
	{"REFUND_TIME_LIMIT_EXCEEDED", provider.RefundRefused, inPayments},
	{"TRANSACTION_DISPUTED", provider.RefundRefused, inPayments},

	// Review: states this project never brings about (authorizations, stored
	// transaction references, shipment trackers), so it cannot judge them.
	{"AUTHORIZATION_DENIED", provider.Review, inPayments},
	{"AUTHORIZATION_EXPIRED", provider.Review, inPayments},
	{"AUTHORIZATION_VOIDED", provider.Review, inPayments},
	{"CANNOT_BE_VOIDED", provider.Review, inPayments},
	{"CAPTURE_STATUS_NOT_VALID", provider.Review, inOrders},
	{"PREVIOUS_TRANSACTION_REFERENCE_HAS_CHARGEBACK", provider.Review, inOrders},
	{"PREVIOUS_TRANSACTION_REFERENCE_VOIDED", provider.Review, inOrders},
	{"REAUTHORIZATION_NOT_SUPPORTED", provider.Review, inPayments},
	{"TRACKER_ID_NOT_FOUND", provider.Review, inOrders},
}

// classOfIssue finds the class of a code. PayPal adds codes without notice, and
// a code nobody has read is provider.Review.
func classOfIssue(code string) provider.Class {
	for i := range issues {
		if issues[i].code == code {
			return issues[i].class
		}
	}
	return provider.Review
}
