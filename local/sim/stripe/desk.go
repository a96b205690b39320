package stripe

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// deskPath is where the operator sits: the world around a shop and its buyers.
const deskPath = "/sim"

// deskView is what the operator sees.
type deskView struct {
	Sessions []deskSession
	Balances []string
	Faults   []Fault
	Kinds    []Kind
	Calls    []CallName
	Settles  []string
}

type deskSession struct {
	Session
	Written string
}

func (s *Simulator) showDesk(w http.ResponseWriter) {
	view := deskView{Faults: s.Faults(), Kinds: Kinds(), Calls: faults.Calls, Settles: s.config.Settles}
	for _, o := range s.Sessions() {
		view.Sessions = append(view.Sessions, deskSession{o, written(o.Currency, o.Amount)})
	}
	for _, c := range s.config.Settles {
		available, pending := s.Balance(c)
		view.Balances = append(view.Balances, written(c, available)+" available, "+written(c, pending)+" on its way there")
	}
	pages.Show(w, http.StatusOK, "desk.html", view)
}

// deskActions are what the operator can press, by name.
var deskActions = map[string]func(*Simulator, *http.Request) error{
	"transfer": func(s *Simulator, r *http.Request) error { return s.Transfer(r.PostFormValue("session"), count(r)) },
	"arrive":   func(s *Simulator, r *http.Request) error { return s.Conclude(r.PostFormValue("session"), true) },
	"fail":     func(s *Simulator, r *http.Request) error { return s.Conclude(r.PostFormValue("session"), false) },
	"refund": func(s *Simulator, r *http.Request) error {
		return s.RefundInDashboard(r.PostFormValue("session"), count(r))
	},
	"refund-paid":   func(s *Simulator, r *http.Request) error { return s.EndRefund(r.PostFormValue("session"), true) },
	"refund-failed": func(s *Simulator, r *http.Request) error { return s.EndRefund(r.PostFormValue("session"), false) },
	"inquiry": func(s *Simulator, r *http.Request) error {
		return s.Dispute(r.PostFormValue("session"), "product_not_received", true)
	},
	"dispute": func(s *Simulator, r *http.Request) error {
		return s.Dispute(r.PostFormValue("session"), "fraudulent", false)
	},
	"escalate": func(s *Simulator, r *http.Request) error { return s.Escalate(r.PostFormValue("session")) },
	"won":      func(s *Simulator, r *http.Request) error { return s.Resolve(r.PostFormValue("session"), true) },
	"lost":     func(s *Simulator, r *http.Request) error { return s.Resolve(r.PostFormValue("session"), false) },
	"payout": func(s *Simulator, r *http.Request) error {
		if id, _ := s.PayOut(r.PostFormValue("currency")); id == "" {
			return fmt.Errorf("%w: nothing is available", ErrNotNow)
		}
		return nil
	},
	"fault": func(s *Simulator, r *http.Request) error {
		return s.Inject(Fault{Kind: Kind(r.PostFormValue("kind")), Call: CallName(r.PostFormValue("call"))})
	},
	"deliver": func(s *Simulator, r *http.Request) error { s.Deliver(r.Context()); return nil },
}

// count is an amount in the smallest units.
func count(r *http.Request) int64 {
	n, _ := strconv.ParseInt(r.PostFormValue("amount"), 10, 64)
	return n
}

func (s *Simulator) doDesk(w http.ResponseWriter, r *http.Request, action string) {
	act, known := deskActions[action]
	if !known {
		say(w, http.StatusNotFound, "Nothing here", "The desk has no such button.")
		return
	}
	if err := act(s, r); err != nil {
		say(w, http.StatusConflict, "Not now", err.Error())
		return
	}
	http.Redirect(w, r, deskPath, http.StatusSeeOther)
}

// written is an amount for a person: "EUR 12.34".
func written(currency string, amount int64) string {
	places, sign := decimalsOf(currency), ""
	if amount < 0 {
		sign, amount = "-", -amount
	}
	digits := strconv.FormatInt(amount, 10)
	for len(digits) <= places {
		digits = "0" + digits
	}
	if places > 0 {
		digits = digits[:len(digits)-places] + "." + digits[len(digits)-places:]
	}
	return strings.ToUpper(currency) + " " + sign + digits
}
