//go:build dynamodb

package tests

import (
	"os"
	"sync"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/store/bolt"
	"github.com/serverless-checkout/serverless-checkout/shared/store/dynamo"
	"github.com/serverless-checkout/serverless-checkout/tests/cloud"
)

// local is where every flow has its table with the tag dynamodb.
var local *cloud.DynamoDB

func TestMain(m *testing.M) {
	os.Exit(cloud.RunWithDynamoDB(m, func(d *cloud.DynamoDB) { local = d }))
}

// newTable is the name of a table that is empty.
func newTable(t *testing.T) string { return local.Table(t) }

func openTable(place string, now func() time.Time) (table, error) {
	d := &dynamoTable{}
	var err error
	d.Store, err = dynamo.New(dynamo.Config{AWS: local.AWS(), Endpoint: local.Endpoint, Table: place, Now: now, Observe: d.note})
	return d, err
}

// dynamoTable counts by what DynamoDB itself charges.
type dynamoTable struct {
	*dynamo.Store
	mu     sync.Mutex
	counts bolt.Counts
}

func (d *dynamoTable) note(c dynamo.Consumed) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch c.Call {
	case "GetItem":
		d.counts.Reads++
	case "Query":
		d.counts.Queries++
	default:
		// An entry of an index is one unit, or two in a transaction.
		var units float64
		for _, index := range c.Capacity.GlobalSecondaryIndexes {
			units += *index.CapacityUnits
		}
		if c.Call == "TransactWriteItems" {
			units /= 2
		}
		d.counts.Writes += int64(c.Puts)
		d.counts.IndexWrites += int64(units)
	}
}

// Counts is what was asked so far; bytes of documents are not known here.
func (d *dynamoTable) Counts() bolt.Counts {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.counts
}

// Close has nothing to let go of: the table is nobody's alone.
func (d *dynamoTable) Close() error { return nil }
