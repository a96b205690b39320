package dynamo_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
	"github.com/serverless-checkout/serverless-checkout/shared/store/dynamo"
)

// TestFailures has what DynamoDB, or what stands before it, may answer to any call.
// said is part of the error's text: the one who looks into it needs the cause.
func TestFailures(t *testing.T) {
	unsigned := "The request signature we calculated does not match. The Canonical String should have been 'POST / x-amz-security-token:" + sessionToken + "'"
	for _, c := range []struct {
		name string
		step step
		want error
		said string
	}{
		{"not valid", fails(400, "ValidationException", "Item size has exceeded the maximum allowed size"), store.ErrInvalid, "Item size"},
		{"no such table", fails(400, "ResourceNotFoundException", "Requested resource not found"), store.ErrUnavailable, "ResourceNotFoundException"},
		{"a table without its index", fails(400, "ValidationException", "The table does not have the specified index: due"), store.ErrUnavailable, "index: due"},
		{"a table with another key", fails(400, "ValidationException", "The provided key element does not match the schema"), store.ErrUnavailable, "schema"},
		{"not allowed", fails(400, "AccessDeniedException", "User is not authorized to perform: dynamodb:PutItem"), store.ErrUnavailable, "AccessDeniedException: User is not authorized"},
		{"expired credentials", fails(400, "ExpiredTokenException", "The security token included in the request is expired"), store.ErrUnavailable, "ExpiredTokenException"},
		{"unknown credentials", fails(400, "UnrecognizedClientException", "The security token included in the request is invalid."), store.ErrUnavailable, "UnrecognizedClientException"},
		{"wrong signature", fails(400, "InvalidSignatureException", unsigned), store.ErrUnavailable, "InvalidSignatureException"},
		{"an error nobody knows", fails(400, "NewException", "new"), store.ErrUnavailable, "NewException"},
		{"an error without a name", says(400, `{}`), store.ErrUnavailable, ""},
		{"told to go elsewhere", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		}, store.ErrUnavailable, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			everyCall(t, func(t *testing.T, call func(context.Context, store.Store) error) {
				s := script(t, c.step)
				err := call(t.Context(), s)
				holdKind(t, err, c.want)
				if err != nil && !strings.Contains(err.Error(), c.said) {
					t.Errorf("%v does not speak of %q", err, c.said)
				}
				s.requests()
			})
		})
	}
}

// everyCall runs a test for each way to ask the store.
func everyCall(t *testing.T, test func(t *testing.T, call func(context.Context, store.Store) error)) {
	for name, call := range map[string]func(context.Context, store.Store) error{
		"Get": func(ctx context.Context, s store.Store) error {
			_, err := s.Get(ctx, read().Key)
			return err
		},
		"Query": func(ctx context.Context, s store.Store) error {
			_, err := s.Query(ctx, store.Query{Day: "2030-01-02", Limit: 5})
			return err
		},
		"Write":    func(ctx context.Context, s store.Store) error { return s.Write(ctx, change()) },
		"together": func(ctx context.Context, s store.Store) error { return s.Write(ctx, change(), create()) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test(t, call) })
		})
	}
}

// TestPassing: what is gone at the next try is not told.
func TestPassing(t *testing.T) {
	row := says(http.StatusOK, `{"Item":`+asRead+`}`)
	for name, step := range map[string]step{
		"throttled":      fails(400, "ProvisionedThroughputExceededException", "slow down"),
		"throttled too":  fails(400, "ThrottlingException", "slow down"),
		"past the limit": fails(400, "RequestLimitExceeded", "slow down"),
		"in the way":     fails(400, "TransactionConflictException", "a transaction is ongoing"),
		"server error":   fails(500, "InternalServerError", "oh"),
		"unavailable":    says(503, "<html>unavailable</html>"),
		"cut":            cut,
		"cut short":      cutShort,
		"a page":         says(200, "<html>welcome</html>"),
		"a proxy's page": says(403, "<html>forbidden</html>"),
		"nothing":        says(502, ""),
	} {
		synctest.Test(t, func(t *testing.T) {
			s := script(t, step, step, row)
			if item, err := s.Get(t.Context(), read().Key); err != nil || item.Version != 3 {
				t.Errorf("%s: %+v, %v", name, item, err)
			}
			s.requests()
			s = script(t, step, step, step)
			_, err := s.Get(t.Context(), read().Key)
			holdKind(t, err, store.ErrUnavailable)
			s.requests()
		})
	}
}

// TestHungServer: a call ends by itself, after three tries, though its caller set
// no end; and by its caller's end where that comes first.
func TestHungServer(t *testing.T) {
	everyCall(t, func(t *testing.T, call func(context.Context, store.Store) error) {
		s := script(t, hangs)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		err := call(ctx, s)
		holdKind(t, err, store.ErrUnavailable)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v does not say that time ran out", err)
		}
		s.requests()
	})
	synctest.Test(t, func(t *testing.T) {
		s, begun := script(t, hangs, hangs, hangs), time.Now()
		err := s.Write(t.Context(), change())
		if took := time.Since(begun); took > 3*time.Second {
			t.Errorf("it took %v, and the checkout keeps three seconds for its last write", took)
		}
		holdKind(t, err, store.ErrUnavailable)
		if !strings.Contains(err.Error(), "no answer within") {
			t.Errorf("%v does not say what happened", err)
		}
		s.requests()
		s = script(t, hangs, refusedOver(own)) // one try
		holdKind(t, s.Write(t.Context(), change()), nil)
		s.requests()
	})
}

// TestNobodyThere: the address is right, and no server behind it.
func TestNobodyThere(t *testing.T) {
	s, err := dynamo.New(dynamo.Config{
		AWS:      aws.Config{Region: "eu-central-1", Credentials: credentials(nil)},
		Endpoint: "http://127.0.0.1:1", Table: "books",
	})
	if err != nil {
		t.Fatal(err)
	}
	holdKind(t, s.Write(t.Context(), change()), store.ErrUnavailable)
}

func TestNoCredentials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scriptWith(t, dynamo.Config{AWS: aws.Config{Credentials: credentials(io.ErrUnexpectedEOF)}})
		err := s.Write(t.Context(), change())
		holdKind(t, err, store.ErrUnavailable)
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%v does not carry its cause", err)
		}
		s.requests()
	})
}

func TestNewNamesWhatIsMissing(t *testing.T) {
	whole := func() dynamo.Config {
		return dynamo.Config{AWS: aws.Config{Region: "r", Credentials: credentials(nil)}, Table: "books", Endpoint: "http://127.0.0.1:8000"}
	}
	if _, err := dynamo.New(whole()); err != nil {
		t.Errorf("a whole configuration: %v", err)
	}
	for said, change := range map[string]func(*dynamo.Config){
		"table":       func(c *dynamo.Config) { c.Table = "" },
		"region":      func(c *dynamo.Config) { c.AWS.Region = "" },
		"credentials": func(c *dynamo.Config) { c.AWS.Credentials = nil },
		"address":     func(c *dynamo.Config) { c.Endpoint = "127.0.0.1:8000" },
		"http":        func(c *dynamo.Config) { c.Endpoint = "ftp://user:" + secretKey + "@host" },
	} {
		c := whole()
		change(&c)
		if _, err := dynamo.New(c); err == nil || !strings.Contains(err.Error(), said) || strings.Contains(err.Error(), secretKey) {
			t.Errorf("got %v, want an error that speaks of the %s", err, said)
		}
	}
}
