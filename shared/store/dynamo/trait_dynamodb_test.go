//go:build dynamodb

package dynamo_test

import (
	"testing"
	"time"
)

// TestTraitsOfTheTemplate: a table that DynamoDB made from template.yaml is as it should
// be, but for what DynamoDB Local does not keep.
func TestTraitsOfTheTemplate(t *testing.T) {
	traits, err := openObserved(t, time.Now, nil).Traits(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range traits {
		if one.Needed && (one.Err != nil || one.Is != one.Wanted) {
			t.Errorf("%s is %s, want %s (%v)", one.Name, one.Is, one.Wanted, one.Err)
		}
	}
}
