package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/provider/paypal"
)

// variant is one binary with its environment and what it is asked first.
type variant struct {
	label  string
	binary string
	env    map[string]string
	ask    func() (request, error)
	delay  time.Duration // per round trip to an upstream
}

// starts are the figures of a variant's cold starts, by rounds.
type starts struct {
	next   samples // ms from exec to the first question for work
	answer samples // ms from exec to the first answer
	cpu    samples // ms of all threads until then
	memory []memory
}

// measure starts a variant once, asks it, and ends it.
func (s *shop) measure(v variant, into *starts) error {
	asked, err := v.ask()
	if err != nil {
		return fmt.Errorf("%s: its request could not be made: %w", v.label, err)
	}
	s.up.delay.Store(int64(v.delay))
	defer s.up.delay.Store(0)
	began := time.Now()
	p, err := s.start(v.binary, v.env)
	if err != nil {
		return err
	}
	defer p.Kill()
	got, err := asked.of(p)
	if err != nil {
		return fmt.Errorf("%s: %w", v.label, err)
	}
	cpu, err := cpuOf(p.PID())
	if err != nil {
		return err
	}
	taken, err := memoryOf(p.PID())
	if err != nil {
		return err
	}
	into.next = append(into.next, ms(p.Init()))
	into.answer = append(into.answer, ms(got.at.Sub(began)))
	into.cpu = append(into.cpu, cpu)
	into.memory = append(into.memory, taken)
	return nil
}

func ms(d time.Duration) float64 { return float64(d) / 1e6 }

// rounds measures all variants in turn, round by round, so that a disturbance of
// the machine meets all of them. The first round is thrown away: it warms the
// caches of the disk.
func (s *shop) rounds(n int, variants []variant) (map[string]*starts, error) {
	measured := map[string]*starts{}
	for round := range n + 1 {
		for _, v := range variants {
			if measured[v.label] == nil {
				measured[v.label] = &starts{}
			}
			into := measured[v.label]
			if round == 0 {
				into = &starts{}
			}
			if err := s.measure(v, into); err != nil {
				return nil, err
			}
		}
		fmt.Fprintf(os.Stderr, "\rcold starts: round %d of %d", round, n)
	}
	fmt.Fprintln(os.Stderr)
	return measured, nil
}

// away is a round trip over some distance: from a region of AWS to a provider's
// nearest house.
const away = 20 * time.Millisecond

// Targets of DESIGN, section 12.
const (
	startTarget  = 1.25
	answerTarget = 0.50
)

// compared are the functions whose first answer is compared with the naive one's.
var compared = []string{"create-payment", "capture-payment", "get-payment", "webhook", "sweep"}

// twice are the functions that speak to a provider before they answer, and whose first
// answer at Stripe is compared with the one at PayPal.
var twice = []string{"create-payment", "capture-payment", "webhook", "refund"}

// coldStarts is the first part of the table.
func (b *bench) coldStarts() ([]figure, map[string]*starts, error) {
	names, err := b.ours.shop.functions()
	if err != nil {
		return nil, nil, err
	}
	for _, name := range names {
		if b.ours.requests()[name] == nil {
			return nil, nil, fmt.Errorf("%s: nobody has said what it is asked first (request.go)", name)
		}
	}
	got, err := b.ours.shop.rounds(b.rounds, slices.Concat(b.beginnings(names), b.answers()))
	if err != nil {
		return nil, nil, err
	}
	unconfigured, err := b.ours.shop.unconfigured(names, b.rounds)
	if err != nil {
		return nil, nil, err
	}
	return slices.Concat(beginningFigures(names, got), []figure{unconfigured}, answerFigures(got)), got, nil
}

// beginnings are the starts whose first question for work is looked at: each function
// beside the same one built without Stripe, for a merchant who has PayPal alone.
func (b *bench) beginnings(names []string) []variant {
	all := []variant{{label: "hello", binary: "hello", ask: b.ours.plain("get-payment/offered.json", http.StatusOK)}}
	for _, name := range names {
		ask := b.ours.requests()[name]
		if name == "webhook" {
			ask = b.ours.unsigned // as on AWS, where no CA is named; see webhookCA
		}
		all = append(all,
			variant{label: name, binary: name, ask: ask},
			variant{label: "without Stripe " + name, binary: filepath.Join(withoutStripe, name), env: payPalAlone, ask: ask})
	}
	return all
}

