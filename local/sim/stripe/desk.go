package stripe

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/serverless-checkout/serverless-checkout/local/sim/page"
)

// deskPath is where the operator sits: the world around a shop and its buyers. It has no
// counterpart at Stripe and no password; it is meant for a loopback address, and takes
// forms of its own origin only.
const deskPath = "/sim"

// onSession is an action on the session that a form names.
func onSession(do func(*Simulator, string) error) func(*Simulator, *http.Request) error {
	return func(s *Simulator, r *http.Request) error { return do(s, r.PostFormValue("session")) }
}

// withAmount is an action on a session with the amount that a form names, in the
// session's currency: 12.34.
func withAmount(do func(*Simulator, string, int64) error) func(*Simulator, *http.Request) error {
	return func(s *Simulator, r *http.Request) error {
		id, currency := r.PostFormValue("session"), ""
		if err := s.act(id, func(o *session) error { currency = o.currency; return nil }); err != nil {
			return err
		}
		amount, err := count(currency, r.PostFormValue("amount"))
		if err != nil {
			return err
		}
		return do(s, id, amount)
	}
}

// deskActions are what the operator can press, by the last part of the path.
var deskActions = map[string]func(*Simulator, *http.Request) error{
	"transfer":       withAmount((*Simulator).Transfer),
	"arrive":         onSession(func(s *Simulator, id string) error { return s.Conclude(id, true) }),
	"fail":           onSession(func(s *Simulator, id string) error { return s.Conclude(id, false) }),
	"refund":         withAmount((*Simulator).RefundInDashboard),
	"refund-paid":    onSession(func(s *Simulator, id string) error { return s.EndRefund(id, true) }),
	"refund-failed":  onSession(func(s *Simulator, id string) error { return s.EndRefund(id, false) }),
	"inquiry":        onSession(func(s *Simulator, id string) error { return s.Dispute(id, "product_not_received", true) }),
	"dispute":        onSession(func(s *Simulator, id string) error { return s.Dispute(id, "fraudulent", false) }),
	"answer":         onSession((*Simulator).AnswerDispute),
	"escalate":       onSession((*Simulator).Escalate),
	"won":            onSession(func(s *Simulator, id string) error { return s.Resolve(id, true) }),
	"lost":           onSession(func(s *Simulator, id string) error { return s.Resolve(id, false) }),
	"payout-arrived": func(s *Simulator, r *http.Request) error { return s.EndPayout(r.PostFormValue("payout"), true) },
	"payout-failed":  func(s *Simulator, r *http.Request) error { return s.EndPayout(r.PostFormValue("payout"), false) },
	"terms":          (*Simulator).termsForm,
	"faults":         func(s *Simulator, r *http.Request) error { return s.faults.Fill(r) },
	"knobs":          func(s *Simulator, r *http.Request) error { return s.courier.Turn(r) },
	"deliver":        func(s *Simulator, r *http.Request) error { s.Deliver(r.Context()); return nil },
	"payout": func(s *Simulator, r *http.Request) error {
		if id, _ := s.PayOut(r.PostFormValue("currency")); id == "" {
			return fmt.Errorf("%w: nothing is available", ErrNotNow)
		}
		return nil
	},
}

// termsForm is when money is available and paid out.
func (s *Simulator) termsForm(r *http.Request) error {
	days, err := strconv.Atoi(r.PostFormValue("days"))
	if err == nil {
		err = s.MakeAvailableAfter(days)
	}
	if err != nil {
		return err
	}
	return s.PayOutDaily(r.PostFormValue("payouts") == "daily")
}

func (s *Simulator) doDesk(w http.ResponseWriter, r *http.Request, action string) {
	act, known := deskActions[action]
	if !known {
		say(w, http.StatusNotFound, "Nothing here", "The desk has no such button.")
		return
	}
	err := act(s, r)
	switch {
	case errors.Is(err, ErrNotKept):
		refuse(w, err)
	case err != nil:
		pages.Say(w, http.StatusConflict, page.Message{Title: "Not now", Text: err.Error(), Back: deskPath})
	default:
		http.Redirect(w, r, deskPath, http.StatusSeeOther)
	}
}

// errAmount is for what is no amount of a currency.
var errAmount = errors.New("stripe: no such amount")

// count is an amount as a person writes it, "12.34" or "12", in the smallest units.
func count(currency, text string) (int64, error) {
	places := decimalsOf(currency)
	whole, part, _ := strings.Cut(text, ".")
	n, err := strconv.ParseInt(whole+part+strings.Repeat("0", max(0, places-len(part))), 10, 64)
	if err != nil || len(part) > places || n < 1 {
		return 0, fmt.Errorf("%w: %q", errAmount, text)
	}
	return n, nil
}

// written is an amount for a person: "EUR 12.34".
func written(currency string, amount int64) string {
	return strings.ToUpper(currency) + " " + digits(currency, amount)
}

// digits is an amount without its currency: "12.34".
func digits(currency string, amount int64) string {
	places, sign := decimalsOf(currency), ""
	if amount < 0 {
		sign, amount = "-", -amount
	}
	text := fmt.Sprintf("%0*d", places+1, amount)
	if places > 0 {
		text = text[:len(text)-places] + "." + text[len(text)-places:]
	}
	return sign + text
}
