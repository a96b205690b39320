//go:build dynamodb

package cloud_test

import (
	"net/http"
	"testing"

	"github.com/serverless-checkout/serverless-checkout/tests/cloud"
)

// TestDynamoDBStops: nothing of it is left behind, and a second one has tables of
// its own.
func TestDynamoDBStops(t *testing.T) {
	for range 2 {
		d, err := cloud.StartDynamoDB()
		if err != nil {
			t.Fatal(err)
		}
		if err := d.MakeTable(t.Context(), "books"); err != nil {
			t.Error(err)
		}
		if err := d.MakeTable(t.Context(), "books"); err == nil {
			t.Error("one table was made twice")
		}
		if err := d.Stop(); err != nil {
			t.Error(err)
		}
		if got, err := http.Get(d.Endpoint); err == nil {
			got.Body.Close()
			t.Error("it answers after it was stopped")
		}
	}
}