// payPalAlone is what a merchant sets who has no Stripe.
var payPalAlone = map[string]string{"PROVIDERS": paypal.Name}

// answers are the starts whose first answer is looked at, those that are compared with
// each other side by side.
func (b *bench) answers() (all []variant) {
	s := b.ours.shop
	for _, name := range answering() {
		us := variant{label: name, binary: name, env: s.webhookCA(name), ask: b.ours.requests()[name]}
		group := []variant{us}
		if slices.Contains(compared, name) {
			env := map[string]string{"ROUTE": name}
			group = append(group, variant{label: "naive " + name, binary: "naive", env: env, ask: b.naive.requests()[name]})
		}
		if name == "create-payment" {
			group = append(group, variant{label: "alone " + name, binary: name, env: payPalAlone, ask: us.ask})
		}
		if slices.Contains(twice, name) {
			group = append(group, variant{label: "Stripe " + name, binary: name, env: us.env, ask: b.atStripe.requests()[name]})
		}
		for _, where := range []struct {
			label string
			delay time.Duration
		}{{"near ", 0}, {"far ", away}} {
			for _, v := range group {
				v.label, v.delay = where.label+v.label, where.delay
				all = append(all, v)
			}
		}
	}
	return append(all, variant{label: "one root", binary: "create-payment", env: s.oneRoot(), ask: b.ours.create})
}

// answering are the functions whose first answer is looked at.
func answering() []string {
	names := slices.Clone(compared)
	for _, name := range twice {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// beginningFigures compare how soon each function asks for work with a hello-world, and
// with itself without Stripe: one by one, and all together, which tells smaller
// differences from the machine's noise.
func beginningFigures(names []string, got map[string]*starts) (figures []figure) {
	for _, name := range names {
		figures = append(figures, figure{
			name: name + ": exec to first next", ours: got[name].next.in("ms"),
			reference: "hello " + got["hello"].next.in("ms"), ratio: got[name].next.over(got["hello"].next), target: startTarget,
		})
	}
	var with, without []samples
	for _, name := range names {
		us, them := got[name].next, got["without Stripe "+name].next
		with, without = append(with, us), append(without, them)
		figures = append(figures, figure{
			name: name + ": exec to first next, with Stripe in it", ours: us.in("ms"), reference: "without " + them.in("ms"), ratio: us.over(them),
		})
	}
	us, them := mean(with), mean(without)
	return append(figures, figure{
		name: "mean of all functions: exec to first next, with Stripe in it", ours: us.in("ms"), reference: "without " + them.in("ms"), ratio: us.over(them),
	})
}

// answerFigures compare first answers: with the naive build, with a merchant's who has
// PayPal alone, and Stripe's with PayPal's.
func answerFigures(got map[string]*starts) (figures []figure) {
	for _, name := range compared {
		figures = append(figures, firstAnswers(name, name, "naive", "naive "+name, answerTarget, got)...)
	}
	figures = append(figures, firstAnswers("create-payment, with both providers", "create-payment", "PayPal alone", "alone create-payment", 0, got)...)
	for _, name := range twice {
		figures = append(figures, firstAnswers(name+" at Stripe", "Stripe "+name, "at PayPal", name, 0, got)...)
	}
	return figures
}

// firstAnswers are the lines of a first answer beside another: near, far, and its CPU.
func firstAnswers(what, label, whose, other string, target float64, got map[string]*starts) (figures []figure) {
	for _, where := range []struct{ label, text string }{{"near ", ""}, {"far ", ", 20 ms per round trip"}} {
		us, them := got[where.label+label], got[where.label+other]
		figures = append(figures, figure{
			name: what + ": exec to first answer" + where.text, ours: us.answer.in("ms"),
			reference: whose + " " + them.answer.in("ms"), ratio: us.answer.over(them.answer), target: target,
		})
	}
	us, them := got["near "+label], got["near "+other]
	return append(figures, figure{
		name: what + ": CPU to first answer", ours: us.cpu.in("ms"), reference: whose + " " + them.cpu.in("ms"), ratio: us.cpu.over(them.cpu),
	})
}
