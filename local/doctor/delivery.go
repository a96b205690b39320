package doctor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// What becomes of a test delivery. The set is closed.
const (
	deliveryTaken    = "delivery_taken"    // it is signed, and was taken
	deliveryRefused  = "delivery_refused"  // it is not signed, and was refused
	deliveryMistaken = "delivery_mistaken" // the one for the other
	deliveryLost     = "delivery_lost"     // nobody answered, or somebody else
)

// deliveries sends a test delivery the way of the provider's own: first through the check
// that the functions make, then over the network to the shop's API.
//
// What is signed has to be taken: that proves the secret, the check and the route. What
// only the provider can sign has to be refused: that proves that the route is there and
// lets nobody else in.
func (s Shop) deliveries(ctx context.Context, name string, bell provider.Doorbell, d provider.TestDelivery) []Row {
	_, err := bell.Hear(ctx, provider.Delivery{Header: func(name string) string { return d.Header[name] }, Body: d.Body})
	here := Row{Of: name, What: "test delivery, here", Code: deliveryMistaken, State: provider.Wrong}
	switch {
	case d.Signed && err == nil:
		here.Code, here.State, here.Is = deliveryTaken, provider.Good, "one that is signed with the configured secret is taken; whether the provider has the same it does not tell"
	case d.Signed:
		here.Is, here.Do = "one that is signed with the configured secret is refused: "+err.Error(), "look at the signing secret, and at the clock"
	case errors.Is(err, provider.ErrForged):
		here.Code, here.State, here.Is = deliveryRefused, provider.Good, "one without a signature is refused; only the provider can sign one that is taken"
	case err == nil:
		here.Is, here.Do = "one without a signature is taken", "deploy no such version: anybody could ring"
	default:
		here.Is, here.Do = "one without a signature is not judged: "+err.Error(), "try again"
	}
	if s.API == "" {
		return []Row{here}
	}
	return []Row{here, s.sent(ctx, name, d)}
}

// answerCap is how much is read of an answer whose status is all that matters, in bytes.
const answerCap = 64 << 10

// sent posts a test delivery to the shop's API. 200 and 401 are what the webhook function
// answers to what is the provider's and what is not; with 503 it has nothing to check
// with.
func (s Shop) sent(ctx context.Context, name string, d provider.TestDelivery) Row {
	address := s.API + route(name)
	row := Row{Of: name, What: "test delivery, sent", Code: deliveryLost, State: provider.Wrong}
	status, err := s.post(ctx, address, d)
	switch {
	case err != nil:
		row.Is, row.Do = address+" did not answer", "look whether the API is there, and whether its certificate is good"
	case d.Signed && status == http.StatusOK:
		row.Code, row.State, row.Is = deliveryTaken, provider.Good, "the API took one that is signed with the configured secret"
	case !d.Signed && status == http.StatusUnauthorized:
		row.Code, row.State, row.Is = deliveryRefused, provider.Good, "the API refused one without a signature"
	case d.Signed && status == http.StatusUnauthorized, !d.Signed && status == http.StatusOK:
		row.Code, row.Is, row.Do = deliveryMistaken, fmt.Sprintf("%s answered %d", address, status), "see that the API has the signing secret that is examined here, and this version of the functions"
	case status == http.StatusServiceUnavailable:
		row.Is, row.Do = address+" answered 503: it cannot check deliveries", "configure there what they are checked with"
	default:
		row.Is, row.Do = fmt.Sprintf("%s answered %d", address, status), "see that this is the address of the API, and look into the log of the webhook function"
	}
	return row
}

func (s Shop) post(ctx context.Context, address string, d provider.TestDelivery) (status int, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(d.Body))
	if err != nil {
		return 0, err
	}
	for name, value := range d.Header {
		r.Header.Set(name, value)
	}
	answer, err := s.Send(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, io.LimitReader(answer.Body, answerCap))
	return answer.StatusCode, err
}
