package tests

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// securityCase is one attack on the API, and what has to come of it.
type securityCase struct {
	words string
	holds func(*testing.T)
}

// securityCases are the thirty of the project's threat list, by their numbers. Where
// our design wants another outcome than the list, the case says so.
var securityCases = map[int]securityCase{
	1:  {"a key that is missing, short, long or doubled", keyThatIsNone},
	2:  {"the same request again: over, under way, unknown", sameRequestAgain},
	3:  {"the same key for something else", keyForSomethingElse},
	4:  {"a browser that names an amount, a price, a status, an id", browserThatNamesItsPrice},
	5:  {"a quote that is altered, expired, another shop's", quoteThatIsNone},
	6:  {"somebody else's payment", somebodyElsesPayment},
	7:  {"a capture too early, twice, too late, with another step owed", captureAtTheWrongTime},
	8:  {"another amount captured than quoted", anotherAmountCaptured},
	9:  {"a refund by whoever may not", refundByAStranger},
	10: {"refunds that are none, and many at once", refundsOfTooMuch},
	11: {"a simple request of another page", simpleRequest},
	12: {"JSON that no careful sender writes", carelessJSON},
	13: {"too much of it", tooMuchOfIt},
	14: {"ids that lead elsewhere", idsThatLeadElsewhere},
	15: {"a way back to somebody else's page", wayBackElsewhere},
	16: {"another page's script", anotherPagesScript},
	17: {"a delivery that is not the provider's", deliveryOfAStranger},
	18: {"a delivery that cannot be verified or kept now", deliveryThatCannotBeKept},
	19: {"a delivery twice, of no use, of nobody, or poisoned", deliveryOfNoUse},
	20: {"a forged body under a genuine signature", forgedBody},
	21: {"a delivery of four days ago", deliveryOfLastWeek},
	22: {"card testing", declinedTooOften},
	23: {"a burst", burst},
	24: {"a provider that refuses, fails or does not answer", providerInTrouble},
	25: {"a panic", panicInTheMiddle},
	26: {"what nobody may read in a log", nothingInTheLog},
	27: {"a card number in a text", cardNumberInAText},
	28: {"a merchant's token of the wrong kind", tokenOfTheWrongKind},
	29: {"a route that somebody forgot to close", routeLeftOpen},
	30: {"a cell that a spreadsheet takes for a formula", cellThatIsAFormula},
}

// TestSecurity plays every case; none of the thirty numbers is missing.
func TestSecurity(t *testing.T) {
	const cases = 30
	for n := 1; n <= cases; n++ {
		c, ok := securityCases[n]
		if !ok || c.words == "" || c.holds == nil {
			t.Errorf("S%d is missing", n)
			continue
		}
		t.Run(fmt.Sprintf("S%d %s", n, c.words), c.holds)
	}
	if len(securityCases) != cases {
		t.Errorf("%d cases, and the list has %d", len(securityCases), cases)
	}
}

// refuses fails the test unless an answer is this refusal; without a problem it is the
// gateway's own.
func (w *world) refuses(what string, r reply, code int, problem string) {
	w.t.Helper()
	if r.code != code || r.problem != problem {
		w.t.Errorf("%s: %d %s, want %d %s: %s", what, r.code, r.problem, code, problem, r.text)
	}
	if problem == "" && !strings.HasPrefix(r.text, `{"message":`) {
		w.t.Errorf("%s: not the gateway's own form: %s", what, r.text)
	}
}

// untouched runs something that must write nothing and ask the provider nothing.
func (w *world) untouched(what string, do func()) {
	w.t.Helper()
	before, calls := w.table.Counts().Writes, w.wire.sent.Load()
	do()
	if writes, sent := w.table.Counts().Writes-before, w.wire.sent.Load()-calls; writes != 0 || sent != 0 {
		w.t.Errorf("%s: %d writes, %d requests to the provider", what, writes, sent)
	}
}

// orders a cart under a key, as it comes.
func (w *world) buys(body string, header map[string]string) reply {
	w.t.Helper()
	return w.call(http.MethodPost, "/payments", body, header)
}

func withKey(key string) map[string]string { return map[string]string{"Idempotency-Key": key} }
