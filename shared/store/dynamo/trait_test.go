package dynamo_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
	"github.com/serverless-checkout/serverless-checkout/shared/store/dynamo"
)

// What DynamoDB tells of a table as template.yaml makes it (API reference, the three
// calls' answers).
const (
	describedTable = `{"Table":{"TableName":"books","TableStatus":"ACTIVE","BillingModeSummary":{"BillingMode":"PAY_PER_REQUEST"},"DeletionProtectionEnabled":true,
		"AttributeDefinitions":[{"AttributeName":"day","AttributeType":"S"},{"AttributeName":"due","AttributeType":"N"},{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"shard","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"S"}],
		"KeySchema":[{"AttributeName":"sk","KeyType":"RANGE"},{"AttributeName":"pk","KeyType":"HASH"}],
		"GlobalSecondaryIndexes":[
			{"IndexName":"due","IndexStatus":"ACTIVE","KeySchema":[{"AttributeName":"shard","KeyType":"HASH"},{"AttributeName":"due","KeyType":"RANGE"}],"Projection":{"ProjectionType":"KEYS_ONLY"}},
			{"IndexName":"day","IndexStatus":"ACTIVE","KeySchema":[{"AttributeName":"day","KeyType":"HASH"},{"AttributeName":"pk","KeyType":"RANGE"}],"Projection":{"ProjectionType":"KEYS_ONLY"}}]}}`
	describedLife     = `{"TimeToLiveDescription":{"TimeToLiveStatus":"ENABLED","AttributeName":"expires"}}`
	describedRecovery = `{"ContinuousBackupsDescription":{"ContinuousBackupsStatus":"ENABLED","PointInTimeRecoveryDescription":{"PointInTimeRecoveryStatus":"ENABLED"}}}`
)

// unlike are the traits that are not as they should be.
func unlike(t *testing.T, traits []dynamo.Trait) string {
	t.Helper()
	var names []string
	for _, one := range traits {
		switch {
		case one.Err != nil:
			names = append(names, one.Name+"?")
		case one.Is != one.Wanted:
			names = append(names, one.Name+" is "+one.Is)
		}
	}
	if len(traits) != 7 {
		t.Errorf("%d traits: %+v", len(traits), traits)
	}
	return strings.Join(names, "; ")
}

func TestTraits(t *testing.T) {
	for name, c := range map[string]struct{ from, to, unlike string }{
		"as it should be": {"", "", ""},
		"other key":       {`"sk","KeyType":"RANGE"`, `"due","KeyType":"RANGE"`, "key is pk S HASH, due N RANGE"},
		"no index":        {`"IndexName":"due"`, `"IndexName":"old"`, "index due is none"},
		"index not ready": {`"IndexName":"due","IndexStatus":"ACTIVE"`, `"IndexName":"due","IndexStatus":"CREATING"`, "index due is shard S HASH, due N RANGE KEYS_ONLY CREATING"},
		"another's kind":  {`"AttributeName":"day","AttributeType":"S"`, `"AttributeName":"day","AttributeType":"N"`, "index day is day N HASH, pk S RANGE KEYS_ONLY"},
		"capacity bought": {`"BillingModeSummary":{"BillingMode":"PAY_PER_REQUEST"},`, "", "billing is PROVISIONED"},
		"can be deleted":  {`"DeletionProtectionEnabled":true`, `"DeletionProtectionEnabled":false`, "deletion protection is off"},
		"nothing expires": {`{"TimeToLiveStatus":"ENABLED","AttributeName":"expires"}`, `{"TimeToLiveStatus":"DISABLED"}`, "time to live is off"},
		"another expiry":  {`"AttributeName":"expires"`, `"AttributeName":"ttl"`, "time to live is on ttl"},
		"no recovery":     {`"PointInTimeRecoveryStatus":"ENABLED"`, `"PointInTimeRecoveryStatus":"DISABLED"`, "point-in-time recovery is off"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var steps []step
				for _, text := range []string{describedTable, describedLife, describedRecovery} {
					steps = append(steps, says(http.StatusOK, strings.Replace(text, c.from, c.to, 1)))
				}
				s := script(t, steps...)
				traits, err := s.Traits(t.Context())
				if got := unlike(t, traits); err != nil || got != c.unlike {
					t.Errorf("%q, want %q (%v)", got, c.unlike, err)
				}
				for i, want := range []string{"DescribeTable", "DescribeTimeToLive", "DescribeContinuousBackups"} {
					if got := s.requests()[i]; got.operation != want || got.body != `{"TableName":"books"}` {
						t.Errorf("asked %+v", got)
					}
				}
			})
		})
	}
}

// TestTraitsThatMayNotBeAsked: whoever may not ask for one thing is told the others.
func TestTraitsThatMayNotBeAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		denied := fails(400, "AccessDeniedException", "not authorized")
		s := script(t, says(http.StatusOK, describedTable), denied, denied)
		traits, err := s.Traits(t.Context())
		if got := unlike(t, traits); err != nil || got != "time to live?; point-in-time recovery?" {
			t.Errorf("%q, %v", got, err)
		}
		s.requests()
	})
	synctest.Test(t, func(t *testing.T) {
		s := script(t, fails(400, "ResourceNotFoundException", "no such table"))
		if _, err := s.Traits(t.Context()); !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "ResourceNotFoundException") {
			t.Errorf("%v", err)
		}
		s.requests()
	})
	synctest.Test(t, func(t *testing.T) {
		s := script(t, good)
		if traits, err := s.Traits(t.Context()); err == nil {
			t.Errorf("%+v", traits)
		}
		s.requests()
	})
}
