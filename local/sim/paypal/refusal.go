package paypal

import "github.com/serverless-checkout/serverless-checkout/local/sim/answer"

// problem is PayPal's error body (Orders spec, schema error_default).
type problem struct {
	Name    string   `json:"name"`
	Message string   `json:"message"`
	DebugID string   `json:"debug_id"`
	Details []detail `json:"details,omitempty"`
	Links   []link   `json:"links,omitempty"`
}

// detail is one thing wrong (Orders spec, schema error_details). Clients
// switch on Issue; the description may change at any time.
type detail struct {
	Field       string `json:"field,omitempty"`
	Value       string `json:"value,omitempty"`
	Location    string `json:"location,omitempty"`
	Issue       string `json:"issue"`
	Description string `json:"description,omitempty"`
}

type link struct {
	Href   string `json:"href"`
	Rel    string `json:"rel"`
	Method string `json:"method,omitempty"`
}

// names are the name and message that go with a status (Orders spec, schemas
// error_400 to error_503; 429 from the rate limiting guide).
var names = map[int][2]string{
	400: {"INVALID_REQUEST", "Request is not well-formed, syntactically incorrect, or violates schema."},
	401: {"AUTHENTICATION_FAILURE", "Authentication failed due to missing authorization header, or invalid authentication credentials."},
	403: {"NOT_AUTHORIZED", "Authorization failed due to insufficient permissions."},
	404: {"RESOURCE_NOT_FOUND", "The specified resource does not exist."},
	409: {"RESOURCE_CONFLICT", "The server has detected a conflict while processing this request."},
	415: {"UNSUPPORTED_MEDIA_TYPE", "The server does not support the request payload's media type."},
	422: {"UNPROCESSABLE_ENTITY", "The requested action could not be performed, semantically incorrect, or failed business validation."},
	429: {"RATE_LIMIT_REACHED", "Too many requests. Blocked due to rate limiting."},
	500: {"INTERNAL_SERVER_ERROR", "An internal server error occurred."},
	503: {"SERVICE_UNAVAILABLE", "Service Unavailable."},
}

