package dynamo

import (
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// Bytes is how many bytes DynamoDB counts for an item, the names of its attributes
// included: 1,024 of them are one write unit, and 409,600 the most there may be.
// Errors: those of store.DocumentBytes.
func Bytes(item store.Item) (int, error) {
	a, err := attributesOf(item)
	if err != nil {
		return 0, err
	}
	// An item is counted as a map in it is, less what lies around the members.
	asDocument, err := jsonOf(&types.AttributeValueMemberM{Value: a})
	if err != nil {
		return 0, err
	}
	const around, aroundEach = 3, 1
	bytes, err := store.DocumentBytes(asDocument)
	return bytes - around - aroundEach*len(a), err
}
