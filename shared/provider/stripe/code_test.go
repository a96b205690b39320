package stripe

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/wire"
)

// constants are the texts of the library's constants of a type.
func constants(t *testing.T, file, kind string) (texts []string) {
	t.Helper()
	dir, err := exec.Command("go", "list", "-f", "{{.Dir}}", "github.com/stripe/stripe-go/v85").Output()
	if err != nil {
		t.Fatal(err)
	}
	source, err := parser.ParseFile(token.NewFileSet(), filepath.Join(strings.TrimSpace(string(dir)), file), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(source, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if named, ok := spec.Type.(*ast.Ident); ok && named.Name == kind {
			text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			texts = append(texts, text)
		}
		return true
	})
	return texts
}

// TestEveryCodeIsClassified: the table has each code of the library once, and no other.
func TestEveryCodeIsClassified(t *testing.T) {
	known := constants(t, "error.go", "ErrorCode")
	if len(known) != 186 {
		t.Errorf("the library knows %d codes, and 186 were read", len(known))
	}
	classified := map[string]bool{}
	for _, c := range errorCodes {
		if classified[c.code] {
			t.Errorf("%s is there twice", c.code)
		}
		if classified[c.code] = true; !slices.Contains(known, c.code) {
			t.Errorf("%s is no code of the library", c.code)
		}
	}
	for _, code := range known {
		if !classified[code] {
			t.Errorf("%s has no class", code)
		}
	}
	if class := classOfCode("something_new"); class != provider.Review {
		t.Errorf("an unknown code is %s", class)
	}
}

// TestNoCodeReleasesWhatMayHaveHappened: a code that speaks of what was done already,
// is being done, or is not there, never lets a refund's reservation go.
func TestNoCodeReleasesWhatMayHaveHappened(t *testing.T) {
	for _, c := range errorCodes {
		for _, word := range []string{"already", "in_use", "unexpected_state", "invalid_state", "missing", "timeout", "processing"} {
			mild := []string{"lock_timeout", "parameter_missing", "payment_method_billing_details_address_missing"}
			if strings.Contains(c.code, word) && c.class.Definite() && !slices.Contains(mild, c.code) {
				t.Errorf("%s is %s", c.code, c.class)
			}
		}
	}
}

// TestEveryCategoryMeansSomething: so do all of the library's reporting categories.
func TestEveryCategoryMeansSomething(t *testing.T) {
	known := constants(t, "balancetransaction.go", "BalanceTransactionReportingCategory")
	if len(known) != len(categories) || len(known) < 20 {
		t.Errorf("the library knows %d categories, we %d", len(known), len(categories))
	}
	for _, category := range known {
		if _, ok := CodeOf(category); !ok {
			t.Errorf("%s means nothing", category)
		}
	}
	if c, ok := CodeOf("something_new"); ok || c.Kind != "unknown" || c.Balance != "total" {
		t.Errorf("an unknown category is %+v", c)
	}
}

// TestEveryStepUpMeansSomething: so does all that 3-D Secure can come to.
func TestEveryStepUpMeansSomething(t *testing.T) {
	known := constants(t, "charge.go", "ChargePaymentMethodDetailsCardThreeDSecureResult")
	if len(known) != len(stepUps) || len(known) != 6 {
		t.Errorf("the library knows %d, we %d", len(known), len(stepUps))
	}
	for text, want := range map[string]payment.StepUp{
		`{}`: payment.NoStepUp,
		`{"payment_method_details":{"card":{"three_d_secure":null}}}`:                          payment.NoStepUp,
		`{"payment_method_details":{"type":"alipay","alipay":{}}}`:                             payment.NoStepUp,
		`{"payment_method_details":{"card":{"three_d_secure":{"result":"authenticated"}}}}`:    payment.StepUpPassed,
		`{"payment_method_details":{"card":{"three_d_secure":{"result":"not_supported"}}}}`:    payment.StepUpImpossible,
		`{"payment_method_details":{"card":{"three_d_secure":{"result":"something_new"}}}}`:    payment.StepUpUnclear,
		`{"payment_method_details":{"card":{"three_d_secure":{"result":null,"version":"2"}}}}`: payment.StepUpUnclear,
	} {
		var charge chargeBody
		if err := json.Unmarshal([]byte(text), &charge); err != nil || charge.stepUp() != want {
			t.Errorf("%s: %q, %v", text, charge.stepUp(), err)
		}
	}
	for _, result := range known {
		if _, ok := stepUps[result]; !ok {
			t.Errorf("%s means nothing", result)
		}
	}
}

// TestErrorsWithoutACode: the type and the status alone.
func TestErrorsWithoutACode(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		class  provider.Class
	}{
		{400, `{"error":{"type":"invalid_request_error"}}`, provider.Review},
		{400, `{"error":{"type":"idempotency_error"}}`, provider.Look},
		{400, `{"error":{"type":"something_new"}}`, provider.Review},
		{400, `{"error":{"type":"invalid_request_error","code":"something_new"}}`, provider.Review},
		{400, `{"error":{"type":"invalid_request_error","code":"<script>"}}`, provider.Review},
		{400, `{"error":{"type":"Not Stripe's"}}`, provider.Look},
		{400, `{"error":"no object"}`, provider.Look},
		{400, `<html>`, provider.Look},
		{401, `{"error":{"type":"invalid_request_error"}}`, provider.MerchantSetup},
		{401, `<html>`, provider.Look},
		{402, `{"error":{"type":"card_error"}}`, provider.PayerMustAct},
		{403, `{"error":{"type":"invalid_request_error"}}`, provider.MerchantSetup},
		{404, `{"error":{"type":"invalid_request_error"}}`, provider.Look},
		{409, `{"error":{"type":"invalid_request_error"}}`, provider.Look},
		{429, `{"error":{"type":"invalid_request_error"}}`, provider.Retry},
		{429, `<html>`, provider.Look},
		{500, `{"error":{"type":"api_error","code":"lock_timeout"}}`, provider.Look},
		{302, ``, provider.Look},
		{200, ``, provider.Look},
	} {
		err := judge(&wire.Answer{Status: c.status, Header: http.Header{}, Body: []byte(c.body)}, nil)
		if e := wantClass(t, err, c.class); strings.ContainsAny(e.Code, "<' ") {
			t.Errorf("%s gives the code %q", c.body, e.Code)
		}
	}
}
