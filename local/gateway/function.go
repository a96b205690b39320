package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

// Function is a Lambda function behind the API. It must be safe for concurrent
// use, which in Lambda it need not be: there every instance serves one request
// at a time.
type Function func(ctx context.Context, e events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error)

const (
	// gatewayCut is after how long the gateway stops waiting for a function.
	gatewayCut = 30 * time.Second
	// payloadLimit is what Lambda takes and gives at most in one synchronous
	// call, in bytes of JSON.
	payloadLimit = 6291556
)

var (
	errTimedOut = errors.New("timed out")
	errCut      = errors.New("the gateway stopped waiting")
	errVanished = errors.New("its goroutine ended without an answer")
)

// outcome is how a call ended: an answer as JSON, or an error.
type outcome struct {
	answer []byte
	err    error
}

// call runs the function as Lambda would. The context ends after timeout and
// not when the caller goes away: a purchase goes on when the tab is closed. A
// function that outlives its time is left behind and its answer thrown away;
// Lambda would have killed it.
func call(f Function, timeout time.Duration, requestID string, event []byte) outcome {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	ctx = lambdacontext.NewContext(ctx, &lambdacontext.LambdaContext{AwsRequestID: requestID})
	ended := make(chan outcome, 1)
	go func() {
		defer cancel() // after the outcome was sent
		o := outcome{err: errVanished}
		defer func() { ended <- o }()
		o = run(ctx, f, event)
	}()
	cut := time.NewTimer(gatewayCut)
	defer cut.Stop()
	select {
	case o := <-ended:
		return o
	case <-ctx.Done():
		select {
		case o := <-ended: // it ended, and so the context did
			return o
		default:
			return outcome{err: errTimedOut}
		}
	case <-cut.C:
		return outcome{err: errCut}
	}
}

// run is what happens inside the function's own process.
func run(ctx context.Context, f Function, event []byte) (o outcome) {
	defer func() {
		if v := recover(); v != nil {
			o = outcome{err: fmt.Errorf("panic: %v\n%s", v, debug.Stack())}
		}
	}()
	var e events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal(event, &e); err != nil {
		return outcome{err: err}
	}
	answer, err := f(ctx, e)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return outcome{err: errTimedOut}
	}
	if err != nil {
		return outcome{err: err}
	}
	text, err := json.Marshal(answer)
	if err == nil && len(text) > payloadLimit {
		err = fmt.Errorf("an answer of %d bytes, over Lambda's %d", len(text), payloadLimit)
	}
	return outcome{answer: text, err: err}
}
