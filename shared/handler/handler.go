// Package handler is the edge: an API Gateway event in, an answer out. It reads
// what a caller sent, strictly, calls one use case, and turns what came of it
// into a status and a body. The one map from error to status is in problem.go.
package handler

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/wording"
)

// HTTP is what a function behind API Gateway runs.
type HTTP func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error)

// Handlers are the routes over one checkout.
type Handlers struct {
	Checkout *checkout.Service
	Log      *slog.Logger
	Brand    string // the shop's name, as buyers know it; may be empty

	// Begin is called when an invocation begins, and does not wait for anything; it
	// may be nil. What an invocation is going to need can be fetched meanwhile.
	Begin func()
}

func (h Handlers) begin() {
	if h.Begin != nil {
		h.Begin()
	}
}

// answer is what a route gives back: a status, a body to be written as JSON, and
// the few headers that differ.
type answer struct {
	status     int
	body       any
	location   string
	retryAfter time.Duration
	language   wording.Language // in which it was written for whoever asked

	// Of what is not JSON: its media type and the text, instead of a body.
	media string
	text  string
	next  string // where the next page is, relative to the API

	policy string // Content-Security-Policy of what a browser shows
}

// route reads a request and answers it; an error goes through the one map.
type route func(context.Context, request) (answer, error)

// serve wraps a route in what every one needs: a panic is a problem and not a
// dead function, every answer carries the same headers, one line is logged, and
// nothing a caller sent or a provider said is in it.
func (h Handlers) serve(name string, do route) HTTP {
	return func(ctx context.Context, event events.APIGatewayV2HTTPRequest) (out events.APIGatewayV2HTTPResponse, _ error) {
		h.begin()
		in := read(event)
		defer func() {
			if fault := recover(); fault != nil {
				h.Log.Error("panic", "route", name, "request", in.id, "panic", fmt.Sprint(fault))
				out = write(problem(&checkout.Error{Kind: checkout.KindInternal}, in))
			}
		}()
		result, err := do(ctx, in)
		if err != nil {
			result = problem(err, in)
		}
		h.log(name, in, result.status, err)
		return write(result), nil
	}
}

func (h Handlers) log(name string, in request, status int, err error) {
	level := slog.LevelInfo
	if status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	attrs := []slog.Attr{slog.String("route", name), slog.String("request", in.id), slog.Int("status", status)}
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	h.Log.LogAttrs(context.Background(), level, "request", attrs...)
}

// write is the only place an answer is put together.
func write(a answer) events.APIGatewayV2HTTPResponse {
	out := events.APIGatewayV2HTTPResponse{
		StatusCode: a.status,
		Headers: map[string]string{
			"content-type":              "application/json; charset=utf-8",
			"cache-control":             "no-store",
			"x-content-type-options":    "nosniff",
			"strict-transport-security": "max-age=31536000; includeSubDomains",
		},
	}
	if _, ok := a.body.(problemBody); ok {
		out.Headers["content-type"] = "application/problem+json"
	}
	if a.media != "" {
		out.Headers["content-type"] = a.media
	}
	if a.next != "" {
		out.Headers["link"] = "<" + a.next + `>; rel="next"` // RFC 8288
	}
	if a.policy != "" {
		out.Headers["content-security-policy"], out.Headers["referrer-policy"] = a.policy, "no-referrer"
	}
	if a.location != "" {
		out.Headers["location"] = a.location
	}
	if a.retryAfter > 0 {
		out.Headers["retry-after"] = strconv.Itoa(int((a.retryAfter + time.Second - 1) / time.Second))
	}
	if a.language != "" {
		out.Headers["content-language"], out.Headers["vary"] = string(a.language), "Accept-Language"
	}
	if a.media != "" {
		out.Body = a.text
		return out
	}
	body, err := json.Marshal(a.body)
	if err != nil {
		// Every body is a plain struct of ours; this cannot happen and is not
		// worth losing an answer over.
		out.StatusCode, body = http.StatusInternalServerError, []byte(`{}`)
	}
	out.Body = string(body)
	return out
}
