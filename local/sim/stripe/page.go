package stripe

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"strings"
)

// payPath is where Stripe's real page is too, on another host.
const payPath = "/c/pay/"

//go:embed *.html
var pageFiles embed.FS

//go:embed page.css
var style string

var pages = template.Must(template.ParseFS(pageFiles, "*.html"))

// styleHash allows the one inline style sheet in the content security policy.
var styleHash = func() string {
	sum := sha256.Sum256([]byte(style))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}()

// servePage serves everything a person sees. Pages suffer no faults.
func (s *Simulator) servePage(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	id, action, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, payPath), "/")
	switch {
	case s.origin.Check(r) != nil:
		s.say(w, http.StatusForbidden, "Not from here", "This form was sent by another site, so nothing was done.")
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
		s.say(w, http.StatusNotFound, "Nothing here", "The simulated Stripe has no such page.")
	}
}

// show renders a page under a policy that lets nothing in and lets forms go only here
// and to the shop: browsers hold a form's redirect to it as well.
func (s *Simulator) show(w http.ResponseWriter, status int, name string, data any, formTargets ...string) {
	var page bytes.Buffer
	if err := pages.ExecuteTemplate(&page, name, data); err != nil {
		http.Error(w, "The page could not be drawn.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; style-src "+styleHash+
		"; form-action "+strings.Join(append([]string{"'self'"}, formTargets...), " "))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = page.WriteTo(w) // a browser that has gone is no concern of ours
}

// message is a page that only says something.
type message struct {
	Style       template.CSS
	Title, Text string
}

func (s *Simulator) say(w http.ResponseWriter, status int, title, text string) {
	s.show(w, status, "message.html", message{template.CSS(style), title, text})
}

// payView is what the buyer sees.
type payView struct {
	Style     template.CSS
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
	back := ""
	err := s.act(id, func(o *session) error {
		if o.status != "open" {
			return notNow(o)
		}
		back = originOf(o.cancel) + " " + originOf(o.success)
		view = payView{
			Style: template.CSS(style), ID: o.id, Method: o.method, Amount: written(o.currency, o.amount), Reference: o.description,
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
		s.say(w, http.StatusOK, "This page has ended", "It was paid, or its time is over. Nothing more can be paid here.")
	case err != nil:
		s.say(w, http.StatusNotFound, "Nothing here", "There is no such payment.")
	default:
		s.show(w, http.StatusOK, "pay.html", view, strings.Fields(back)...)
	}
}

// originOf is the scheme and host of an address.
func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// doPay does what the buyer has pressed, and sends them on.
func (s *Simulator) doPay(w http.ResponseWriter, r *http.Request, id, action string) {
	back, err := s.pressed(r, id, action)
	switch {
	case errors.Is(err, ErrNoSession):
		s.say(w, http.StatusNotFound, "Nothing here", "There is no such payment.")
	case err != nil:
		s.say(w, http.StatusConflict, "Not now", "That is not possible any more.")
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
