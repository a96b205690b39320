package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"testing/synctest"
	"time"

	"github.com/serverless-checkout/serverless-checkout/tests/simulate/oracle"
)

// party is one invocation on its way. It runs by itself between two calls to the
// outside; at each it waits until the scheduler lets it go on, so that one party moves
// and no other does.
type party struct {
	*ask
	world     *world
	n         int
	name      string
	container *container
	deadline  time.Time
	resume    chan verdict

	at        call   // where it waits
	calls     []call // that it has made, the last one included
	done      bool   // it has answered
	dead      bool   // it will not move again
	reply     reply
	completed map[string]int // charges that were there when it began
}

// start begins an invocation and lets it come to its first call.
func (w *world) start(a *ask) *party {
	p := &party{ask: a, world: w, n: len(w.parties), resume: make(chan verdict), completed: w.oracle.Completed()}
	p.name = fmt.Sprintf("#%d %s", p.n, p.function)
	p.container = w.open(p)
	// No two deadlines fall into one moment, nor one into the end of a call: which comes
	// first would be nobody's choice.
	p.deadline = time.Now().Add(a.lasts() + time.Duration(17*p.n+7)*time.Microsecond)
	p.deaf = p.deaf || w.deafens(p.n)
	w.parties = append(w.parties, p)
	w.note("%s begins", p)
	go p.run()
	w.wait(p)
	return p
}

func (p *party) String() string { return p.name }

func (p *party) run() {
	room()
	ctx, cancel := context.WithDeadline(context.Background(), p.deadline)
	defer cancel()
	p.reply = p.container.invoke(ctx, p.ask)
	if !p.dead {
		p.done = true
		p.world.notices <- p
	}
}

// room makes a stack as large as an invocation needs, once and while there is nothing
// on it: it would double step by step, and all that stands on it be moved each time.
//
//go:noinline
func room() (used byte) {
	var stack [24 << 10]byte
	for i := 0; i < len(stack); i += 4 << 10 {
		used += stack[i]
	}
	return used
}

// enter is called before each call to the outside and comes back when it may be made.
// Whoever is dead, and whoever is left when the world ends, comes back never: what was
// deferred runs, but every call in it ends here as well.
func (p *party) enter(c call) verdict {
	if p.dead {
		runtime.Goexit()
	}
	p.at = c
	p.calls = append(p.calls, c)
	p.world.notices <- p
	select {
	case v := <-p.resume:
		return v
	case <-p.world.over:
		p.dead = true
		runtime.Goexit()
	}
	return verdict{}
}

// leave is called when the effect of a call is done.
func (p *party) leave(v verdict) {
	if v.dies == lives {
		return
	}
	p.dead = true
	p.world.notices <- p
	<-p.world.over
	runtime.Goexit()
}

// wait comes back when the party waits, has answered or is dead.
func (w *world) wait(p *party) {
	if moved := <-w.notices; moved != p {
		panic(fmt.Sprintf("%s moved when it was the turn of %s", moved, p))
	}
}

// step lets a party make the call it waits at, and come to the next.
func (w *world) step(p *party, v verdict) {
	synctest.Wait() // what ends in this very moment has ended: who is told first is nobody's choice
	w.lookLate()
	if v.fault != "" {
		w.fired[v.fault]++
	}
	if v.dies == before {
		p.dead = true
		w.note("%s dies before %s", p, p.at)
		w.bury(p)
		return
	}
	made := p.at
	p.resume <- v
	w.wait(p)
	switch {
	case p.dead:
		w.note("%s dies at %s, %s", p, made, v.dies)
		if v.dies == lost {
			w.until(p.deadline.Add(511 * time.Microsecond))
		}
		w.bury(p)
	case p.done:
		w.end(p)
	case !time.Now().Before(p.deadline):
		p.dead = true
		w.note("%s is ended at its deadline", p)
		w.bury(p)
	}
}

// bury notes the end of an invocation that never answered.
func (w *world) bury(p *party) {
	w.close(p)
	w.deaths++
	w.oracle.Books()
	w.oracle.Ended(p.function)
}

// end hands the answer to whoever asked, and to the oracle.
func (w *world) end(p *party) {
	w.close(p)
	w.oracle.Ended(p.function)
	if p.deaf {
		w.note("%s answers %d, and nobody hears it", p, p.reply.status)
		return
	}
	w.note("%s answers %d", p, p.reply.status)
	w.oracle.Told(oracle.Answer{
		Function: p.function, Status: p.reply.status, Body: p.reply.body, Key: p.key, Print: p.print, Total: p.total, Payment: p.payment,
		Intruder: p.intruder, Completed: p.completed, Capture: p.capture, Dispute: p.dispute, Genuine: p.genuine,
	})
	if p.hears != nil {
		p.hears(p.reply)
	}
}

// moving reports whether a party may make another call.
func (p *party) moving() bool { return !p.done && !p.dead }

// finish lets a party go on to its end, alone, as the world's plan has it.
func (w *world) finish(p *party) *party {
	for p.moving() {
		w.step(p, w.verdict(p))
	}
	return p
}

// run begins an invocation and lets it go on to its end.
func (w *world) run(a *ask) *party { return w.finish(w.start(a)) }

// verdict is what the plan says of the call a party waits at.
func (w *world) verdict(p *party) verdict {
	if w.swarm != nil {
		return w.swarm.verdict(p.at)
	}
	for _, s := range w.strikes {
		if s.invocation == p.n && s.call == len(p.calls)-1 && s.dies != told {
			return s.verdict
		}
	}
	return verdict{}
}

// deafens reports whether nobody is to hear the answer of the nth invocation.
func (w *world) deafens(n int) bool {
	return slices.ContainsFunc(w.strikes, func(s strike) bool { return s.invocation == n && s.dies == told })
}

// until lets time pass, up to a moment.
func (w *world) until(t time.Time) {
	if wait := time.Until(t); wait > 0 {
		time.Sleep(wait)
	}
}
