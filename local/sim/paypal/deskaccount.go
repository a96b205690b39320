package paypal

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/sim/answer"
)

// errKnob is for a form that the desk does not have.
var errKnob = errors.New("paypal: no such knob")

// deskRows is how many rows the desk shows, newest first; the statement has them
// all.
const deskRows = 50

// deskAccountView is the merchant's account as the desk draws it.
type deskAccountView struct {
	Funds      []deskFunds
	Rows       []deskRow
	Hidden     int // rows that are not shown
	Currencies []string
	Holds      []string // codes
	Misreports []Misreport
	Forms      []ReportForm
	Knobs      string
	PaidOut    string // when payouts are made by themselves
}

type deskFunds struct{ Currency, Total, Available, Withheld, PaidOut string }

type deskRow struct {
	ID, Code, Status, Amount, Fee, About, At, Updated, Misreport string
	Kind                                                         RowKind
	Held, Pending, Sale                                          bool
}

// drawAccount draws up the account. The caller holds mu.
func (s *Simulator) drawAccount() deskAccountView {
	s.payDue()
	v := deskAccountView{
		Currencies: slices.Sorted(maps.Keys(currencies)), Holds: slices.Sorted(maps.Keys(releases)),
		Misreports: []Misreport{MisreportLost, MisreportTwice, MisreportNothing},
		Forms:      []ReportForm{AsSeen, AsSpecified, Mixed},
		Hidden:     max(len(s.statement.rows)-deskRows, 0), PaidOut: "never",
	}
	if w := s.statement.sweep; w.Every > 0 {
		v.PaidOut = fmt.Sprintf("every %s, next at %s", w.Every, wire(w.Next))
	}
	r := s.reporting
	v.Knobs = fmt.Sprintf("Rows up to %s late, balances up to %s, report ends %s early, %d listings shift, times %s, scope granted: %t.",
		r.late, r.balancesLate, r.clip, r.shifts, r.form, !r.withheld)
	for _, code := range s.touched() {
		b := s.statement.balance(code)
		v.Funds = append(v.Funds, deskFunds{
			code, money{code, b.total}.String(), money{code, b.available}.String(),
			money{code, b.total - b.available}.String(), money{code, s.statement.paidOut[code]}.String(),
		})
	}
	for _, r := range slices.Backward(s.statement.rows) {
		if len(v.Rows) == deskRows {
			break
		}
		v.Rows = append(v.Rows, s.drawDeskRow(r))
	}
	return v
}

func (s *Simulator) drawDeskRow(r *row) deskRow {
	now := *r.now()
	kind := kindOf(r.code)
	line := deskRow{
		ID: r.id, Code: r.code, Kind: kind, Status: now.status, Amount: money{r.currency, now.amount}.String() + " " + r.currency,
		About: r.reference, At: wire(r.at), Updated: wire(now.at), Misreport: string(r.misreport),
		Held: kind == RowHold && !r.lifted,
		Sale: kind == RowSale && now.status == rowDone,
	}
	if now.fee != 0 {
		line.Fee = money{r.currency, now.fee}.String()
	}
	line.Pending = now.status == rowPending && s.captures[r.id] == nil && s.refunds[r.id] == nil
	return line
}

// deskAmount reads an amount of the desk's; an empty one is 0.
func deskAmount(currency, text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	m, err := recallMoney(currency, text)
	return m.count, err
}

func (s *Simulator) payoutForm(r *http.Request) error {
	amount, err := deskAmount(r.FormValue("currency"), r.FormValue("amount"))
	if err == nil {
		_, err = s.PayOut(r.FormValue("currency"), amount)
	}
	return err
}

func (s *Simulator) payoutsForm(r *http.Request) error {
	every, known := map[string]time.Duration{"never": 0, "day": 24 * time.Hour, "week": 7 * 24 * time.Hour}[r.FormValue("every")]
	if !known {
		return fmt.Errorf("%w: every %q", errKnob, r.FormValue("every"))
	}
	return s.PayOutEvery(every)
}

func (s *Simulator) holdForm(r *http.Request) error {
	_, err := s.Hold(r.FormValue("code"), r.FormValue("capture"), "", 0)
	return err
}

func (s *Simulator) saleForm(r *http.Request) error {
	amount, err := deskAmount(r.FormValue("currency"), r.FormValue("amount"))
	if err != nil {
		return err
	}
	_, err = s.Sell(Sale{
		CustomID: r.FormValue("custom_id"), Currency: r.FormValue("currency"), Amount: amount,
		Code: r.FormValue("code"), Pending: r.FormValue("pending") == "yes",
	})
	return err
}

func (s *Simulator) rowForm(r *http.Request) error {
	amount, err := deskAmount(r.FormValue("currency"), r.FormValue("amount"))
	if err != nil {
		return err
	}
	_, err = s.AddRow(OddRow{
		Code: r.FormValue("code"), Currency: r.FormValue("currency"), Amount: amount, Pending: r.FormValue("pending") == "yes",
	})
	return err
}

func (s *Simulator) convertForm(r *http.Request) error {
	amount, err := deskAmount(r.FormValue("from"), r.FormValue("amount"))
	if err != nil {
		return err
	}
	return s.Convert(r.FormValue("from"), amount, r.FormValue("to"))
}

func (s *Simulator) feeForm(r *http.Request) error {
	s.mu.Lock()
	k := s.captures[r.FormValue("capture")]
	s.mu.Unlock()
	if k == nil {
		return ErrNoCapture
	}
	fee, err := deskAmount(k.unit.sum.currency, r.FormValue("fee"))
	if err != nil {
		return err
	}
	return s.CorrectFee(k.id, fee, r.FormValue("how") == "in place")
}

func (s *Simulator) reportForm(r *http.Request) error {
	minutes, err := strconv.Atoi(r.FormValue("late"))
	if err != nil || minutes < 0 || minutes > 24*60 {
		return fmt.Errorf("%w: %q minutes late", errKnob, r.FormValue("late"))
	}
	clip, err := strconv.Atoi(r.FormValue("clip"))
	if err != nil || clip < 0 || clip > 24*60 {
		return fmt.Errorf("%w: clipped by %q minutes", errKnob, r.FormValue("clip"))
	}
	if err := s.SetReportForm(ReportForm(r.FormValue("form"))); err != nil {
		return err
	}
	s.ReportLate(time.Duration(minutes) * time.Minute)
	s.BalancesLate(time.Duration(minutes) * time.Minute)
	s.ClipReport(time.Duration(clip) * time.Minute)
	s.GrantReports(r.FormValue("scope") == "granted")
	if r.FormValue("shift") == "yes" {
		s.ShiftPages(1)
	}
	return nil
}

// serveStatement shows the truth about the account, whole.
func (s *Simulator) serveStatement(p *pageVisit) { s.serveJSON(p, s.Statement()) }

func (s *Simulator) serveJSON(p *pageVisit, v any) {
	body, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		s.record(p.call, http.StatusInternalServerError)
		http.Error(p.w, "The books could not be drawn.", http.StatusInternalServerError)
		return
	}
	s.record(p.call, http.StatusOK)
	p.w.Header().Set("Content-Type", answer.JSON)
	p.w.Header().Set("Cache-Control", "no-store")
	_, _ = p.w.Write(append(body, '\n'))
}
