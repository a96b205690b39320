package doctor

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

var printed = []Row{
	{"environment", "variables", "configuration_right", provider.Good, "all there, and in its form", ""},
	{"table", "time to live", "table_other", provider.Warning, "off", "make it on expires, as template.yaml does"},
	{"paypal", "transaction search", "permission_missing", provider.Wrong, "may not be read (NOT_AUTHORIZED)",
		`switch on "Transaction search" among the app's features (developer.paypal.com, Apps & Credentials); it can take PayPal some hours`},
	{"paypal", "ways to pay", "method_untold", provider.Untold, "cannot be asked", ""},
	{"paypal", "webhook", "webhook_deaf", provider.Wrong, "it is not told of CHECKOUT.ORDER.APPROVED, CHECKOUT.ORDER.COMPLETED, PAYMENT.CAPTURE.COMPLETED, PAYMENT.CAPTURE.DENIED", "add them"},
}

const table = `ok       environment  variables           all there, and in its form
warning  table        time to live        off
                                          → make it on expires, as template.yaml does
WRONG    paypal       transaction search  may not be read (NOT_AUTHORIZED)
                                          → switch on "Transaction search" among the app's features
                                            (developer.paypal.com, Apps & Credentials); it can take PayPal some hours
?        paypal       ways to pay         cannot be asked
WRONG    paypal       webhook             it is not told of CHECKOUT.ORDER.APPROVED, CHECKOUT.ORDER.COMPLETED,
                                          PAYMENT.CAPTURE.COMPLETED, PAYMENT.CAPTURE.DENIED
                                          → add them

2 things are wrong; 1 thing could be better; 1 thing cannot be asked
`

func TestPrint(t *testing.T) {
	var out strings.Builder
	if err := Print(&out, printed); err != nil || out.String() != table {
		t.Errorf("%v\n%s", err, &out)
	}
	for states, want := range map[string]string{
		"good": "nothing is wrong", "wrong": "1 thing is wrong", "warning warning untold untold": "nothing is wrong; 2 things could be better; 2 things cannot be asked",
	} {
		var rows []Row
		for state := range strings.FieldsSeq(states) {
			rows = append(rows, Row{State: provider.State(state)})
		}
		if got := sum(rows); got != want || Wrong(rows) != strings.Contains(states, "wrong") {
			t.Errorf("%s: %q, want %q", states, got, want)
		}
	}
}

func TestPrintJSON(t *testing.T) {
	var out strings.Builder
	if err := PrintJSON(&out, printed); err != nil {
		t.Fatal(err)
	}
	var read []Row
	if err := json.Unmarshal([]byte(out.String()), &read); err != nil || len(read) != len(printed) || read[2] != printed[2] {
		t.Errorf("%v: %s", err, &out)
	}
	if !strings.Contains(out.String(), `"state": "untold"`) || strings.Contains(out.String(), `\u0026`) {
		t.Errorf("%s", &out)
	}
}
