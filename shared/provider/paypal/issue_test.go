package paypal

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// issueSpecs is what is known of the two specifications without having them.
// digest is the SHA-256 of the codes, sorted, each ending in a newline. It was
// taken from the specification, not from the table: when it no longer fits, the
// table has changed and not PayPal.
var issueSpecs = []struct {
	in     issueSource
	file   string
	count  int
	digest string
}{
	{inOrders, "checkout_orders_v2.json", 188, "b72421f30bc55e80d440bc7d97a3415f6da141930b51c6c4a550e80e741e5186"},
	{inPayments, "payments_payment_v2.json", 48, "a44a4878c72d411fe57fa5162d4a1aade1b827908ffd4279fc1535823d713523"},
}

func TestIssuesPerSpec(t *testing.T) {
	for _, spec := range issueSpecs {
		t.Run(spec.file, func(t *testing.T) {
			codes := issueCodes(spec.in)
			if len(codes) != spec.count {
				t.Errorf("the table has %d codes, the specification %d", len(codes), spec.count)
			}
			sum := sha256.Sum256([]byte(strings.Join(codes, "\n") + "\n"))
			if got := hex.EncodeToString(sum[:]); got != spec.digest {
				t.Errorf("digest of the codes is %s, want %s", got, spec.digest)
			}
		})
	}
}

// TestIssueTable holds the form of the table: each code once and in a
// specification, its class of the closed set, a class's codes together and in
// order.
func TestIssueTable(t *testing.T) {
	classes := []provider.Class{
		provider.Retry, provider.Look, provider.PayerMustAct, provider.Declined,
		provider.MerchantSetup, provider.OurBug, provider.RefundRefused, provider.Review,
	}
	codes := make(map[string]bool)
	groups := make(map[provider.Class]bool)
	for i, is := range issues {
		if codes[is.code] {
			t.Errorf("%s is listed twice", is.code)
		}
		codes[is.code] = true
		if !slices.Contains(classes, is.class) {
			t.Errorf("%s has class %q, which is not of the closed set", is.code, is.class)
		}
		if is.in == 0 || is.in&^inBoth != 0 {
			t.Errorf("%s is in no known specification (%b)", is.code, is.in)
		}
		if got := classOfIssue(is.code); got != is.class {
			t.Errorf("classOfIssue(%s) = %q, the table has %q", is.code, got, is.class)
		}
		if i > 0 && issues[i-1].class == is.class {
			if issues[i-1].code >= is.code {
				t.Errorf("%s is out of order after %s", is.code, issues[i-1].code)
			}
			continue
		}
		if groups[is.class] {
			t.Errorf("%s stands outside the group of %q", is.code, is.class)
		}
		groups[is.class] = true
	}
	for _, class := range classes {
		if !groups[class] {
			t.Errorf("no code has class %q", class)
		}
	}
}

func TestIssueUnknown(t *testing.T) {
	for _, code := range []string{"", "NO_SUCH_CODE", "order_not_approved", " ORDER_NOT_APPROVED", "ORDER_NOT_APPROVED ", "ORDER_NOT"} {
		if got := classOfIssue(code); got != provider.Review {
			t.Errorf("classOfIssue(%q) = %q, want %q", code, got, provider.Review)
		}
	}
}

// TestIssueAlwaysLook is written out a second time on purpose: taking one of
// these for a failure can charge a buyer twice or give money back twice.
func TestIssueAlwaysLook(t *testing.T) {
	codes := []string{
		"AUTHORIZATION_ALREADY_CAPTURED",
		"AUTHORIZATION_AMOUNT_EXCEEDED",
		"CAPTURE_FULLY_REFUNDED",
		"CAPTURE_ID_NOT_FOUND",
		"DUPLICATE_INVOICE_ID",
		"IDENTIFIER_NOT_FOUND",
		"INVALID_RESOURCE_ID",
		"MAX_AUTHORIZATION_COUNT_EXCEEDED",
		"MAX_CAPTURE_AMOUNT_EXCEEDED",
		"MAX_CAPTURE_COUNT_EXCEEDED",
		"ORDER_ALREADY_AUTHORIZED",
		"ORDER_ALREADY_CAPTURED",
		"ORDER_ALREADY_COMPLETED",
		"ORDER_CANNOT_BE_CONFIRMED",
		"ORDER_COMPLETED_OR_VOIDED",
		"ORDER_COMPLETION_IN_PROGRESS",
		"ORDER_EXPIRED",
		"ORDER_IS_PENDING_APPROVAL",
		"PAYMENT_ALREADY_APPROVED",
		"PLATFORM_FEE_EXCEEDED",
		"PREVIOUSLY_CAPTURED",
		"PREVIOUSLY_VOIDED",
		"PREVIOUS_REQUEST_IN_PROGRESS",
		"REFUND_AMOUNT_EXCEEDED",
	}
	for _, code := range codes {
		if got := classOfIssue(code); got != provider.Look {
			t.Errorf("classOfIssue(%s) = %q, want %q", code, got, provider.Look)
		}
	}
	if provider.Look.Definite() || provider.Review.Definite() {
		t.Error("Look or Review counts as definite: every code here would be taken for a refusal")
	}
}

