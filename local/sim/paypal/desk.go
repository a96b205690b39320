package paypal

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// deskPath is the operator's desk: everything the simulator knows, and its
// knobs. It has no counterpart at PayPal and no password; it is meant for a
// loopback address, and takes forms of its own origin only.
const deskPath = "/sim"

// deskActions are the forms of the desk, by the last part of their path.
var deskActions = map[string]func(*Simulator, *http.Request) error{
	"faults": func(s *Simulator, r *http.Request) error { return s.faults.Fill(r) },
	"tokens": func(s *Simulator, _ *http.Request) error {
		s.RevokeTokens()
		return nil
	},
	"void": func(s *Simulator, r *http.Request) error { return s.Void(r.FormValue("order")) },
	"settle": func(s *Simulator, r *http.Request) error {
		return s.SettlePending(r.FormValue("capture"), r.FormValue("arrived") == "yes")
	},
	"refund": (*Simulator).refundForm,
	"settle-refund": func(s *Simulator, r *http.Request) error {
		return s.SettleRefund(r.FormValue("refund"), r.FormValue("arrived") == "yes")
	},
	"reverse": func(s *Simulator, r *http.Request) error { return s.Reverse(r.FormValue("capture")) },
	"dispute": func(s *Simulator, r *http.Request) error {
		_, err := s.OpenDispute(r.FormValue("capture"), r.FormValue("reason"))
		return err
	},
	"update-dispute": func(s *Simulator, r *http.Request) error {
		days, err := strconv.Atoi(r.FormValue("days"))
		if err != nil || days < 0 || days > 365 {
			return fmt.Errorf("%w: %q days", ErrDispute, r.FormValue("days"))
		}
		return s.UpdateDispute(r.FormValue("dispute"), r.FormValue("stage"), s.now().Add(time.Duration(days)*24*time.Hour))
	},
	"resolve-dispute": func(s *Simulator, r *http.Request) error {
		return s.ResolveDispute(r.FormValue("dispute"), r.FormValue("outcome"))
	},
	"deliver": func(s *Simulator, r *http.Request) error {
		s.Deliver(r.Context())
		return nil
	},
	"knobs":   func(s *Simulator, r *http.Request) error { return s.courier.Turn(r) },
	"payout":  (*Simulator).payoutForm,
	"payouts": (*Simulator).payoutsForm,
	"hold":    (*Simulator).holdForm,
	"release": func(s *Simulator, r *http.Request) error { return s.Release(r.FormValue("row")) },
	"win-back": func(s *Simulator, r *http.Request) error {
		return s.ReverseChargeback(r.FormValue("dispute"))
	},
	"sale":    (*Simulator).saleForm,
	"row":     (*Simulator).rowForm,
	"convert": (*Simulator).convertForm,
	"fee":     (*Simulator).feeForm,
	"settle-row": func(s *Simulator, r *http.Request) error {
		return s.SettleRow(r.FormValue("row"), r.FormValue("code"), r.FormValue("arrived") == "yes")
	},
	"falsify": func(s *Simulator, r *http.Request) error {
		return s.Falsify(r.FormValue("row"), r.FormValue("code"), Misreport(r.FormValue("how")), 0)
	},
	"report": (*Simulator).reportForm,
}

// refundForm is the merchant's refund in the dashboard; without an amount, of
// all that is left.
func (s *Simulator) refundForm(r *http.Request) error {
	id, text := r.FormValue("capture"), r.FormValue("amount")
	if text == "" {
		return s.RefundInDashboard(id, 0)
	}
	s.mu.Lock()
	k := s.captures[id]
	s.mu.Unlock()
	if k == nil {
		return ErrNoCapture
	}
	m, err := recallMoney(k.unit.sum.currency, text)
	if err == nil && m.count < 1 {
		err = errors.New("the amount has to be above nothing")
	}
	if err != nil {
		return err
	}
	return s.RefundInDashboard(id, m.count)
}

// done goes back to the desk, or says what was wrong.
func (p *pageVisit) done(err error) {
	if errors.Is(err, ErrNotKept) {
		p.unkept(err)
		return
	}
	if err != nil {
		p.say(http.StatusBadRequest, "Not done", err.Error(), deskPath)
		return
	}
	p.redirect(deskPath)
}

func (s *Simulator) serveBooks(p *pageVisit) { s.serveJSON(p, s.Books()) }
