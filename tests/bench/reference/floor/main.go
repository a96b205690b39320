// Command floor makes the calls that a function was seen to make, byte for byte,
// over bare net/http under the same runtime, and does nothing else: what the
// function adds to it is the price of its own work and of its clients.
//
// CALLS names a JSON file: a list of url, method, header and body.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

type call struct {
	URL    string      `json:"url"`
	Method string      `json:"method"`
	Header http.Header `json:"header"`
	Body   []byte      `json:"body"`
}

func main() {
	var calls []call
	text, err := os.ReadFile(os.Getenv("CALLS"))
	if err == nil {
		err = json.Unmarshal(text, &calls)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "floor:", err)
		os.Exit(1)
	}
	lambda.Start(func(ctx context.Context, _ events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		for _, c := range calls {
			if err := c.make(ctx); err != nil {
				return events.APIGatewayV2HTTPResponse{}, err
			}
		}
		return events.APIGatewayV2HTTPResponse{StatusCode: http.StatusOK}, nil
	})
}

// make sends the call and reads its answer to the end, so that the connection
// serves the next one.
func (c call) make(ctx context.Context) error {
	r, err := http.NewRequestWithContext(ctx, c.Method, c.URL, bytes.NewReader(c.Body))
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
