package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/handler"
	"github.com/serverless-checkout/serverless-checkout/shared/setup"
)

// container is one function's process: set up as the deployed one is, with clients of both
// providers and a token of its own. It serves one invocation at a time, and only its party
// says which.
type container struct {
	world    *world
	function string
	handlers handler.Handlers
	party    *party
	held     bool // the secret has been fetched
}

// open gives an invocation a container: a new one, or one that is warm.
func (w *world) open(p *party) *container {
	if free := w.warm[p.function]; len(free) > 0 {
		c := free[len(free)-1]
		w.warm[p.function] = free[:len(free)-1]
		c.party = p
		return c
	}
	c := &container{world: w, function: p.function, party: p}
	var err error
	config, one := shop.only[w.only]
	if !one {
		config = shop.config
	}
	if c.function != "webhook" {
		config.PayPalCA = nil // only a webhook has to know who has signed it, and to read a certificate takes its time
	}
	c.handlers, err = setup.Build(config, setup.Parts{
		Store: tableSeam{c}, Secrets: c.secret, Clock: clockSeam{c}, WriteID: w.writeID, Transport: networkSeam{c}, Log: w.log,
	})
	w.must(err)
	return c
}

// close keeps a container for the next invocation, where containers are kept; one that
// died is gone.
func (w *world) close(p *party) {
	if w.keepsWarm && p.done {
		w.warm[p.function] = append(w.warm[p.function], p.container)
	}
}

var errNoSecret = errors.New("simulate: the secret cannot be read")

// secret is the source of secrets. Each container reads it once.
func (c *container) secret(context.Context, *setup.Secrets) (*setup.Secrets, error) {
	if c.held {
		return shop.secrets, nil
	}
	p := c.party
	v := p.enter(call{seam: seamSecret, what: "read"})
	time.Sleep(c.world.takes(tableTime))
	if v.fault == secretDown {
		return nil, errNoSecret
	}
	c.held = true
	p.leave(v)
	return shop.secrets, nil
}

// clockSeam is the bubble's time. Whoever sleeps lets others go first.
type clockSeam struct{ *container }

func (clockSeam) Now() time.Time { return time.Now().Round(0) }

func (clockSeam) Left(deadline time.Time) time.Duration { return time.Until(deadline) }

func (c clockSeam) Sleep(ctx context.Context, d time.Duration) {
	p := c.party
	v := p.enter(call{seam: seamClock, what: "sleep"})
	wait(ctx, d)
	p.leave(v)
}

// reply is what an invocation gave back.
type reply struct {
	status int
	body   []byte
}

// invoke calls the function with its event, as the runtime does.
func (c *container) invoke(ctx context.Context, a *ask) reply {
	if a.first != nil {
		v := c.party.enter(call{seam: a.where, what: "buyer", touches: string(a.where), changes: true})
		a.first()
		c.party.leave(v)
	}
	routes := map[string]func() handler.HTTP{
		"create-payment": c.handlers.CreatePayment, "capture-payment": c.handlers.CapturePayment, "get-payment": c.handlers.GetPayment,
		"new-attempt": c.handlers.NewAttempt, "refund": c.handlers.Refund, "webhook": c.handlers.Webhook,
		"merchant-payments": c.handlers.MerchantPayments, "review": c.handlers.Review,
	}
	if route := routes[a.function]; route != nil {
		answer, err := route()(ctx, a.event)
		if err != nil {
			return reply{http.StatusInternalServerError, []byte(`{}`)}
		}
		return reply{answer.StatusCode, []byte(answer.Body)}
	}
	var done any
	var err error
	switch a.function {
	case "nothing":
		return reply{http.StatusOK, []byte(`{}`)}
	case "sweep":
		done, err = c.handlers.Sweep()(ctx, nil)
	case "settlement":
		done, err = c.handlers.Settlement()(ctx, nil)
	default:
		panic("simulate: there is no function " + a.function)
	}
	if err != nil {
		return reply{http.StatusBadGateway, []byte(`{}`)} // the schedule starts it again
	}
	body, _ := json.Marshal(done)
	return reply{http.StatusOK, body}
}

var _ checkout.Clock = clockSeam{}

// event is a request as API Gateway hands it on (HTTP API, payload 2.0): names of
// headers in small letters.
func event(request, body string, path, header map[string]string) events.APIGatewayV2HTTPRequest {
	if body != "" {
		header["content-type"] = "application/json"
	}
	e := events.APIGatewayV2HTTPRequest{Version: "2.0", Headers: header, PathParameters: path, Body: body}
	e.RequestContext.RequestID = request
	return e
}

// journal hands every line of the log to the oracle.
type journal struct{ world *world }

func (j journal) Write(line []byte) (int, error) {
	j.world.oracle.Logged(line)
	return len(line), nil
}

func logger(w *world) *slog.Logger { return slog.New(slog.NewJSONHandler(journal{w}, nil)) }
