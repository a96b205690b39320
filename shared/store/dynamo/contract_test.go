//go:build dynamodb

package dynamo_test

import (
	"os"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
	"github.com/serverless-checkout/serverless-checkout/shared/store/dynamo"
	"github.com/serverless-checkout/serverless-checkout/shared/store/storetest"
	"github.com/serverless-checkout/serverless-checkout/tests/cloud"
)

var local *cloud.DynamoDB

func TestMain(m *testing.M) {
	os.Exit(cloud.RunWithDynamoDB(m, func(d *cloud.DynamoDB) { local = d }))
}

func TestContract(t *testing.T) { storetest.Run(t, open) }

func TestRaces(t *testing.T) { storetest.RunRaces(t, open) }

func open(t *testing.T, now func() time.Time) store.Store {
	return openObserved(t, now, nil)
}

func openObserved(t *testing.T, now func() time.Time, observe func(dynamo.Consumed)) *dynamo.Store {
	t.Helper()
	s, err := dynamo.New(dynamo.Config{AWS: local.AWS(), Endpoint: local.Endpoint, Table: local.Table(t), Now: now, Observe: observe})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
