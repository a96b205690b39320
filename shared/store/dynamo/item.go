package dynamo

import (
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// The attributes of an item. Those of the table's and the indexes' keys are named
// in template.yaml too, and so is expires, for the table's time to live.
const (
	partitionAttribute = "pk"
	sortAttribute      = "sk"
	versionAttribute   = "version"
	writeAttribute     = "write_id"
	shardAttribute     = "shard"
	dueAttribute       = "due"
	expiresAttribute   = "expires"
	dayAttribute       = "day"
	documentAttribute  = "document"

	dueIndex = "due"
	dayIndex = "day"
)

type attributes = map[string]types.AttributeValue

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

func shard(n int) types.AttributeValue { return text(strconv.Itoa(n)) }

func keyAttributes(k store.Key) attributes {
	return attributes{partitionAttribute: text(k.Partition), sortAttribute: text(k.Sort)}
}

// attributesOf is the item as DynamoDB keeps it. What an item does not have has no
// attribute: the indexes are sparse by that.
func attributesOf(item store.Item) (attributes, error) {
	document, err := documentAttributes(item.Document)
	if err != nil {
		return nil, err
	}
	a := keyAttributes(item.Key)
	a[versionAttribute], a[writeAttribute], a[documentAttribute] = number(item.Version), text(item.WriteID), document
	if !item.Due.IsZero() {
		a[dueAttribute], a[shardAttribute] = number(item.Due.Unix()), shard(store.DueShard(item.Key))
	}
	if !item.Expires.IsZero() {
		a[expiresAttribute] = number(item.Expires.Unix())
	}
	if item.Day != "" {
		a[dayAttribute] = text(item.Day)
	}
	return a, nil
}

// itemOf reads back what attributesOf made. An error says that the row is none of
// ours.
func itemOf(a attributes) (item store.Item, err error) {
	row := row{attributes: a}
	item = store.Item{
		Key:     row.key(),
		Version: row.number(versionAttribute),
		WriteID: row.text(writeAttribute),
		Due:     row.time(dueAttribute),
		Expires: row.time(expiresAttribute),
	}
	if a[dayAttribute] != nil {
		item.Day = row.text(dayAttribute)
	}
	if row.err == nil {
		item.Document, row.err = documentOf(a[documentAttribute])
	}
	return item, row.err
}

// row reads attributes and keeps the first fault.
type row struct {
	attributes
	err error
}

func (r *row) fault(name string) {
	if r.err == nil {
		r.err = fmt.Errorf("dynamo: a row whose attribute %s is missing or of another type", name)
	}
}

func (r *row) text(name string) string {
	value, ok := r.attributes[name].(*types.AttributeValueMemberS)
	if !ok {
		r.fault(name)
		return ""
	}
	return value.Value
}

func (r *row) number(name string) int64 {
	value, ok := r.attributes[name].(*types.AttributeValueMemberN)
	if !ok {
		r.fault(name)
		return 0
	}
	n, err := strconv.ParseInt(value.Value, 10, 64)
	if err != nil {
		r.fault(name)
	}
	return n
}

// time is zero where there is no such attribute.
func (r *row) time(name string) time.Time {
	if r.attributes[name] == nil {
		return time.Time{}
	}
	return time.Unix(r.number(name), 0).UTC()
}

func (r *row) key() store.Key {
	return store.Key{Partition: r.text(partitionAttribute), Sort: r.text(sortAttribute)}
}
