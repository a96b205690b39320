package dynamo

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// Trait is one thing about how a table was made. Is and Wanted are in DynamoDB's words
// and equal where it is as template.yaml has it.
type Trait struct {
	Name       string
	Is, Wanted string
	Needed     bool  // nothing works without it; the others keep what is there
	Err        error // it could not be asked; of the store's set
}

// Traits asks how the table was made (DescribeTable, DescribeTimeToLive,
// DescribeContinuousBackups). No function calls it, and none has the right to: it is for
// whoever examines a deployment. Its error is that the table itself cannot be asked for.
func (s *Store) Traits(ctx context.Context) ([]Trait, error) {
	out, err := s.client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &s.table})
	if err != nil {
		return nil, failed("DescribeTable", err)
	}
	t := out.Table
	if t == nil {
		return nil, fmt.Errorf("%w: DescribeTable: it told of no table", store.ErrUnavailable)
	}
	kinds := map[string]string{}
	for _, a := range t.AttributeDefinitions {
		kinds[aws.ToString(a.AttributeName)] = string(a.AttributeType)
	}
	indexes := map[string]string{}
	for _, i := range t.GlobalSecondaryIndexes {
		form := keyForm(i.KeySchema, kinds)
		if i.Projection != nil {
			form += " " + string(i.Projection.ProjectionType)
		}
		if i.IndexStatus != types.IndexStatusActive {
			form += " " + string(i.IndexStatus) // it is made, or goes away
		}
		indexes[aws.ToString(i.IndexName)] = form
	}
	billing := types.BillingModeProvisioned // which DynamoDB leaves out
	if t.BillingModeSummary != nil {
		billing = t.BillingModeSummary.BillingMode
	}
	return []Trait{
		{Name: "key", Is: keyForm(t.KeySchema, kinds), Wanted: "pk S HASH, sk S RANGE", Needed: true},
		{Name: "index due", Is: cmp.Or(indexes[dueIndex], "none"), Wanted: "shard S HASH, due N RANGE KEYS_ONLY", Needed: true},
		{Name: "index day", Is: cmp.Or(indexes[dayIndex], "none"), Wanted: "day S HASH, pk S RANGE KEYS_ONLY", Needed: true},
		{Name: "billing", Is: string(billing), Wanted: string(types.BillingModePayPerRequest)},
		{Name: "deletion protection", Is: onOff(aws.ToBool(t.DeletionProtectionEnabled)), Wanted: onOff(true)},
		s.timeToLive(ctx),
		s.recovery(ctx),
	}, nil
}

// keyForm is a key schema in one line, the partition's part first.
func keyForm(schema []types.KeySchemaElement, kinds map[string]string) string {
	var parts []string
	for _, e := range schema {
		parts = append(parts, aws.ToString(e.AttributeName)+" "+kinds[aws.ToString(e.AttributeName)]+" "+string(e.KeyType))
	}
	slices.SortFunc(parts, func(a, b string) int {
		return cmp.Compare(a[strings.LastIndex(a, " "):], b[strings.LastIndex(b, " "):])
	})
	return strings.Join(parts, ", ")
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// timeToLive: without it what has expired stays, and is taken for absent all the same.
func (s *Store) timeToLive(ctx context.Context) Trait {
	t := Trait{Name: "time to live", Is: "off", Wanted: "on " + expiresAttribute}
	out, err := s.client.DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: &s.table})
	if err != nil {
		t.Err = failed("DescribeTimeToLive", err)
		return t
	}
	if d := out.TimeToLiveDescription; d != nil && d.AttributeName != nil &&
		(d.TimeToLiveStatus == types.TimeToLiveStatusEnabled || d.TimeToLiveStatus == types.TimeToLiveStatusEnabling) {
		t.Is = "on " + *d.AttributeName
	}
	return t
}

// recovery is whether the table can be had as it was at any second of the last weeks.
func (s *Store) recovery(ctx context.Context) Trait {
	t := Trait{Name: "point-in-time recovery", Is: "off", Wanted: "on"}
	out, err := s.client.DescribeContinuousBackups(ctx, &dynamodb.DescribeContinuousBackupsInput{TableName: &s.table})
	if err != nil {
		t.Err = failed("DescribeContinuousBackups", err)
		return t
	}
	if d := out.ContinuousBackupsDescription; d != nil && d.PointInTimeRecoveryDescription != nil {
		t.Is = onOff(d.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus == types.PointInTimeRecoveryStatusEnabled)
	}
	return t
}
