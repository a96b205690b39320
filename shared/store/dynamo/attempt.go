package dynamo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
)

// A call ends within the three seconds that the checkout keeps for its last write,
// whatever DynamoDB does: the SDK's own pauses grow to 20 seconds and its tries
// have no end of their own.
const (
	attempts    = 3
	attemptTime = 900 * time.Millisecond
	firstPause  = 50 * time.Millisecond // doubled at each try

	// togetherTime is what one try of a transaction may take: it may carry 4 MB
	// over a small function's network. Only price lists do.
	togetherTime = 5 * time.Second
)

// retryer is the SDK's, for fewer tries and shorter pauses, and for what it leaves
// out: a transaction that met another one, and an answer that cannot be read. Both
// are safe to send again: a read changes nothing, and a write knows its own.
func retryer() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = attempts
		o.Backoff = retry.BackoffDelayerFunc(func(attempt int, _ error) (time.Duration, error) { return pause(attempt), nil })
		o.Retryables = append(o.Retryables,
			retry.RetryableErrorCode{Codes: map[string]struct{}{"TransactionConflictException": {}}},
			retry.IsErrorRetryableFunc(passing))
	})
}

// pause is between half and the whole of its time, so that those who met do not
// meet again.
func pause(attempt int) time.Duration {
	var part [1]byte
	rand.Read(part[:]) // never fails
	whole := firstPause << max(0, min(attempt-1, attempts))
	return whole/2 + whole/2*time.Duration(part[0])/255
}

// passing says whether an error may be gone at the next try.
func passing(err error) aws.Ternary {
	if unread := (*smithy.DeserializationError)(nil); errors.As(err, &unread) {
		return aws.TrueTernary
	}
	cancelled := (*types.TransactionCanceledException)(nil)
	if !errors.As(err, &cancelled) {
		return aws.UnknownTernary
	}
	for _, r := range cancelled.CancellationReasons {
		switch codeOf(r) {
		case nothingWrong, "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded":
		default:
			return aws.FalseTernary
		}
	}
	return aws.TrueTernary
}

// attempt gives each try of a call its own end, within the call's.
type attempt struct{}

// ID names the step in the SDK's stack.
func (attempt) ID() string { return "AttemptTime" }

// HandleFinalize sends one try and reads its answer.
func (attempt) HandleFinalize(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	middleware.FinalizeOutput, middleware.Metadata, error,
) {
	most := attemptTime
	if awsmiddleware.GetOperationName(ctx) == "TransactWriteItems" {
		most = togetherTime
	}
	within, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	out, metadata, err := next.HandleFinalize(within, in)
	if err != nil && within.Err() != nil && ctx.Err() == nil {
		err = hung{most}
	}
	return out, metadata, err
}

// hung is a try that had no answer in its time. The cause is left out: the SDK
// takes a cancelled try for a call its caller gave up.
type hung struct{ after time.Duration }

func (h hung) Error() string { return fmt.Sprintf("no answer within %v", h.after) }

// RetryableError lets the SDK try again.
func (hung) RetryableError() bool { return true }

// Timeout says what kind of failure it was.
func (hung) Timeout() bool { return true }
