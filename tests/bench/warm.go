package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/serverless-checkout/serverless-checkout/tests/runtime"
)

// warmTarget is what a warm invocation may cost, to the same calls made bare.
const warmTarget = 1.30

// batch is how many invocations one sample is made of.
const batch = 60

// warm compares the CPU of a warm invocation with that of a bare program that makes
// the same calls, as they were recorded from the function itself.
func warm(ours, atStripe side, rounds int) (figures []figure, err error) {
	for _, one := range []struct {
		side side
		name string
		what string
	}{{ours, "create-payment", ""}, {atStripe, "create-payment", " at Stripe"}, {ours, "get-payment", ""}} {
		f, err := warmOne(one.side, one.name, one.name+one.what, rounds)
		if err != nil {
			return nil, fmt.Errorf("warm %s%s: %w", one.name, one.what, err)
		}
		figures = append(figures, f...)
	}
	return figures, nil
}

func warmOne(ours side, name, what string, rounds int) (f []figure, err error) {
	s := ours.shop
	function, err := s.start(name)
	if err != nil {
		return f, err
	}
	defer function.Kill()
	ask := ours.requests()[name]
	// The last of three: before it, what is kept is fetched from both providers.
	var calls []call
	for range 3 {
		asked, err := ask()
		if err != nil {
			return f, err
		}
		calls, err = s.up.during(func() error {
			_, err := asked.of(function)
			return err
		})
		if err != nil {
			return f, err
		}
	}
	floor, err := s.floor(calls)
	if err != nil {
		return f, err
	}
	defer floor.Kill()
	var us, them samples
	for round := range rounds + 1 {
		a, err := perInvocation(function, ask)
		if err != nil {
			return f, err
		}
		b, err := perInvocation(floor, func() (request, error) {
			asked, err := ask()
			return request{event: asked.event, status: http.StatusOK}, err
		})
		if err != nil {
			return f, err
		}
		if round > 0 {
			us, them = append(us, a), append(them, b)
		}
	}
	f = []figure{{
		name: what + ": CPU of a warm invocation", ours: us.in("ms"), reference: fmt.Sprintf("the same %d calls bare %s", len(calls), them.in("ms")),
		ratio: us.over(them), target: warmTarget, note: fmt.Sprintf("%s; %d invocations a sample", named(calls), batch),
	}}
	allocated, err := s.allocations(name, what, ask, calls)
	return append(f, allocated), err
}

// named tells calls by what they ask for.
func named(calls []call) string {
	var names []string
	for _, c := range calls {
		name := c.Method + " " + c.URL
		if u, err := url.Parse(c.URL); err == nil {
			name = c.Method + " " + u.Path
		}
		if _, operation, ok := strings.Cut(c.Header.Get("X-Amz-Target"), "."); ok {
			name = operation
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// allocations compares what a handler allocates with what its calls alone do, each
// in a process of its own and without the Lambda library.
func (s *shop) allocations(name, what string, ask func() (request, error), calls []call) (f figure, err error) {
	e := errand{Function: name, Calls: calls, Times: 300}
	for range e.Times + e.Times/10 {
		asked, err := ask()
		if err != nil {
			return f, err
		}
		e.Events = append(e.Events, asked.event)
	}
	env := []string{
		"AWS_REGION=" + runtime.Region, "AWS_ACCESS_KEY_ID=" + runtime.AccessKey,
		"AWS_SECRET_ACCESS_KEY=" + runtime.SecretKey, "AWS_SESSION_TOKEN=" + runtime.SessionToken,
	}
	for _, set := range []map[string]string{s.env, s.deployed} {
		for name, value := range set {
			env = append(env, name+"="+value)
		}
	}
	us, err := inChild(e, env, "function")
	if err != nil {
		return f, err
	}
	them, err := inChild(e, env, "calls")
	return figure{
		name: what + ": allocations of a warm invocation", ours: number(us.Allocs) + " (" + number(us.Bytes/1024) + " KiB)",
		reference: fmt.Sprintf("the same %d calls bare %s (%s KiB)", len(calls), number(them.Allocs), number(them.Bytes/1024)),
		ratio:     samples{us.Allocs / them.Allocs}, note: "the handler without the Lambda library",
	}, err
}

// floor starts the bare program with the calls it has to make.
func (s *shop) floor(calls []call) (*runtime.Process, error) {
	text, err := json.Marshal(calls)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(s.binaries, "calls.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return nil, err
	}
	return s.start("floor", map[string]string{"CALLS": file})
}

// perInvocation is the CPU of one invocation, in ms: that of a batch, divided. Its
// requests are made before, so that only the process under test is at work.
func perInvocation(p *runtime.Process, ask func() (request, error)) (float64, error) {
	asked := make([]request, batch)
	for i := range asked {
		var err error
		if asked[i], err = ask(); err != nil {
			return 0, err
		}
	}
	before, err := cpuOf(p.PID())
	if err != nil {
		return 0, err
	}
	for _, a := range asked {
		if _, err := a.of(p); err != nil {
			return 0, err
		}
	}
	after, err := cpuOf(p.PID())
	return (after - before) / batch, err
}
