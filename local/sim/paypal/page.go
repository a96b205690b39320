package paypal

import (
	"embed"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/serverless-checkout/serverless-checkout/local/sim/page"
)

// approvalPath is where PayPal's real page is too.
const approvalPath = "/checkoutnow"

//go:embed *.html
var pageFiles embed.FS

// pages are PayPal's; their look is that of every simulated provider.
var pages = page.NewBook("PayPal", pageFiles, "")

// servePage serves everything a person sees.
func (s *Simulator) servePage(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	p := &pageVisit{s: s, w: w, r: r, call: s.note(r)}
	if err := s.origin.Check(r); err != nil {
		p.say(http.StatusForbidden, "Not from here", "This form was sent by another site, so nothing was done.", "")
		return
	}
	switch r.Method + " " + r.URL.Path {
	case "GET " + approvalPath:
		s.showApproval(p)
	case "POST " + approvalPath + "/approve":
		s.approvePage(p)
	case "POST " + approvalPath + "/cancel":
		s.cancelPage(p)
	case "GET " + deskPath:
		p.show(http.StatusOK, "desk.html", s.desk())
	case "GET " + deskPath + "/books":
		s.serveBooks(p)
	case "GET " + deskPath + "/statement":
		s.serveStatement(p)
	case "GET /":
		p.redirect(deskPath)
	default:
		if action := deskActions[strings.TrimPrefix(r.URL.Path, deskPath+"/")]; action != nil && r.Method == http.MethodPost {
			p.done(action(s, r))
			return
		}
		p.say(http.StatusNotFound, "Nothing here", "The simulated PayPal has no such page.", "")
	}
}

// pageVisit is one page being served.
type pageVisit struct {
	s    *Simulator
	w    http.ResponseWriter
	r    *http.Request
	call *visit
}

// note puts a page's visit on record. Pages suffer no faults.
func (s *Simulator) note(r *http.Request) *visit {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, Call{Name: Page, Method: r.Method, Path: r.URL.Path, At: s.now()})
	return &visit{number: len(s.calls) - 1}
}

// show draws a page; its forms may go here and to the targets named.
func (p *pageVisit) show(status int, name string, data any, formTargets ...string) {
	p.s.record(p.call, pages.Show(p.w, status, name, data, formTargets...))
}

func (p *pageVisit) redirect(to string) {
	p.s.record(p.call, http.StatusSeeOther)
	http.Redirect(p.w, p.r, to, http.StatusSeeOther)
}

// say shows a page that only says something; back is a link to the shop, if there is
// one.
func (p *pageVisit) say(status int, title, text, back string) {
	p.s.record(p.call, pages.Say(p.w, status, page.Message{Title: title, Text: text, Back: back}))
}

// approvalView is what the buyer sees.
type approvalView struct {
	Shop     string
	Bank     string // the source whose bank this is; empty: PayPal's own page
	Token    string
	Lines    []line
	Extras   []line
	Total    string
	Currency string
	ShipTo   []string
	PayNow   bool
	Fundings []fundingView
}

type line struct{ Label, Amount string }

type fundingView struct {
	Value   Funding
	Label   string
	Checked bool
}

func (s *Simulator) showApproval(p *pageVisit) {
	id := p.r.URL.Query().Get("token")
	s.mu.Lock()
	o, err := s.open(id)
	var view approvalView
	if err == nil {
		view = approvalOf(o)
	}
	s.mu.Unlock()
	if err != nil {
		p.closed(o, err)
		return
	}
	p.show(http.StatusOK, "approval.html", view, shopOrigins(o)...)
}

// approvalOf draws up the page of an open order. The caller holds mu.
func approvalOf(o *order) approvalView {
	v := approvalView{Shop: "the shop", Token: o.id}
	if e := o.experience; e != nil {
		v.PayNow = e.UserAction == "PAY_NOW"
		if e.Brand != "" {
			v.Shop = e.Brand
		}
	}
	sum := money{currency: o.units[0].sum.currency}
	for _, u := range o.units {
		sum.count += u.sum.count
		for _, i := range u.Items {
			v.Lines = append(v.Lines, line{i.Quantity + " × " + i.Name, i.UnitAmount.String()})
		}
		if len(u.Items) == 0 && u.Description != "" {
			v.Lines = append(v.Lines, line{u.Description, u.sum.String()})
		}
		v.Extras = append(v.Extras, extras(u.Amount.Breakdown)...)
		v.ShipTo = append(v.ShipTo, shipTo(u.Shipping)...)
	}
	v.Total, v.Currency = sum.String(), sum.currency
	choices := Fundings()
	if isBank(o.source.Name) {
		choices, v.Bank, v.PayNow = BankFundings(), o.source.Name, true
	}
	for _, f := range choices {
		v.Fundings = append(v.Fundings, fundingView{f, f.labelAt(v.Bank), f == Balance})
	}
	return v
}

