package stripe

import (
	"embed"
	"errors"
	"net/http"
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
	case strings.HasPrefix(r.URL.Path, instructionsPath) && r.Method == http.MethodGet:
		s.showInstructions(w, strings.TrimPrefix(r.URL.Path, instructionsPath))
	case r.URL.Path == deskPath && r.Method == http.MethodGet:
		pages.Show(w, http.StatusOK, "desk.html", s.desk())
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

// refuse explains what could not be done.
func refuse(w http.ResponseWriter, err error) {
	switch {
	case errors.Is(err, ErrNoSession):
		say(w, http.StatusNotFound, "Nothing here", "There is no such payment.")
	case errors.Is(err, ErrNotKept):
		say(w, http.StatusInternalServerError, "Done, but not kept", err.Error())
	default:
		say(w, http.StatusConflict, "Not now", "That is not possible any more, or not yet: "+err.Error())
	}
}
