// Command sign makes a delivery of an event of Stripe's in events/webhook, and prints it:
// it puts the ids in that Stripe gave, and a signature with the secret of the events,
// which is good for five minutes.
//
//	go run ./tests/cloud/sign events/webhook/stripe-expired.json SESSION=cs_test_a1b2 > build/event.json
//
// There is none for PayPal, whose simulator alone has the key to sign with.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
	"github.com/serverless-checkout/serverless-checkout/tests/cloud"
)

func main() {
	if err := sign(os.Args[1:], time.Now(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "sign:", err)
		os.Exit(1)
	}
}

// delivery is an event of API Gateway's, as far as a signature hangs on it.
type delivery struct {
	Path    string            `json:"rawPath"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
	Base64  bool              `json:"isBase64Encoded"`
}

// sign prints the event in the file that args name first, with the ids that follow as
// NAME=value.
func sign(args []string, at time.Time, out io.Writer) error {
	if len(args) == 0 {
		return errors.New("no event is named: sign events/webhook/stripe-completed.json SESSION=cs_test_1 INTENT=pi_1")
	}
	file, ids := args[0], args[1:]
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	filled, err := fill(string(text), ids)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	var event map[string]json.RawMessage // as it is, but for its headers
	var told delivery
	if err := errors.Join(json.Unmarshal([]byte(filled), &event), json.Unmarshal([]byte(filled), &told)); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if told.Path != "/webhooks/stripe" || told.Base64 {
		return fmt.Errorf("%s is no event of Stripe's in plain text", file)
	}
	told.Headers["stripe-signature"] = stripe.Sign(at, []byte(told.Body), cloud.StripeSigning)
	if event["headers"], err = json.Marshal(told.Headers); err != nil {
		return err
	}
	printer := json.NewEncoder(out)
	printer.SetIndent("", "  ")
	return printer.Encode(event)
}

// fill puts ids in place of their names. None may be left over, on either side.
func fill(text string, ids []string) (string, error) {
	for _, one := range ids {
		name, id, _ := strings.Cut(one, "=")
		if id == "" || !strings.Contains(text, "${"+name+"}") {
			return "", fmt.Errorf("there is no place for %q", one)
		}
		text = strings.ReplaceAll(text, "${"+name+"}", id)
	}
	if _, rest, open := strings.Cut(text, "${"); open {
		name, _, _ := strings.Cut(rest, "}")
		return "", fmt.Errorf("%s is needed: put %s=, and the id, behind the file", name, name)
	}
	return text, nil
}