// TestIssueAlreadyIsNotDefinite catches the next "already" that PayPal adds and
// somebody files under a refusal because it arrives with status 422.
func TestIssueAlreadyIsNotDefinite(t *testing.T) {
	// The agreement is cancelled, not the payment made.
	except := []string{"AGREEMENT_ALREADY_CANCELLED"}
	for _, is := range issues {
		for _, word := range []string{"ALREADY", "PREVIOUSLY", "IN_PROGRESS", "COMPLETED", "FULLY", "DUPLICATE_INVOICE"} {
			if strings.Contains(is.code, word) && is.class.Definite() && !slices.Contains(except, is.code) {
				t.Errorf("%s is %q, which is definite", is.code, is.class)
			}
		}
	}
}

// TestIssueClass fixes the codes that create, capture and refund most likely
// meet.
func TestIssueClass(t *testing.T) {
	tests := []struct {
		code string
		want provider.Class
	}{
		{"PENDING_CAPTURE", provider.Retry},

		{"INSTRUMENT_DECLINED", provider.PayerMustAct},
		{"ORDER_NOT_APPROVED", provider.PayerMustAct},
		{"PAYER_ACTION_REQUIRED", provider.PayerMustAct},
		{"REDIRECT_PAYER_FOR_ALTERNATE_FUNDING", provider.PayerMustAct},

		{"CARD_EXPIRED", provider.Declined},
		{"COMPLIANCE_VIOLATION", provider.Declined},
		{"MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED", provider.Declined},
		{"PAYER_ACCOUNT_RESTRICTED", provider.Declined},
		{"PAYER_CANNOT_PAY", provider.Declined},
		{"TRANSACTION_REFUSED", provider.Declined},

		{"CONSENT_NEEDED", provider.MerchantSetup},
		{"INVALID_ACCOUNT_STATUS", provider.MerchantSetup},
		{"PAYEE_ACCOUNT_RESTRICTED", provider.MerchantSetup},
		{"PERMISSION_DENIED", provider.MerchantSetup},
		{"TRANSACTION_RECEIVING_LIMIT_EXCEEDED", provider.MerchantSetup},

		{"AMOUNT_MISMATCH", provider.OurBug},
		{"DECIMAL_PRECISION", provider.OurBug},
		{"MALFORMED_REQUEST_JSON", provider.OurBug},
		{"MISSING_REQUIRED_PARAMETER", provider.OurBug},
		{"PAYPAL_REQUEST_ID_REQUIRED", provider.OurBug},
		{"REFUND_CAPTURE_CURRENCY_MISMATCH", provider.OurBug},

		{"PARTIAL_REFUND_NOT_ALLOWED", provider.RefundRefused},
		{"REFUND_FAILED_INSUFFICIENT_FUNDS", provider.RefundRefused},
		{"REFUND_NOT_ALLOWED", provider.RefundRefused},
		{"REFUND_TIME_LIMIT_EXCEEDED", provider.RefundRefused},
		{"TRANSACTION_DISPUTED", provider.RefundRefused},
	}
	for _, tt := range tests {
		if got := classOfIssue(tt.code); got != tt.want {
			t.Errorf("classOfIssue(%s) = %q, want %q", tt.code, got, tt.want)
		}
	}
}

// issueCodes lists the table's codes of one specification, sorted.
func issueCodes(in issueSource) []string {
	var codes []string
	for _, is := range issues {
		if is.in&in != 0 {
			codes = append(codes, is.code)
		}
	}
	slices.Sort(codes)
	return codes
}