func extras(b *breakdown) []line {
	if b == nil {
		return nil
	}
	var lines []line
	add := func(label, sign string, m *money) {
		if m != nil && m.count != 0 {
			lines = append(lines, line{label, sign + m.String()})
		}
	}
	add("Shipping", "", b.Shipping)
	add("Handling", "", b.Handling)
	add("Tax", "", b.TaxTotal)
	add("Insurance", "", b.Insurance)
	add("Shipping discount", "−", b.ShippingDiscount)
	add("Discount", "−", b.Discount)
	return lines
}

func shipTo(sh *shipping) []string {
	if sh == nil || sh.Address == nil {
		return nil
	}
	var lines []string
	if sh.Name != nil {
		lines = append(lines, sh.Name.FullName)
	}
	a := sh.Address
	for _, l := range []string{a.Line1, a.Line2, strings.TrimSpace(a.PostalCode + " " + a.Area2), a.Area1, a.CountryCode} {
		if l != "" {
			lines = append(lines, l)
		}
	}
	return lines
}

// approvePage is the click on Pay now. The way back carries the order's id as
// token and the buyer's PayerID, as PayPal's does; neither proves anything.
func (s *Simulator) approvePage(p *pageVisit) {
	id := p.r.FormValue("token")
	err := s.ApproveWith(id, Funding(p.r.FormValue("funding")))
	o := s.find(id)
	switch {
	case errors.Is(err, ErrFunding):
		p.say(http.StatusBadRequest, "Choose how to pay", "Go back and choose one of the ways to pay.", "")
	case err != nil:
		p.closed(o, err)
	default:
		p.leave(wayBack(o, true), "Approved", "The order is approved. You can close this page.")
	}
}

func (s *Simulator) cancelPage(p *pageVisit) {
	id := p.r.FormValue("token")
	err := s.Cancel(id)
	o := s.find(id)
	if err != nil {
		p.closed(o, err)
		return
	}
	p.leave(wayBack(o, false), "Cancelled", "Nothing was paid. You can close this page.")
}

func (s *Simulator) find(id string) *order {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.orders[id]
}

// leave sends the buyer back to the shop; an order without payment source has
// no address to go back to.
func (p *pageVisit) leave(to, title, text string) {
	if to == "" {
		p.say(http.StatusOK, title, text, "")
		return
	}
	p.redirect(to)
}

// unkept says that what was asked for is done, but would not survive the
// process.
func (p *pageVisit) unkept(err error) {
	p.say(http.StatusInternalServerError, "Done, but not kept", err.Error(), "")
}

// closed explains an order that cannot be approved now.
func (p *pageVisit) closed(o *order, err error) {
	switch {
	case errors.Is(err, ErrNotKept):
		p.unkept(err)
	case errors.Is(err, ErrApproved):
		p.say(http.StatusConflict, "Approved already", "You have approved this payment. Go back to the shop to finish.", wayBack(o, true))
	case errors.Is(err, ErrCaptured):
		p.say(http.StatusConflict, "Done already", "This payment has been made.", wayBack(o, true))
	case errors.Is(err, ErrVoided):
		p.say(http.StatusGone, "No longer open", "The shop has withdrawn this payment. Nothing was paid.", wayBack(o, false))
	default:
		p.say(http.StatusNotFound, "No such payment", "It may have expired. Go back to the shop and begin again. Nothing was paid.", "")
	}
}

// wayBack is the shop's address for an approval or a cancellation. The URLs of
// an order never change, so they are read without mu.
func wayBack(o *order, approved bool) string {
	if o == nil || o.experience == nil {
		return ""
	}
	address := o.experience.CancelURL
	if approved {
		address = o.experience.ReturnURL
	}
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	q := u.Query()
	q.Set("token", o.id)
	if approved {
		q.Set("PayerID", buyer.PayerID)
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// shopOrigins are the places a form's redirect may end.
func shopOrigins(o *order) []string {
	if o == nil || o.experience == nil {
		return nil
	}
	return page.Origins(o.experience.ReturnURL, o.experience.CancelURL)
}
