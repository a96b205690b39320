package oracle

import (
	"slices"
	"strings"
)

// transitions are all steps from one state to another that there are, of a payment as
// its merchant is told of it and of each thing in its row. A report that comes by one of
// them in no life has not been where it says.
var transitions = steps(`
	payment     none                awaiting_approval
	payment     awaiting_approval   approved checking pending captured partially_refunded refunded declined expired review
	payment     approved            checking pending captured partially_refunded refunded declined review
	payment     checking            pending captured partially_refunded refunded declined review
	payment     pending             captured declined awaiting_approval
	payment     captured            partially_refunded refunded review
	payment     partially_refunded  refunded
	payment     declined            awaiting_approval approved checking pending captured partially_refunded refunded review
	payment     expired             awaiting_approval
	attempt     live                superseded
	order       none                waiting unknown
	order       waiting             approved completed voided unknown
	order       approved            completed voided
	order       unknown             waiting completed
	capture     none                pending completed partially_refunded refunded failed
	capture     pending             completed failed
	capture     completed           partially_refunded refunded
	capture     partially_refunded  refunded
	refund      none                pending completed
	refund      pending             completed failed
	reservation none                reserved
	reservation reserved            made refused doubtful
	reservation doubtful            made
	dispute     none                open closed
	dispute     open                closed
	turn        nobody              paypal stripe
	turn        paypal              paypal stripe
	turn        stripe              paypal stripe
	ideal       chosen              paypal stripe
	session     none                waiting unknown
	session     waiting             completed voided
	session     unknown             waiting completed
	intent      none                pending completed failed
	intent      pending             completed failed
	stripe-refund none              pending completed
	stripe-refund pending           completed failed
	stripe-refund completed         failed
	stripe-dispute none             open closed
	stripe-dispute open             closed
	payout      none                on_its_way arrived failed
	payout      on_its_way          arrived failed
	payout      arrived             failed
`)

// oddities are steps that there are as well, and that take two misfortunes or a lie of
// a provider's in the right moment: a run need not come by them.
var oddities = steps(`
	payment     approved            awaiting_approval
	payment     checking            awaiting_approval
	payment     pending             partially_refunded refunded review
	payment     captured            pending
	payment     partially_refunded  pending review
	payment     refunded            pending review
	payment     expired             approved checking declined pending captured partially_refunded refunded review
	payment     review              awaiting_approval approved checking pending captured partially_refunded refunded declined expired
	order       approved            waiting unknown
	order       completed           unknown
	order       unknown             approved voided
	capture     none                unclear
	capture     unclear             pending completed partially_refunded refunded failed
	capture     pending             partially_refunded refunded unclear
	capture     completed           unclear
	capture     partially_refunded  unclear
	capture     refunded            unclear
	refund      none                failed unclear
	refund      unclear             pending completed failed
	refund      pending             unclear
	refund      completed           unclear
	reservation doubtful            refused
	session     unknown             voided
	session     waiting             unknown
	session     completed           unknown
	intent      none                unclear
	intent      unclear             pending completed failed
	intent      pending             unclear
	intent      completed           unclear
	stripe-refund none              failed unclear
	stripe-refund unclear           pending completed failed
	stripe-refund completed         unclear
	stripe-refund pending           unclear
`)

// steps reads a table of steps: what has the states, the one, and those that follow.
func steps(table string) (all []string) {
	for line := range strings.Lines(table) {
		words := strings.Fields(line)
		for _, to := range words[min(2, len(words)):] {
			all = append(all, step(words[0], words[1], to))
		}
	}
	return all
}

func step(kind, from, to string) string { return kind + ": " + from + " > " + to }

// Transitions are all that a report has to come by.
func Transitions() []string { return slices.Clone(transitions) }

// Taken is how often each step was taken.
func (o *Oracle) Taken() map[string]int { return o.taken }

// moved holds that every step a row has taken from one version to the next is one that
// there is: I20.
func (o *Oracle) moved(before, after payment) {
	for n, a := range after.Attempts[min(len(before.Attempts), len(after.Attempts)):] {
		o.turned(after, len(before.Attempts)+n, a)
	}
	was, is := before.standing(), after.standing()
	for t, state := range is {
		if was[t] == state {
			continue
		}
		from := was[t]
		if from == "" {
			from = t.kind.before()
		}
		taken := step(string(t.kind), from, state)
		o.taken[taken]++
		o.hold("I20", possible[taken], "%s: %s %s is %s and was %s", after.ID, t.kind, t.id, state, from)
	}
}

// turned notes who carries a new attempt: after whom, and of the method that both
// providers carry, whom its buyer was sent to.
func (o *Oracle) turned(p payment, n int, a attempt) {
	from := "nobody"
	if n > 0 {
		from = p.Attempts[n-1].Provider
	}
	o.taken[step("turn", from, a.Provider)]++
	if a.Method == eitherCarries {
		o.taken[step(eitherCarries, "chosen", a.Provider)]++
	}
}

// eitherCarries is the method of the simulated shop that both providers carry.
const eitherCarries = "ideal"

// possible are all the steps there are.
var possible = func() map[string]bool {
	all := map[string]bool{}
	for _, s := range slices.Concat(transitions, oddities) {
		all[s] = true
	}
	return all
}()

// thing is what has states, by what its provider or we call it.
type thing struct {
	kind kind
	id   string
}

type kind string

// before is what a thing is that no row has had yet.
func (k kind) before() string {
	if k == "attempt" {
		return "live"
	}
	return "none"
}

// standing is the state of everything in a row.
func (p payment) standing() map[thing]string {
	states := map[thing]string{}
	if p.ID != "" {
		states[thing{"payment", p.ID}] = p.status
	}
	for _, a := range p.Attempts {
		states[thing{whose("order", a.Order), a.Order}] = or(a.State, "unknown")
		if a.Superseded {
			states[thing{"attempt", a.Order}] = "superseded"
		}
	}
	for _, c := range p.Captures {
		states[thing{whose("capture", c.ID), c.ID}] = c.State
	}
	for _, f := range p.Refunds {
		states[thing{whose("refund", f.ID), f.ID}] = f.State
	}
	for _, r := range p.Reserved {
		states[thing{"reservation", r.ID}] = p.became(r)
	}
	for _, d := range p.Disputes {
		states[thing{whose("dispute", d.ID), d.ID}] = map[bool]string{true: "open", false: "closed"}[d.Open]
	}
	return states
}

// stripes are what Stripe's things are called here, by what PayPal's are, and how their
// ids begin.
var stripes = map[kind]struct {
	kind   kind
	begins []string
}{
	"order": {"session", []string{"cs_"}}, "capture": {"intent", []string{"pi_"}}, "refund": {"stripe-refund", []string{"re_", "pyr_"}},
	"dispute": {"stripe-dispute", []string{"du_"}},
}

// whose tells the one provider's things from the other's.
func whose(k kind, id string) kind {
	if s := stripes[k]; slices.ContainsFunc(s.begins, func(b string) bool { return strings.HasPrefix(id, b) }) {
		return s.kind
	}
	return k
}

// became is what a reserved refund has come to.
func (p payment) became(r reservation) string {
	switch {
	case slices.ContainsFunc(p.Refunds, func(m movement) bool { return m.Own == r.ID }):
		return "made"
	case r.Refused != nil:
		return "refused"
	case r.Doubt != nil:
		return "doubtful"
	}
	return "reserved"
}
