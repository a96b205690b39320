//go:build binaries

package binaries

import (
	"context"
	"errors"
	"sync"

	"github.com/serverless-checkout/serverless-checkout/tests/cloud"
)

// local is DynamoDB Local, started once for all worlds.
var local struct {
	*cloud.DynamoDB
	making sync.Mutex // DynamoDB Local makes one table at a time
}

// startDynamoDB starts it, and gives what ends it.
func startDynamoDB() (stop func() error, err error) {
	if local.DynamoDB, err = cloud.StartDynamoDB(); err != nil {
		return nil, err
	}
	return local.Stop, nil
}

// makeTable makes the table of template.yaml under a name of its own.
func makeTable(name string) (table, error) {
	if local.DynamoDB == nil {
		return table{}, errors.New("DynamoDB Local does not run")
	}
	local.making.Lock()
	defer local.making.Unlock()
	return table{url: local.Endpoint, name: name}, local.MakeTable(context.Background(), name)
}
