package stripe

import (
	"math/big"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// dig is a member within members.
func dig(v any, path ...string) any {
	for _, name := range path {
		inner, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = inner[name]
	}
	return v
}

// charge is the latest charge of a session, as a look shows it.
func (b *bench) charge(id string) any {
	b.t.Helper()
	s := b.call("GET", "/v1/checkout/sessions/"+id, "", "expand[0]", "payment_intent.latest_charge")
	if s.status != http.StatusOK {
		b.t.Fatalf("no look: %v", s.body)
	}
	return dig(s.body, "payment_intent", "latest_charge")
}

// TestThreeDSecure: how 3-D Secure ended is on the charge, as Stripe's schema has it; on
// one of which nobody asked there is nothing.
func TestThreeDSecure(t *testing.T) {
	for _, c := range []struct {
		name                    string
		do                      func(*bench, string)
		flow, result, indicator any
	}{
		{"nobody asked", func(b *bench, id string) { b.must(b.Pay(id, Instrument{})) }, nil, nil, nil},
		{"passed", func(b *bench, id string) { b.must(b.Challenge(id)); b.must(b.Authenticate(id, true)) }, "challenge", "authenticated", "05"},
		{"failed", func(b *bench, id string) { b.must(b.Challenge(id)); b.must(b.Authenticate(id, false)) }, "challenge", "failed", nil},
		{"without the buyer's doing", func(b *bench, id string) { b.must(b.Pay(id, Instrument{Brand: "mastercard", Secure: Authenticated})) }, "frictionless", "authenticated", "02"},
		{"a bank that takes no part", func(b *bench, id string) { b.must(b.Pay(id, Instrument{Secure: Attempted})) }, "frictionless", "attempt_acknowledged", "06"},
		{"nobody had to be asked", func(b *bench, id string) { b.must(b.Pay(id, Instrument{Secure: Exempted})) }, "frictionless", "exempted", nil},
		{"declined after the question", func(b *bench, id string) { b.must(b.Challenge(id)); b.must(b.Decline(id, "card_declined")) }, nil, nil, nil},
		{"failed, and then paid with another card", func(b *bench, id string) {
			b.must(b.Challenge(id))
			b.must(b.Authenticate(id, false))
			b.must(b.Pay(id, Instrument{}))
		}, nil, nil, nil},
	} {
		b := newBench(t)
		id := b.open("card", "eur", "5000")
		c.do(b, id)
		secure := dig(b.charge(id), "payment_method_details", "card", "three_d_secure")
		if dig(secure, "authentication_flow") != c.flow || dig(secure, "result") != c.result || dig(secure, "electronic_commerce_indicator") != c.indicator {
			t.Errorf("%s: %v", c.name, secure)
		}
		if (secure == nil) != (c.result == nil) {
			t.Errorf("%s: the outcome is %v", c.name, secure)
		}
	}
}

// TestDisputes: a dispute's way from the inquiry to its end, answered or not.
func TestDisputes(t *testing.T) {
	for _, c := range []struct {
		name    string
		inquiry bool
		do      func(*bench, string)
		status  string
		moved   int // rows
		answers float64
	}{
		{"an inquiry answered and closed", true, func(b *bench, id string) { b.must(b.AnswerDispute(id)); b.must(b.Resolve(id, true)) }, "warning_closed", 0, 1},
		{"an inquiry answered that becomes a chargeback all the same", true, func(b *bench, id string) {
			b.must(b.AnswerDispute(id))
			b.must(b.Escalate(id))
		}, "needs_response", 1, 1},
		{"answered and won", false, func(b *bench, id string) { b.must(b.AnswerDispute(id)); b.must(b.Resolve(id, true)) }, "won", 2, 1},
		{"answered and lost", false, func(b *bench, id string) { b.must(b.AnswerDispute(id)); b.must(b.Resolve(id, false)) }, "lost", 1, 1},
		{"lost without an answer", false, func(b *bench, id string) { b.must(b.Resolve(id, false)) }, "lost", 1, 0},
	} {
		b := newBench(t)
		id := b.open("card", "eur", "5000")
		b.must(b.Pay(id, Instrument{}))
		b.must(b.Dispute(id, "fraudulent", c.inquiry))
		c.do(b, id)
		one := b.call("GET", "/v1/disputes", "").body["data"].([]any)[0]
		if dig(one, "status") != c.status || len(dig(one, "balance_transactions").([]any)) != c.moved || dig(one, "evidence_details", "submission_count") != c.answers {
			t.Errorf("%s: %v", c.name, one)
		}
		if c.status != "needs_response" && (b.AnswerDispute(id) == nil || b.Resolve(id, true) == nil) {
			t.Errorf("%s: it goes on after its end", c.name)
		}
		b.holdBooks()
	}
	b := newBench(t)
	id := b.open("card", "eur", "5000")
	b.must(b.Pay(id, Instrument{}))
	b.must(b.Dispute(id, "fraudulent", false))
	b.advance(answerTime)
	if one := b.call("GET", "/v1/disputes", "").body["data"].([]any)[0]; dig(one, "evidence_details", "past_due") != true {
		t.Errorf("nobody answered in time, and it says %v", dig(one, "evidence_details"))
	}
}

// TestRefundDuringAnInquiry: it is taken in part and in full, and then there is nothing
// left to withdraw; what a chargeback has taken is not given back as well.
func TestRefundDuringAnInquiry(t *testing.T) {
	b := newBench(t)
	id := b.open("card", "eur", "5000")
	b.must(b.Pay(id, Instrument{}))
	b.must(b.Dispute(id, "product_not_received", true))
	intent := dig(b.charge(id), "payment_intent").(string)
	for _, part := range []string{"2000", "3000"} {
		if got := b.call("POST", "/v1/refunds", "", "payment_intent", intent, "amount", part); got.status != http.StatusOK {
			t.Errorf("%s during the inquiry: %d %v", part, got.status, got.body)
		}
	}
	if b.Escalate(id) == nil {
		t.Error("money was withdrawn that was given back")
	}
	b.must(b.Resolve(id, true))
	b.holdBooks()

	id = b.open("card", "eur", "5000")
	b.must(b.Pay(id, Instrument{}))
	b.must(b.Dispute(id, "product_not_received", true))
	b.must(b.Escalate(id))
	got := b.call("POST", "/v1/refunds", "", "payment_intent", dig(b.charge(id), "payment_intent").(string))
	if got.status != http.StatusBadRequest || got.text("code") != "charge_disputed" {
		t.Errorf("after the chargeback: %d %v", got.status, got.body)
	}
	b.holdBooks()
}

// TestDailyPayouts: at each midnight what was available by then is paid out, also where
// nobody looked for days; its rows are known an hour later, and it arrives by itself.
func TestDailyPayouts(t *testing.T) {
	b := newBench(t) // a Monday, at noon
	b.must(b.MakeAvailableAfter(1))
	b.must(b.PayOutDaily(true))
	b.must(b.Pay(b.open("card", "eur", "5000"), Instrument{}))
	b.advance(24 * time.Hour)
	b.must(b.Pay(b.open("card", "eur", "7000"), Instrument{}))
	b.advance(13 * time.Hour) // an hour after the midnight of the second payout
	b.Sessions()
	if known := b.call("GET", "/v1/events", "", "type", "payout.reconciliation_completed").body["data"].([]any); len(known) != 2 {
		t.Errorf("an hour after the second payout rows were told of %d times", len(known))
	}
	b.advance(5 * 24 * time.Hour)
	list := b.call("GET", "/v1/payouts", "").body["data"].([]any)
	var days []string
	for _, p := range slices.Backward(list) {
		at := time.Unix(int64(dig(p, "created").(float64)), 0).UTC()
		days = append(days, at.Format("Mon 15:04"))
		if dig(p, "status") != "paid" || dig(p, "reconciliation_status") != "completed" {
			t.Errorf("after days it is %v", p)
		}
		rows := b.call("GET", "/v1/balance_transactions", "", "payout", dig(p, "id").(string)).body["data"].([]any)
		if len(rows) != 2 {
			t.Errorf("%v is made of %d rows", dig(p, "id"), len(rows))
		}
	}
	if got := strings.Join(days, ", "); got != "Tue 00:00, Wed 00:00" {
		t.Errorf("paid out at %s", got)
	}
	told := map[string]int{}
	for _, e := range b.Events() {
		told[e.Type]++
	}
	for _, kind := range []string{"payout.created", "payout.reconciliation_completed", "payout.paid"} {
		if told[kind] != 2 {
			t.Errorf("%s was told %d times", kind, told[kind])
		}
	}
	if available, pending := b.Balance("eur"); available != 0 || pending != 0 {
		t.Errorf("%d and %d are left", available, pending)
	}
	for day, want := range []int64{0, 5000 - 100, 7000 - 130, 0} { // at the ends of these days, less the fees
		if got := b.BalanceAt("EUR", time.Date(2026, 3, 2+day, 0, 0, 0, 0, time.UTC)); got != want {
			t.Errorf("day %d began with %d, want %d", day, got, want)
		}
	}
	b.holdBooks()
	for i := 1; i < len(b.rows); i++ {
		if b.rows[i].created.Before(b.rows[i-1].created) {
			t.Errorf("row %d is older than the one before", i)
		}
	}
	b.must(b.PayOutDaily(false))
	b.must(b.MakeAvailableAfter(0))
	b.must(b.Pay(b.open("card", "eur", "900"), Instrument{}))
	b.advance(24 * time.Hour)
	if available, pending := b.Balance("eur"); available != 0 || pending == 0 {
		t.Errorf("a card's money is there after a day: %d and %d", available, pending)
	}
	b.advance(3 * 24 * time.Hour)
	if available, _ := b.Balance("eur"); available == 0 {
		t.Error("it was paid out, and nobody asked for that")
	}
	if b.MakeAvailableAfter(-1) == nil || b.MakeAvailableAfter(31) == nil {
		t.Error("any number of days is good")
	}
}

// TestInstructions: a bank transfer says where to, of whom and with what reference, in
// each currency's own terms; an IBAN has good check digits.
func TestInstructions(t *testing.T) {
	for currency, kind := range map[string]string{"eur": "iban", "gbp": "sort_code", "jpy": "zengin", "mxn": "spei", "usd": "aba"} {
		for country := range ibanForms {
			b := newBench(t)
			form := []string{"customer", b.call("POST", "/v1/customers", "").text("id"),
				"payment_method_options[customer_balance][funding_type]", "bank_transfer",
				"payment_method_options[customer_balance][bank_transfer][type]", bankTransfers[currency]}
			if currency == "eur" {
				form = append(form, "payment_method_options[customer_balance][bank_transfer][eu_bank_transfer][country]", country)
			}
			id := b.open("customer_balance", currency, "5000", form...)
			b.must(b.Pay(id, Instrument{}))
			b.must(b.Transfer(id, 2000))
			s := b.call("GET", "/v1/checkout/sessions/"+id, "", "expand[0]", "payment_intent")
			how := dig(s.body, "payment_intent", "next_action", "display_bank_transfer_instructions")
			to := dig(how, "financial_addresses").([]any)[0]
			if dig(how, "amount_remaining") != 3000.0 || dig(how, "reference") == nil || dig(to, "type") != kind || dig(to, kind, "account_holder_name") != accountHolder {
				t.Errorf("%s: %v", currency, how)
			}
			if number, _ := dig(to, kind, "iban").(string); currency == "eur" && !goodIBAN(number, country) {
				t.Errorf("%s is no IBAN", number)
			}
			_, _, page := b.press("GET", strings.TrimPrefix(dig(how, "hosted_instructions_url").(string), b.url))
			for _, f := range accountOf(b.sessions[0]).fields {
				if f.label != "" && !strings.Contains(page, f.value) {
					t.Errorf("%s: %s is not on the page", currency, f.label)
				}
			}
			if !strings.Contains(page, dig(how, "reference").(string)) || !strings.Contains(page, written(currency, 3000)) || !strings.Contains(page, "https://shop.example/ok") {
				t.Errorf("%s: the page is %s", currency, page)
			}
		}
	}
}

// goodIBAN: with the first four characters behind the others, and letters as numbers, it
// leaves 1 of 97 (ISO 13616).
func goodIBAN(text, country string) bool {
	if len(text) < 15 || text[:2] != country {
		return false
	}
	digits := ""
	for _, c := range text[4:] + text[:4] {
		digits += big.NewInt(int64(strings.IndexRune("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", c))).String()
	}
	n, ok := new(big.Int).SetString(digits, 10)
	return ok && new(big.Int).Mod(n, big.NewInt(97)).Int64() == 1
}
