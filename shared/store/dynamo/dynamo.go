// Package dynamo keeps the table in DynamoDB, with the AWS SDK: one conditional
// PutItem for a write of one item, a transaction for several.
//
// The table and its two indexes, "due" and "day", are those of template.yaml.
// Every attribute is readable in the console: pk, sk, version, write_id, due and
// expires (epoch seconds), shard, day, and document, a map of native values.
package dynamo

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// Config is what a Store needs.
type Config struct {
	// AWS has the region, the credentials and the HTTP client. Its own retry
	// settings are not used: a store has to answer within its caller's time.
	AWS aws.Config

	// Endpoint is where DynamoDB answers, such as http://127.0.0.1:8000 for
	// DynamoDB Local; empty: the region's own. Plain http is taken here alone,
	// because it was asked for.
	Endpoint string

	Table string           // the table's name
	Now   func() time.Time // tells what has expired; nil: time.Now

	// Observe is told what each call consumed; nil: DynamoDB is not asked. It may
	// be called from several goroutines at once.
	Observe func(Consumed)
}

// Store is one table in DynamoDB. Its methods may be called at the same time.
type Store struct {
	client  *dynamodb.Client
	table   string
	now     func() time.Time
	observe func(Consumed)
}

var (
	_ store.Store   = (*Store)(nil)
	_ store.Glancer = (*Store)(nil)
)

// New makes a Store. Nothing is sent yet, so it says nothing about whether the
// table is there. Its errors name what is missing from the Config; they are not of
// the store package's set, because there is no store yet.
func New(c Config) (*Store, error) {
	switch {
	case c.Table == "":
		return nil, errors.New("dynamo: no table named")
	case c.AWS.Region == "":
		return nil, errors.New("dynamo: no region")
	case c.AWS.Credentials == nil:
		return nil, errors.New("dynamo: no credentials")
	}
	if c.Endpoint != "" {
		if u, err := url.Parse(c.Endpoint); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return nil, errors.New("dynamo: the endpoint is not an address with http or https")
		}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	client := dynamodb.NewFromConfig(c.AWS, func(o *dynamodb.Options) {
		if c.Endpoint != "" {
			o.BaseEndpoint = &c.Endpoint
		}
		o.EndpointDiscovery.EnableEndpointDiscovery = aws.EndpointDiscoveryDisabled
		o.Retryer, o.RetryMaxAttempts = retryer(), 0
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
			return stack.Finalize.Insert(attempt{}, "Retry", middleware.After)
		})
	})
	return &Store{client: client, table: c.Table, now: c.Now, observe: c.Observe}, nil
}

// Get reads one item. Errors: store.ErrNotFound, ErrInvalid, ErrUnavailable.
func (s *Store) Get(ctx context.Context, key store.Key) (store.Item, error) {
	if err := store.CheckKey(key); err != nil {
		return store.Item{}, err
	}
	row, err := s.read(ctx, key)
	return s.living(row, err)
}

// Glance reads one item eventually consistently, for half a unit in place of one.
// Errors: those of Get.
func (s *Store) Glance(ctx context.Context, key store.Key) (store.Item, error) {
	if err := store.CheckKey(key); err != nil {
		return store.Item{}, err
	}
	row, err := s.readRow(ctx, key, false)
	return s.living(row, err)
}

// living is the item of a row that is there and has not expired.
func (s *Store) living(row store.Row, err error) (store.Item, error) {
	switch {
	case err != nil:
		return store.Item{}, err
	case !row.Found || row.Item.ExpiredAt(s.now()):
		return store.Item{}, store.ErrNotFound
	}
	return row.Item, nil
}

// read is what stands under the key now, expired or not.
func (s *Store) read(ctx context.Context, key store.Key) (store.Row, error) {
	return s.readRow(ctx, key, true)
}

func (s *Store) readRow(ctx context.Context, key store.Key, consistently bool) (store.Row, error) {
	out, err := s.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName:              &s.table,
		Key:                    keyAttributes(key),
		ConsistentRead:         &consistently,
		ReturnConsumedCapacity: s.capacity(),
	})
	if err != nil {
		return store.Row{}, failed("GetItem", err)
	}
	s.tell("GetItem", 0, out.ConsumedCapacity)
	return rowOf(out.Item)
}

// rowOf reads what DynamoDB gives for a row; nothing is no row.
func rowOf(attributes map[string]types.AttributeValue) (store.Row, error) {
	if len(attributes) == 0 {
		return store.Row{}, nil
	}
	item, err := itemOf(attributes)
	if err != nil {
		return store.Row{}, fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	return store.Row{Item: item, Found: true}, nil
}
