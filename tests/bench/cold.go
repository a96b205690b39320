package main

import (
	"fmt"
	"net/http"
	"os"
	"time"
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
	got, err := invoke(p, asked.event, asked.status)
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

// coldStarts is the first part of the table.
func coldStarts(ours, naive side, rounds int) ([]figure, map[string]*starts, error) {
	s := ours.shop
	names, err := s.functions()
	if err != nil {
		return nil, nil, err
	}
	variants := []variant{{label: "hello", binary: "hello", ask: ours.plain("get-payment/offered.json", http.StatusOK)}}
	for _, name := range names {
		ask, ok := ours.requests()[name]
		if !ok {
			return nil, nil, fmt.Errorf("%s: nobody has said what it is asked first (request.go)", name)
		}
		if name == "webhook" {
			ask = ours.unsigned // as on AWS, where no CA is named; see webhookCA
		}
		variants = append(variants, variant{label: name, binary: name, ask: ask})
	}
	for _, name := range compared {
		env := map[string]string{"ROUTE": name}
		variants = append(variants,
			variant{label: "near naive " + name, binary: "naive", env: env, ask: naive.requests()[name]},
			variant{label: "near " + name, binary: name, env: s.webhookCA(name), ask: ours.requests()[name]},
			variant{label: "far " + name, binary: name, env: s.webhookCA(name), ask: ours.requests()[name], delay: away},
			variant{label: "far naive " + name, binary: "naive", env: env, ask: naive.requests()[name], delay: away})
	}
	variants = append(variants, variant{label: "one root", binary: "create-payment", env: s.oneRoot(), ask: ours.create})
	got, err := s.rounds(rounds, variants)
	if err != nil {
		return nil, nil, err
	}
	var figures []figure
	for _, name := range names {
		figures = append(figures, figure{
			name: name + ": exec to first next", ours: got[name].next.in("ms"),
			reference: "hello " + got["hello"].next.in("ms"), ratio: got[name].next.over(got["hello"].next), target: startTarget,
		})
	}
	for _, name := range compared {
		for _, where := range []struct{ label, text string }{{"near ", ""}, {"far ", ", 20 ms per round trip"}} {
			us, them := got[where.label+name], got[where.label+"naive "+name]
			figures = append(figures, figure{
				name: name + ": exec to first answer" + where.text, ours: us.answer.in("ms"),
				reference: "naive " + them.answer.in("ms"), ratio: us.answer.over(them.answer), target: answerTarget,
			})
		}
		us, them := got["near "+name], got["near naive "+name]
		figures = append(figures, figure{
			name: name + ": CPU to first answer", ours: us.cpu.in("ms"),
			reference: "naive " + them.cpu.in("ms"), ratio: us.cpu.over(them.cpu),
		})
	}
	return figures, got, nil
}
