package stripe

import (
	"embed"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/serverless-checkout/serverless-checkout/local/sim/page"
)

// payPath is where Stripe's real page is too, on another host.
const payPath = "/c/pay/"

//go:embed *.html
var pageFiles embed.FS

// pages are Stripe's; their look is that of every simulated provider.
var pages = page.NewBook("Stripe", pageFiles, accent)

// accent is Stripe's colour.
const accent = "\n:root{--act:#4b45c6}\n@media (prefers-color-scheme:dark){:root{--act:#aba6ff;--on-act:#14123d}}\n"

// servePage serves everything a person sees. Pages suffer no faults.
func (s *Simulator) servePage(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	id, action, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, payPath), "/")
	switch {
	case s.origin.Check(r) != nil:
		say(w, http.StatusForbidden, "Not from here", "This form was sent by another site, so nothing was done.")
	case strings.HasPrefix(r.URL.Path, payPath) && r.Method == http.MethodGet && action == "":
		s.showPay(w, id)
	case strings.HasPrefix(r.URL.Path, payPath) && r.Method == http.MethodPost:
		s.doPay(w, r, id, action)
	case r.URL.Path == deskPath && r.Method == http.MethodGet:
		s.showDesk(w)
	case strings.HasPrefix(r.URL.Path, deskPath+"/") && r.Method == http.MethodPost:
		s.doDesk(w, r, strings.TrimPrefix(r.URL.Path, deskPath+"/"))
	case r.URL.Path == "/" && r.Method == http.MethodGet:
		http.Redirect(w, r, deskPath, http.StatusSeeOther)
	default:
		say(w, http.StatusNotFound, "Nothing here", "The simulated Stripe has no such page.")
	}
}

// say shows a page that only says something.
func say(w http.ResponseWriter, status int, title, text string) {
	pages.Say(w, status, page.Message{Title: title, Text: text})
}

// payView is what the buyer sees.
type payView struct {
	ID        string
	Method    string
	Amount    string
	Reference string
	Lines     []payLine
	Declined  string
	Challenge bool
	Card      bool
	Bank      bool
}

type payLine struct {
	Name     string
	Quantity int64
	Amount   string
}

// showPay is the page a buyer pays on.
func (s *Simulator) showPay(w http.ResponseWriter, id string) {
	var view payView
	var back []string
	err := s.act(id, func(o *session) error {
		if o.status != "open" {
			return notNow(o)
		}
		back = page.Origins(o.cancel, o.success)
		view = payView{
			ID: o.id, Method: o.method, Amount: written(o.currency, o.amount), Reference: o.description,
			Card: o.method == "card", Bank: o.method == "customer_balance",
		}
		for _, l := range o.lines {
			view.Lines = append(view.Lines, payLine{l.Name, l.Quantity, written(o.currency, l.Amount)})
		}
		if o.intent != nil {
			view.Declined, view.Challenge = o.intent.failure, o.intent.status == "requires_action"
		}
		return nil
	})
	switch {
	case errors.Is(err, ErrNotNow):
		say(w, http.StatusOK, "This page has ended", "It was paid, or its time is over. Nothing more can be paid here.")
	case err != nil:
		say(w, http.StatusNotFound, "Nothing here", "There is no such payment.")
	default:
		pages.Show(w, http.StatusOK, "pay.html", view, back...)
	}
}

// doPay does what the buyer has pressed, and sends them on.
func (s *Simulator) doPay(w http.ResponseWriter, r *http.Request, id, action string) {
	back, err := s.pressed(r, id, action)
	switch {
	case errors.Is(err, ErrNoSession):
		say(w, http.StatusNotFound, "Nothing here", "There is no such payment.")
	case err != nil:
		say(w, http.StatusConflict, "Not now", "That is not possible any more.")
	default:
		http.Redirect(w, r, back, http.StatusSeeOther)
	}
}

// pressed does it, and says where the buyer goes.
func (s *Simulator) pressed(r *http.Request, id, action string) (back string, err error) {
	success, cancel := "", ""
	if err := s.act(id, func(o *session) error { success, cancel = o.success, o.cancel; return nil }); err != nil {
		return "", err
	}
	again := payPath + url.PathEscape(id)
	switch action {
	case "pay":
		return success, s.Pay(id, Instrument{Brand: r.PostFormValue("brand"), Wallet: r.PostFormValue("wallet")})
	case "later":
		return success, s.Process(id)
	case "decline":
		return again, s.Decline(id, "card_declined")
	case "challenge":
		return again, s.Challenge(id)
	case "pass":
		return success, s.Authenticate(id, true)
	case "fail":
		return again, s.Authenticate(id, false)
	case "cancel":
		return cancel, nil // nothing happens to the session
	}
	return "", ErrNoSession
}
