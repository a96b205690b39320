package dynamo

import (
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Consumed is what one call cost, as DynamoDB itself says. A call that failed is
// not told: DynamoDB charges a refused condition too, but gives no figure for it.
type Consumed struct {
	Call string // "GetItem", "Query", "PutItem" or "TransactWriteItems"
	Puts int    // items put; 0 for a read

	// Capacity has the units of the table and of each index that had any (asked
	// for with INDEXES): of reading where Puts is 0, otherwise of writing. A read
	// unit is 4 KB read consistently, a write unit 1 KB; in a transaction either
	// is charged twice.
	Capacity types.ConsumedCapacity
}

// capacity is what a request asks for.
func (s *Store) capacity() types.ReturnConsumedCapacity {
	if s.observe == nil {
		return "" // nothing is asked
	}
	return types.ReturnConsumedCapacityIndexes
}

func (s *Store) tell(call string, puts int, c *types.ConsumedCapacity) {
	if s.observe != nil && c != nil {
		s.observe(Consumed{Call: call, Puts: puts, Capacity: *c})
	}
}
