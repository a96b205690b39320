package handler

import (
	"strings"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
	"github.com/serverless-checkout/serverless-checkout/shared/wording"
)

// TestEverythingHasWords: whatever a story may tell, in every language, with every
// value it needs, and with no sign where the words say which way the money went.
func TestEverythingHasWords(t *testing.T) {
	amount, into := money.New(-123456, "EUR"), money.New(-98765, "CHF")
	for _, l := range wording.Languages() {
		n, texts := narrator{Language: l, provider: "PayPal"}, map[string]string{}
		add := func(what, text string) {
			if strings.ContainsAny(text, "{}") || strings.HasPrefix(text, "money.") || texts[text] != "" {
				t.Errorf("%s: %s is told as %q, like %s", l, what, text, texts[text])
			}
			texts[text] = what
		}
		for _, code := range settlement.LineCodes() {
			line := settlement.Line{Code: code, Amount: amount, Into: into, Row: settlement.RowID{ID: "ID", Code: "T9999"}}
			text := n.line(line)
			add(string(code), text)
			if strings.Contains(text, "-") && strings.Contains(strings.ReplaceAll(text, "PayPal-", ""), "-") {
				t.Errorf("%s: %s has a sign: %s", l, code, text)
			}
			line.Awaited = true
			add(string(code)+", awaited", n.line(line))
		}
		add("converted at a rate", n.line(settlement.Line{Code: settlement.LineConverted, Amount: amount, Into: into, Rate: "1.05633"}))
		add("paid out with a payout", n.line(settlement.Line{Code: settlement.LinePaidOut, Amount: amount, Payout: "po_1"}))
		add("disputed until", n.line(settlement.Line{Code: settlement.LineDisputed, Amount: amount, Until: time.Unix(0, 0)}))
		for _, reason := range []string{"ECHECK", "PENDING_REVIEW", "RECEIVING_PREFERENCE_MANDATES_MANUAL_ACTION"} {
			add("pending for "+reason, n.line(settlement.Line{Code: settlement.LinePending, Amount: amount, Reason: reason}))
		}
		if pending := (settlement.Line{Code: settlement.LinePending, Amount: amount, Reason: "SOMETHING_NEW"}); texts[n.line(pending)] != "pending" {
			t.Errorf("%s: %s", l, n.line(pending))
		}
		for _, place := range settlement.Places() {
			add("at "+string(place), n.part(settlement.Part{Place: place, Amount: money.New(4321, "EUR")}))
			add("less at "+string(place), n.part(settlement.Part{Place: place, Amount: money.New(-4321, "EUR")}))
		}
		add("nothing", n.summary(nil, nil))
		if got := l.Text("provider.paypal", nil); got != "PayPal" {
			t.Errorf("%s: %s", l, got)
		}
	}
}
