package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/plutov/paypal/v4"
)

// shop is what every request needs. It is opened by the first one and kept.
type shop struct {
	secret map[string]string
	table  *dynamodb.Client
	paypal *paypal.Client // nil until a request needs it
}

var opened *shop

func open(ctx context.Context) (*shop, error) {
	if opened != nil {
		return opened, nil
	}
	c, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, err
	}
	arn := os.Getenv("SECRET_ARN")
	got, err := secretsmanager.NewFromConfig(c).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &arn})
	if err != nil {
		return nil, err
	}
	s := &shop{table: dynamodb.NewFromConfig(c)}
	if err := json.Unmarshal([]byte(*got.SecretString), &s.secret); err != nil {
		return nil, err
	}
	opened = s
	return s, nil
}

// provider is the client with a token in it.
func (s *shop) provider(ctx context.Context) (*paypal.Client, error) {
	if s.paypal != nil {
		return s.paypal, nil
	}
	c, err := paypal.NewClient(s.secret["paypal_client_id"], s.secret["paypal_client_secret"], os.Getenv("PAYPAL_API"))
	if err != nil {
		return nil, err
	}
	if _, err := c.GetAccessToken(ctx); err != nil {
		return nil, err
	}
	s.paypal = c
	return c, nil
}

func (s *shop) token(id string) string {
	mac := hmac.New(sha256.New, []byte(s.secret["token_secrets"]))
	mac.Write([]byte(id))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// row is an item of text attributes.
type row map[string]string

func (s *shop) get(ctx context.Context, pk, sk string) (row, error) {
	name, consistent := os.Getenv("TABLE_NAME"), true
	got, err := s.table.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &name, ConsistentRead: &consistent, Key: item(row{"pk": pk, "sk": sk}),
	})
	if err != nil {
		return nil, err
	}
	found := row{}
	for name, value := range got.Item {
		if text, ok := value.(*types.AttributeValueMemberS); ok {
			found[name] = text.Value
		}
	}
	return found, nil
}

func (s *shop) put(ctx context.Context, r row) error {
	name := os.Getenv("TABLE_NAME")
	_, err := s.table.PutItem(ctx, &dynamodb.PutItemInput{TableName: &name, Item: item(r)})
	return err
}

func item(r row) map[string]types.AttributeValue {
	attributes := map[string]types.AttributeValue{}
	for name, value := range r {
		attributes[name] = &types.AttributeValueMemberS{Value: value}
	}
	return attributes
}

// due reads one shard of what has to be looked at.
func (s *shop) due(ctx context.Context, shard int, now string) (keys []string, err error) {
	name, index, condition := os.Getenv("TABLE_NAME"), "due", "shard = :shard AND due <= :due"
	got, err := s.table.Query(ctx, &dynamodb.QueryInput{
		TableName: &name, IndexName: &index, KeyConditionExpression: &condition,
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":shard": &types.AttributeValueMemberS{Value: fmt.Sprint(shard)},
			":due":   &types.AttributeValueMemberN{Value: now},
		},
	})
	if err != nil {
		return nil, err
	}
	for _, item := range got.Items {
		if pk, ok := item["pk"].(*types.AttributeValueMemberS); ok {
			keys = append(keys, pk.Value)
		}
	}
	return keys, nil
}
