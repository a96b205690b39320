package dynamo

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// The codes of a transaction's reasons that are told apart (API reference,
// TransactWriteItems, "CancellationReasons"). An innocent put has the text None.
var (
	nothingWrong    = "None"
	conditionFailed = "ConditionalCheckFailed"
	notValid        = "ValidationError"
)

func codeOf(r types.CancellationReason) string {
	if r.Code == nil {
		return nothingWrong
	}
	return *r.Code
}

func holds(reasons []types.CancellationReason, code string) bool {
	for _, r := range reasons {
		if codeOf(r) == code {
			return true
		}
	}
	return false
}

// failed is the closed set's error for whatever a call ended with, a refused
// condition apart. What DynamoDB says that it did not do for its form is
// ErrInvalid; for everything else the outcome is unknown. The cause stays beneath,
// less what may hold a secret.
func failed(call string, err error) error {
	kind := store.ErrUnavailable
	if refusedForm(err) {
		kind = store.ErrInvalid
	}
	if cancelled := (*types.TransactionCanceledException)(nil); errors.As(err, &cancelled) {
		var codes []string
		for _, r := range cancelled.CancellationReasons {
			codes = append(codes, codeOf(r))
		}
		return fmt.Errorf("%w: %s: cancelled: %s", kind, call, strings.Join(codes, ", "))
	}
	if api := smithy.APIError(nil); errors.As(err, &api) {
		return fmt.Errorf("%w: %s: %w", kind, call, &answer{code: api.ErrorCode(), message: shown(api)})
	}
	// A deadline that the caller set is told as it is.
	for _, cause := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, cause) {
			return fmt.Errorf("%w: %s: %w", kind, call, cause)
		}
	}
	return fmt.Errorf("%w: %s: %w", kind, call, err)
}

// answer is an error that DynamoDB answered.
type answer struct{ code, message string }

func (a *answer) Error() string { return strings.TrimSuffix(a.code+": "+a.message, ": ") }

// refusedForm says whether DynamoDB refused a call for what is in it. Check lets
// nothing of that kind through, so that a table of another form is the likely
// cause where the message speaks of a key or an index: that is not the caller's
// doing, and the call may go through once the table is right.
func refusedForm(err error) bool {
	if cancelled := (*types.TransactionCanceledException)(nil); errors.As(err, &cancelled) {
		return holds(cancelled.CancellationReasons, notValid)
	}
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != "ValidationException" {
		return false
	}
	for _, schema := range []string{"does not match the schema", "does not have the specified index", "Query condition missed key schema"} {
		if strings.Contains(api.ErrorMessage(), schema) {
			return false
		}
	}
	return true
}

// shown is what DynamoDB says about an error. About a wrong signature it says
// nothing that may be kept: its message repeats the signed request, the session
// token with it.
func shown(err smithy.APIError) string {
	if strings.Contains(err.ErrorCode(), "Signature") {
		return "the request was not signed as it should be"
	}
	const most = 500
	message := err.ErrorMessage()
	return message[:min(most, len(message))]
}
