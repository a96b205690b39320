//go:build !dynamodb

package tests

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/store/bolt"
)

// newTable is where a table may be opened: a file that is not there yet. Without
// the tag dynamodb the flows go over the file.
func newTable(t *testing.T) string { return filepath.Join(t.TempDir(), "table.db") }

func openTable(place string, now func() time.Time) (table, error) { return bolt.Open(place, now) }
