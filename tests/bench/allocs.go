package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/serverless-checkout/serverless-checkout/shared/setup"
)

// errand is a function and the events it is asked, in a process of this command.
type errand struct {
	Function string   `json:"function"`
	Events   [][]byte `json:"events"`
	Calls    []call   `json:"calls"`
	Times    int      `json:"times"`
}

// functionItself asks a function's own handler, without the Lambda library around
// it, in the environment of a function.
func functionItself(order []byte) (t taken, err error) {
	var e errand
	if err := json.Unmarshal(order, &e); err != nil {
		return t, err
	}
	h, err := setup.Handlers()
	if err != nil {
		return t, err
	}
	handler := h.CreatePayment()
	if e.Function == "get-payment" {
		handler = h.GetPayment()
	}
	asked := 0
	return repeat(e.Times, func() error {
		answer, err := handle(handler, e.Events[asked%len(e.Events)])
		asked++
		if err == nil && answer.StatusCode/100 != 2 {
			err = fmt.Errorf("%s answers %d: %s", e.Function, answer.StatusCode, answer.Body)
		}
		return err
	})
}

// handle reads an event as the Lambda library does, and has it handled.
func handle[E, A any](do func(context.Context, E) (A, error), event []byte) (answer A, err error) {
	var e E
	if err := json.Unmarshal(event, &e); err != nil {
		return answer, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return do(ctx, e)
}

// bareCalls makes the calls of an errand, as the floor does.
func bareCalls(order []byte) (t taken, err error) {
	var e errand
	if err := json.Unmarshal(order, &e); err != nil {
		return t, err
	}
	return repeat(e.Times, func() error {
		for _, c := range e.Calls {
			if err := c.make(); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c call) make() error {
	r, err := http.NewRequest(c.Method, c.URL, bytes.NewReader(c.Body))
	if err != nil {
		return err
	}
	r.Header = c.Header.Clone()
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return err
	}
	if answer.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s", c.Method, c.URL, answer.Status)
	}
	return nil
}