// descriptions are what the specs say of each issue used here. Those of refunds and
// PREVIOUS_REQUEST_IN_PROGRESS are from the Payments spec, and DUPLICATE_REQUEST_ID
// is this simulator's choice.
var descriptions = map[string]string{
	"AMOUNT_MISMATCH":                      "Should equal item_total + tax_total + shipping + handling + insurance - shipping_discount - discount.",
	"AUTH_CAPTURE_NOT_ENABLED":             "Authorization and Capture feature is not enabled for the merchant. Make sure that the recipient of the funds is a verified business account.",
	"CANNOT_BE_NEGATIVE":                   "Must be greater than or equal to 0. If the currency supports decimals, only two decimal place precision is supported.",
	"CANNOT_BE_ZERO_OR_NEGATIVE":           "Must be greater than zero. If the currency supports decimals, only two decimal place precision is supported.",
	"CAPTURE_FULLY_REFUNDED":               "The capture has already been fully refunded",
	"CITY_REQUIRED":                        "The specified country requires a city (address.admin_area_2).",
	"DECIMAL_PRECISION":                    "If the currency supports decimals, only two decimal place precision is supported.",
	"DUPLICATE_INVOICE_ID":                 "Invoice ID was previously used to refund a capture.",
	"DUPLICATE_REFERENCE_ID":               "`reference_id` must be unique if multiple `purchase_unit` are provided.",
	"DUPLICATE_REQUEST_ID":                 "The value of PayPal-Request-Id header has already been used for another request.",
	"INCOMPATIBLE_PARAMETER_VALUE":         "The value of the field is incompatible/redundant with other fields in the order.",
	"INSTRUMENT_DECLINED":                  "The instrument presented  was either declined by the processor or bank, or it can't be used for this payment.",
	"INVALID_ARRAY_MAX_ITEMS":              "The number of items in an array parameter is too large.",
	"INVALID_ARRAY_MIN_ITEMS":              "The number of items in an array parameter is too small.",
	"INVALID_COUNTRY_CODE":                 "Country code is invalid. Please refer to https://developer.paypal.com/api/rest/reference/country-codes/ for a list of supported country codes.",
	"INVALID_CURRENCY_CODE":                "Currency code is invalid or is not currently supported. Please refer https://developer.paypal.com/api/rest/reference/currency-codes/ for list of supported currency codes.",
	"INVALID_PARAMETER_SYNTAX":             "The value of a field does not conform to the expected format.",
	"INVALID_PARAMETER_VALUE":              "A parameter value is not valid.",
	"INVALID_RESOURCE_ID":                  "Specified resource ID does not exist. Please check the resource ID and try again.",
	"INVALID_STRING_LENGTH":                "The value of a field is either too short or too long",
	"ITEM_TOTAL_MISMATCH":                  "Should equal sum of (unit_amount * quantity) across all items for a given purchase_unit.",
	"ITEM_TOTAL_REQUIRED":                  "If item details are specified (items.unit_amount and items.quantity) corresponding amount.breakdown.item_total is required.",
	"MALFORMED_REQUEST_JSON":               "The request JSON is not well formed.",
	"MAX_VALUE_EXCEEDED":                   "Should be less than or equal to 999999999999999.99.",
	"MISSING_REQUIRED_PARAMETER":           "A required parameter is missing.",
	"MULTI_CURRENCY_ORDER":                 "Multiple differing values of currency_code are not supported. Entire Order request must have the same currency_code.",
	"NOT_SUPPORTED":                        "This field is not currently supported.",
	"ORDER_ALREADY_CAPTURED":               "Order already captured.If 'intent=CAPTURE' only one capture per order is allowed.",
	"ORDER_COMPLETE_ON_PAYMENT_APPROVAL":   "A processing_instruction of `ORDER_COMPLETE_ON_PAYMENT_APPROVAL` is required for the specified payment_source. Please refer to the integration guide https://developer.paypal.com/docs/limited-release/alternative-payment-methods-with-orders/ for more details",
	"ORDER_NOT_APPROVED":                   "Payer has not yet approved the Order for payment. Please redirect the payer to the 'rel':'approve' url returned as part of the HATEOAS links within the Create Order call or provide a valid `payment_source` in the request.",
	"PAYER_ACCOUNT_RESTRICTED":             "PAYER_ACCOUNT_RESTRICTED",
	"PAYER_ACTION_REQUIRED":                "Transaction cannot complete successfully, instruct the buyer to return to PayPal.",
	"PAYPAL_REQUEST_ID_REQUIRED":           "A PayPal-Request-Id is required if you are trying to process payment for an Order. Please specify a PayPal-Request-Id or Create the Order without a 'payment_source' specified.",
	"PENDING_CAPTURE":                      "Cannot initiate a refund as the capture is pending. Capture is typically pending when the payer has funded the transaction using e-check/bank funded.",
	"PERMISSION_DENIED":                    "You do not have permission to access or perform operations on this resource.",
	"POSTAL_CODE_REQUIRED":                 "The specified country requires a postal code.",
	"PREVIOUS_REQUEST_IN_PROGRESS":         "A previous request on this resource is currently in progress. Please wait for sometime and try again. It is best to space out the initial and the subsequent request(s) to avoid receiving this error.",
	"REFERENCE_ID_REQUIRED":                "'reference_id' is required for each 'purchase_unit' if multiple 'purchase_unit' are provided.",
	"REFUND_AMOUNT_EXCEEDED":               "The refund amount must be less than or equal to the capture amount that has not yet been refunded.",
	"REFUND_CAPTURE_CURRENCY_MISMATCH":     "Refund must be in the same currency as the capture",
	"REFUND_FAILED_INSUFFICIENT_FUNDS":     "Capture could not be refunded due to insufficient funds. Please check to see if you have sufficient funds in your PayPal account or if the bank account linked to your PayPal account is verified and has sufficient funds.",
	"REFUND_NOT_ALLOWED":                   "Capture cannot be refunded.",
	"REFUND_TIME_LIMIT_EXCEEDED":           "You are over the time limit to perform a refund on this capture",
	"SHIPPING_ADDRESS_INVALID":             "Provided shipping address is invalid.",
	"TAX_TOTAL_MISMATCH":                   "Should equal sum of (tax * quantity) across all items for a given purchase_unit.",
	"TAX_TOTAL_REQUIRED":                   "If item details are specified (items.tax_total and items.quantity) corresponding amount.breakdown.tax_total is required.",
	"TRANSACTION_DISPUTED":                 "Partial refunds cannot be offered at this time because there is an open case on this transaction. Visit the PayPal Resolution Center to review this case.",
	"TRANSACTION_RECEIVING_LIMIT_EXCEEDED": "The transaction exceeds the receiver's receiving limit.",
	"TRANSACTION_REFUSED":                  "The request was refused.",
	"UNSUPPORTED_PROCESSING_INSTRUCTION":   "The specified processing_instruction is not supported for the given payment_source. Please refer to https://developer.paypal.com/api/orders/v2/#definition-processing_instruction for the list of payment_source that can be specified with this value.",
}

// refuse is an answer in PayPal's error shape with one issue, or none.
func refuse(c *visit, status int, issue string) answer.Answer {
	if issue == "" {
		return refuseDetails(c, status, nil)
	}
	return refuseDetails(c, status, []detail{{Issue: issue, Description: descriptions[issue]}})
}

func refuseDetails(c *visit, status int, details []detail, links ...link) answer.Answer {
	about := "https://developer.paypal.com/docs/api/orders/v2/#error-" + names[status][0]
	if len(details) > 0 {
		about = "https://developer.paypal.com/docs/api/orders/v2/#error-" + details[0].Issue
	}
	return reply(status, problem{
		Name:    names[status][0],
		Message: names[status][1],
		DebugID: c.debugID,
		Details: details,
		Links:   append([]link{{about, "information_link", "GET"}}, links...),
	})
}

// missing is the answer for an order, a capture, a refund or a dispute that is
// not, or no longer, there.
func missing(c *visit) answer.Answer {
	return refuseDetails(c, 404, []detail{{
		Field: "id", Location: "path", Issue: "INVALID_RESOURCE_ID", Description: descriptions["INVALID_RESOURCE_ID"],
	}})
}

// verdict is the refusal that findings ask for, and false when there is none.
func (f *findings) verdict(c *visit) (answer.Answer, bool) {
	switch {
	case len(f.schema) > 0:
		return refuseDetails(c, 400, f.schema), true
	case len(f.rules) > 0:
		return refuseDetails(c, 422, f.rules), true
	}
	return answer.Answer{}, false
}
