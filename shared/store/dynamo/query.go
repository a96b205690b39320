package dynamo

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// Query reads one page. Limit counts the rows DynamoDB looked at, before the
// expired ones of a partition are left out. Errors: store.ErrInvalid,
// ErrUnavailable.
func (s *Store) Query(ctx context.Context, q store.Query) (store.Page, error) {
	if err := q.Check(); err != nil {
		return store.Page{}, err
	}
	last, continues, err := q.After()
	if err != nil {
		return store.Page{}, err
	}
	in := s.queryInput(q)
	if continues {
		in.ExclusiveStartKey = startKey(q, last)
	}
	out, err := s.client.Query(ctx, in)
	if err != nil {
		return store.Page{}, failed("Query", err)
	}
	s.tell("Query", 0, out.ConsumedCapacity)
	page, err := s.pageOf(q, out)
	if err != nil {
		return store.Page{}, fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	return page, nil
}

// queryInput asks the base table consistently; an index knows no such reads.
func (s *Store) queryInput(q store.Query) *dynamodb.QueryInput {
	in := &dynamodb.QueryInput{
		TableName:              &s.table,
		Limit:                  aws.Int32(int32(q.Limit)),
		ReturnConsumedCapacity: s.capacity(),
	}
	switch {
	case q.Day != "":
		in.IndexName = aws.String(dayIndex)
		in.KeyConditionExpression = aws.String("#day = :day")
		in.ExpressionAttributeNames = map[string]string{"#day": dayAttribute}
		in.ExpressionAttributeValues = attributes{":day": text(q.Day)}
	case !q.DueBefore.IsZero():
		in.IndexName = aws.String(dueIndex)
		in.KeyConditionExpression = aws.String("#shard = :shard AND #due <= :due")
		in.ExpressionAttributeNames = map[string]string{"#shard": shardAttribute, "#due": dueAttribute}
		in.ExpressionAttributeValues = attributes{":shard": shard(q.Shard), ":due": number(q.DueBefore.Unix())}
	default:
		in.ConsistentRead = aws.Bool(true)
		in.KeyConditionExpression = aws.String("#pk = :pk")
		in.ExpressionAttributeNames = map[string]string{"#pk": partitionAttribute}
		in.ExpressionAttributeValues = attributes{":pk": text(q.Partition)}
		if q.SortPrefix != "" {
			in.KeyConditionExpression = aws.String("#pk = :pk AND begins_with(#sk, :sk)")
			in.ExpressionAttributeNames["#sk"] = sortAttribute
			in.ExpressionAttributeValues[":sk"] = text(q.SortPrefix)
		}
	}
	return in
}

// startKey is the row after which the page begins, by the table's key and the
// index's.
func startKey(q store.Query, last store.Item) attributes {
	key := keyAttributes(last.Key)
	switch {
	case q.Day != "":
		key[dayAttribute] = text(last.Day)
	case !q.DueBefore.IsZero():
		key[dueAttribute], key[shardAttribute] = number(last.Due.Unix()), shard(q.Shard)
	}
	return key
}

func (s *Store) pageOf(q store.Query, out *dynamodb.QueryOutput) (page store.Page, err error) {
	now := s.now()
	for _, a := range out.Items {
		item, err := found(q, a)
		if err != nil {
			return store.Page{}, err
		}
		if !item.ExpiredAt(now) {
			page.Items = append(page.Items, item)
		}
	}
	if len(out.LastEvaluatedKey) > 0 {
		last, err := indexed(out.LastEvaluatedKey)
		if err != nil {
			return store.Page{}, err
		}
		page.Next = q.CursorAfter(last)
	}
	return page, nil
}

// found is a row as the query gives it: whole from the table, and with what its
// index holds from there.
func found(q store.Query, a attributes) (store.Item, error) {
	if q.Partition != "" {
		return itemOf(a)
	}
	return indexed(a)
}

// indexed reads a row of an index, or a key of either.
func indexed(a attributes) (store.Item, error) {
	row := row{attributes: a}
	item := store.Item{Key: row.key(), Due: row.time(dueAttribute)}
	if a[dayAttribute] != nil {
		item.Day = row.text(dayAttribute)
	}
	return item, row.err
}
