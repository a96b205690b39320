package stripe

import (
	"net/http"
	"net/url"

	"github.com/serverless-checkout/serverless-checkout/local/sim/page"
)

// payView is what the buyer sees.
type payView struct {
	ID        string
	Label     string // of the way to pay
	Amount    string
	Reference string
	Lines     []payLine
	Declined  string
	Challenge bool
	Bank      bool
	Choices   []choice // of a card
	Declines  []string
}

type payLine struct {
	Name     string
	Quantity int64
	Amount   string
}

// choice is an instrument that a buyer can choose.
type choice struct {
	Value, Label string
	with         Instrument
}

// choices are the cards there are; the first is taken where none is chosen.
var choices = []choice{
	{"visa", "Visa", Instrument{Brand: "visa"}},
	{"mastercard", "Mastercard", Instrument{Brand: "mastercard"}},
	{"unionpay", "UnionPay", Instrument{Brand: "unionpay"}},
	{"apple_pay", "Apple Pay", Instrument{Brand: "visa", Wallet: "apple_pay"}},
	{"google_pay", "Google Pay", Instrument{Brand: "mastercard", Wallet: "google_pay"}},
}

// declines are reasons that a bank can have (docs.stripe.com/declines/codes).
var declines = []string{"card_declined", "insufficient_funds", "expired_card", "incorrect_cvc", "processing_error"}

// labels are the ways to pay as a buyer knows them.
var labels = map[string]string{
	"card": "Card", "alipay": "Alipay", "wechat_pay": "WeChat Pay", "samsung_pay": "Samsung Pay",
	"customer_balance": "Bank transfer", "crypto": "Stablecoins", "ideal": "iDEAL", "bancontact": "Bancontact",
	"blik": "BLIK", "eps": "eps", "p24": "Przelewy24",
}

// showPay is the page a buyer pays on. One that was paid leads on.
func (s *Simulator) showPay(w http.ResponseWriter, id string) {
	var view payView
	var targets []string
	back := ""
	err := s.act(id, func(o *session) error {
		targets = page.Origins(o.cancel, o.success)
		switch {
		case o.status == "open":
			view = payPage(o)
		case o.status == "complete":
			back = o.success
		default:
			back = o.cancel
		}
		return nil
	})
	switch {
	case err != nil:
		refuse(w, err)
	case back != "":
		pages.Say(w, http.StatusOK, page.Message{
			Title: "This page has ended", Text: "It was paid, or its time is over. Nothing more can be paid here.", Back: back,
		})
	default:
		pages.Show(w, http.StatusOK, "pay.html", view, targets...)
	}
}

// payPage draws up the page of an open session. The caller holds mu.
func payPage(o *session) payView {
	view := payView{
		ID: o.id, Label: labels[o.method], Amount: written(o.currency, o.amount), Reference: o.description,
		Bank: o.method == "customer_balance", Declines: declines,
	}
	if o.method == "card" {
		view.Choices = choices
	}
	for _, l := range o.lines {
		view.Lines = append(view.Lines, payLine{l.Name, l.Quantity, written(o.currency, l.Amount)})
	}
	if o.intent != nil {
		view.Declined, view.Challenge = o.intent.failure, o.intent.status == "requires_action"
	}
	return view
}

// doPay does what the buyer has pressed, and sends them on.
func (s *Simulator) doPay(w http.ResponseWriter, r *http.Request, id, action string) {
	press, known := presses[action]
	if !known {
		refuse(w, ErrNoSession)
		return
	}
	if err := r.ParseForm(); err != nil { // now, and not while the others wait
		say(w, http.StatusBadRequest, "Not understood", "The form cannot be read.")
		return
	}
	to := ""
	err := s.act(id, func(o *session) (err error) {
		to, err = press(s, o, r)
		return err
	})
	if err != nil {
		refuse(w, err)
		return
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// presses are the buttons of the page by the last part of their path: what each does,
// and where the buyer goes then. The caller holds mu.
var presses = map[string]func(*Simulator, *session, *http.Request) (to string, err error){
	"pay": func(s *Simulator, o *session, r *http.Request) (string, error) {
		err := s.pay(o, chosen(r))
		if err == nil && o.intent.status == "requires_action" {
			return instructionsPath + o.intent.id, nil
		}
		return o.success, err
	},
	"later": func(s *Simulator, o *session, _ *http.Request) (string, error) { return o.success, s.process(o) },
	"decline": func(s *Simulator, o *session, r *http.Request) (string, error) {
		code := declines[0]
		if asked := r.PostFormValue("code"); asked != "" {
			code = asked
		}
		return o.page(), s.decline(o, chosen(r), code)
	},
	"challenge": func(s *Simulator, o *session, r *http.Request) (string, error) {
		return o.page(), s.challenge(o, chosen(r))
	},
	"pass": func(s *Simulator, o *session, _ *http.Request) (string, error) {
		return o.success, s.authenticate(o, true)
	},
	"fail": func(s *Simulator, o *session, _ *http.Request) (string, error) {
		return o.page(), s.authenticate(o, false)
	},
	"cancel": func(_ *Simulator, o *session, _ *http.Request) (string, error) {
		return o.cancel, nil // nothing happens to the session
	},
}

// page is where the session is paid, on this host.
func (o *session) page() string { return payPath + url.PathEscape(o.id) }

// chosen is the instrument that a form names.
func chosen(r *http.Request) Instrument {
	for _, c := range choices {
		if c.Value == r.PostFormValue("with") {
			return c.with
		}
	}
	return Instrument{}
}

// instructionsView is where a buyer transfers to.
type instructionsView struct {
	Amount  string // that is missing
	Arrived string // "" while nothing has
	Fields  []instructionsField
	Back    string
}

type instructionsField struct{ Label, Value string }

// showInstructions is the page that says how to transfer, and how much is missing.
func (s *Simulator) showInstructions(w http.ResponseWriter, id string) {
	s.mu.Lock()
	s.pass()
	i := s.begun[id]
	var view instructionsView
	if i != nil && i.session.transfer != "" {
		view = instructionsPage(i)
	}
	s.mu.Unlock()
	switch {
	case view.Back == "":
		refuse(w, ErrNoSession)
	case view.Amount == "":
		pages.Say(w, http.StatusOK, page.Message{
			Title: "Nothing to transfer", Text: "The money has arrived, or is not wanted any more.", Back: view.Back,
		})
	default:
		pages.Show(w, http.StatusOK, "instructions.html", view)
	}
}

// instructionsPage draws it up. The caller holds mu.
func instructionsPage(i *intent) instructionsView {
	o := i.session
	view := instructionsView{Back: o.success}
	if i.status != "requires_action" {
		return view
	}
	view.Amount = written(o.currency, i.remaining)
	if came := o.amount - i.remaining; came > 0 {
		view.Arrived = written(o.currency, came)
	}
	view.Fields = []instructionsField{{"To", accountHolder}}
	for _, f := range accountOf(o).fields {
		if f.label != "" {
			view.Fields = append(view.Fields, instructionsField{f.label, f.value})
		}
	}
	view.Fields = append(view.Fields, instructionsField{"Reference", i.reference()})
	return view
}
