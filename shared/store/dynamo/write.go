package dynamo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// Write does one put by PutItem and several by a transaction, which costs twice as
// much. Errors: store.ErrConflict, ErrInvalid, ErrUnavailable.
func (s *Store) Write(ctx context.Context, puts ...store.Put) error {
	if err := store.Check(puts); err != nil {
		return err
	}
	w := write{store: s, puts: puts, now: s.now()}
	conditional := make([]types.Put, len(puts))
	for i, p := range puts {
		var err error
		if conditional[i], err = w.conditional(p); err != nil {
			return err
		}
	}
	if len(puts) == 1 {
		return w.one(ctx, conditional[0])
	}
	return w.together(ctx, conditional)
}

// write is one call of Write.
type write struct {
	store *Store
	puts  []store.Put
	now   time.Time // by which DynamoDB's condition and ours are held
}

func (w write) one(ctx context.Context, p types.Put) error {
	out, err := w.store.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName:                           p.TableName,
		Item:                                p.Item,
		ConditionExpression:                 p.ConditionExpression,
		ExpressionAttributeNames:            p.ExpressionAttributeNames,
		ExpressionAttributeValues:           p.ExpressionAttributeValues,
		ReturnValuesOnConditionCheckFailure: p.ReturnValuesOnConditionCheckFailure,
		ReturnConsumedCapacity:              w.store.capacity(),
	})
	if refused := (*types.ConditionalCheckFailedException)(nil); errors.As(err, &refused) {
		return w.judge(ctx, []types.CancellationReason{{Code: &conditionFailed, Item: refused.Item}})
	}
	if err != nil {
		return failed("PutItem", err)
	}
	w.store.tell("PutItem", 1, out.ConsumedCapacity)
	return nil
}

// together leaves the ClientRequestToken to the SDK, which makes one for the call
// and keeps it for each of its tries. One derived from the write ids would outlive
// the call: for ten minutes DynamoDB would answer a repeated Write with success,
// though another write had come in between. A repeat is known by its write ids.
func (w write) together(ctx context.Context, puts []types.Put) error {
	in := &dynamodb.TransactWriteItemsInput{ReturnConsumedCapacity: w.store.capacity()}
	for _, p := range puts {
		in.TransactItems = append(in.TransactItems, types.TransactWriteItem{Put: &p})
	}
	out, err := w.store.client.TransactWriteItems(ctx, in)
	if cancelled := (*types.TransactionCanceledException)(nil); errors.As(err, &cancelled) {
		if holds(cancelled.CancellationReasons, conditionFailed) && len(cancelled.CancellationReasons) == len(puts) {
			return w.judge(ctx, cancelled.CancellationReasons)
		}
	}
	if err != nil {
		return failed("TransactWriteItems", err)
	}
	for i := range out.ConsumedCapacity {
		w.store.tell("TransactWriteItems", len(puts), &out.ConsumedCapacity[i])
	}
	return nil
}

// judge says why the write was refused, by the rows that stood in its way: one
// reason to a put, in their order. A put without a fault was admitted; so the write
// was done before only if every put met a row.
func (w write) judge(ctx context.Context, reasons []types.CancellationReason) error {
	done, busy := 0, false
	var refused error
	for i, p := range w.puts {
		switch codeOf(reasons[i]) {
		case conditionFailed:
		case nothingWrong:
			continue
		default:
			busy = true
			continue
		}
		row, err := w.stood(ctx, p, reasons[i])
		if err != nil {
			return err
		}
		if p.Done(row) {
			done++
		}
		if refused == nil {
			refused = p.Admits(row, w.now)
		}
	}
	switch {
	case done == len(w.puts):
		return nil
	case busy && done > 0 || refused == nil:
		return fmt.Errorf("%w: the write was refused over rows that would admit it", store.ErrUnavailable)
	}
	return refused
}

// stood is the row that a reason speaks of. One without a row is asked for: it may
// be that there is none, or that it was not sent.
func (w write) stood(ctx context.Context, p store.Put, reason types.CancellationReason) (store.Row, error) {
	if len(reason.Item) == 0 {
		return w.store.read(ctx, p.After.Key)
	}
	return rowOf(reason.Item)
}

// conditional is the put as DynamoDB holds its condition.
func (w write) conditional(p store.Put) (types.Put, error) {
	item := p.After
	item.Version = p.Before.Version + 1
	a, err := attributesOf(item)
	if err != nil {
		return types.Put{}, err
	}
	c := absent(item.WriteID, w.now)
	if p.Before.Version != 0 {
		if c, err = asRead(p.Before); err != nil {
			return types.Put{}, err
		}
	}
	return types.Put{
		TableName:                           &w.store.table,
		Item:                                a,
		ConditionExpression:                 &c.expression,
		ExpressionAttributeNames:            c.names,
		ExpressionAttributeValues:           c.values,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}, nil
}
