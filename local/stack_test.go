package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/setup"
)

// stage is a deployed stack on this machine: a world's API and PayPal, and what AWS would
// answer about table, secret and stack.
type stage struct {
	world  *world
	aws    *httptest.Server
	env    map[string]string // of the deployed functions
	secret map[string]string
	table  string // what DescribeTable answers
	status string
	asked  []string
}

func newStage(t *testing.T) *stage {
	t.Helper()
	w, err := build(plan{root: "..", file: filepath.Join(t.TempDir(), "t.db"), seed: 1, clock: setup.SystemClock{}, lookup: noEnvironment, log: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.close)
	s := &stage{world: w, status: "CREATE_COMPLETE", table: deployedTable}
	s.aws = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.aws.Close)
	s.env = w.environment(plan{})
	s.env["TABLE_NAME"], s.env["SECRET_ARN"] = "books", "arn:aws:secretsmanager:eu-central-1:111122223333:secret:shop-AbCdEf"
	s.env["AWS_ENDPOINT_URL_DYNAMODB"], s.env["AWS_ENDPOINT_URL_SECRETS_MANAGER"] = s.aws.URL, s.aws.URL
	s.secret = map[string]string{"paypal_client_id": simClient, "paypal_client_secret": simSecret, "token_secrets": strings.Repeat("t", 32), "stripe_key": simKey, "stripe_signing": simSigning}
	return s
}

const (
	deployedTable = `{"Table":{"TableName":"books","BillingModeSummary":{"BillingMode":"PAY_PER_REQUEST"},"DeletionProtectionEnabled":true,
		"AttributeDefinitions":[{"AttributeName":"day","AttributeType":"S"},{"AttributeName":"due","AttributeType":"N"},{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"shard","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"S"}],
		"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],
		"GlobalSecondaryIndexes":[{"IndexName":"due","IndexStatus":"ACTIVE","KeySchema":[{"AttributeName":"shard","KeyType":"HASH"},{"AttributeName":"due","KeyType":"RANGE"}],"Projection":{"ProjectionType":"KEYS_ONLY"}},
			{"IndexName":"day","IndexStatus":"ACTIVE","KeySchema":[{"AttributeName":"day","KeyType":"HASH"},{"AttributeName":"pk","KeyType":"RANGE"}],"Projection":{"ProjectionType":"KEYS_ONLY"}}]}}`
	deployedLife     = `{"TimeToLiveDescription":{"TimeToLiveStatus":"ENABLED","AttributeName":"expires"}}`
	deployedRecovery = `{"ContinuousBackupsDescription":{"ContinuousBackupsStatus":"ENABLED","PointInTimeRecoveryDescription":{"PointInTimeRecoveryStatus":"ENABLED"}}}`
)

// serve is DynamoDB and Secrets Manager, for whoever signs with the CLI's credentials.
func (s *stage) serve(w http.ResponseWriter, r *http.Request) {
	_, target, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	if !strings.Contains(r.Header.Get("Authorization"), "Credential=AKIAMERCHANT/") || r.Header.Get("X-Amz-Security-Token") != "session" {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	switch target {
	case "GetSecretValue":
		text, _ := json.Marshal(s.secret)
		json.NewEncoder(w).Encode(map[string]string{"SecretString": string(text)})
	case "DescribeTable":
		io.WriteString(w, s.table)
	case "DescribeTimeToLive":
		io.WriteString(w, deployedLife)
	case "DescribeContinuousBackups":
		io.WriteString(w, deployedRecovery)
	default:
		w.WriteHeader(http.StatusTeapot)
	}
}

// cli answers as the AWS CLI prints it (CLI reference, describe-stacks, describe-stack-
// resource, get-function-configuration, export-credentials).
func (s *stage) cli(_ context.Context, args ...string) ([]byte, error) {
	s.asked = append(s.asked, strings.Join(args, " "))
	answers := map[string]any{
		"cloudformation describe-stacks": map[string]any{"Stacks": []any{map[string]any{
			"StackId": "arn:aws:cloudformation:eu-central-1:111122223333:stack/shop/1", "StackStatus": s.status,
			"Outputs": []any{
				map[string]string{"OutputKey": "ApiUrl", "OutputValue": origin(s.world.doors.api)}, map[string]string{"OutputKey": "TableName", "OutputValue": "books"},
			},
		}}},
		"cloudformation describe-stack-resource": map[string]any{"StackResourceDetail": map[string]string{"PhysicalResourceId": "shop-WebhookFunction-1"}},
		"lambda get-function-configuration":      map[string]any{"Environment": map[string]any{"Variables": s.env}},
		"configure export-credentials":           map[string]any{"Version": 1, "AccessKeyId": "AKIAMERCHANT", "SecretAccessKey": "key", "SessionToken": "session"},
	}
	answer, known := answers[args[0]+" "+args[1]]
	if !known {
		return nil, fmt.Errorf("nobody answers aws %s", args)
	}
	return json.Marshal(answer)
}

func (s *stage) consult(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := runDoctor(t.Context(), append([]string{"-stack", "shop"}, args...), noEnvironment, s.cli, &out, io.Discard)
	return out.String(), err
}

// TestDoctorExaminesAStack: what stands on AWS is right, by what AWS says of it.
func TestDoctorExaminesAStack(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	printed, err := s.consult(t)
	if err != nil {
		t.Fatalf("%v\n%s", err, printed)
	}
	for _, want := range []string{
		"ok       stack          shop", "ok       configuration  variables", "ok       secret         variables", "ok       table          index day",
		"ok       table          point-in-time recovery", "ok       paypal         credentials", "ok       stripe         test delivery, sent", "rings at this API, and no other one does", "the API refused one without a signature", "\nnothing is wrong",
	} {
		if !strings.Contains(printed, want) {
			t.Errorf("it does not say %q\n%s", want, printed)
		}
	}
	want := []string{
		"cloudformation describe-stacks --stack-name shop --output json",
		"cloudformation describe-stack-resource --stack-name shop --logical-resource-id WebhookFunction --output json",
		"lambda get-function-configuration --region eu-central-1 --function-name shop-WebhookFunction-1 --output json",
		"configure export-credentials --format process",
	}
	if strings.Join(s.asked, "\n") != strings.Join(want, "\n") {
		t.Errorf("asked %q", s.asked)
	}
}

// TestDoctorTakesTheEnvironmentsCredentials: as the CLI does, whose version 1 tells none.
func TestDoctorTakesTheEnvironmentsCredentials(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	env := map[string]string{"AWS_ACCESS_KEY_ID": "AKIAMERCHANT", "AWS_SECRET_ACCESS_KEY": "key", "AWS_SESSION_TOKEN": "session"}
	var out bytes.Buffer
	err := runDoctor(t.Context(), []string{"-stack", "shop"}, func(name string) string { return env[name] }, s.cli, &out, io.Discard)
	if err != nil || strings.Contains(strings.Join(s.asked, "\n"), "export-credentials") {
		t.Errorf("%v, asked %q\n%s", err, s.asked, &out)
	}
}

func TestDoctorFindsWhatIsWrongWithAStack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		broken func(*stage)
		code   string
		what   string
	}{
		"rolled back":      {func(s *stage) { s.status = "ROLLBACK_COMPLETE" }, "stack_failed", "shop"},
		"variable missing": {func(s *stage) { delete(s.env, "STACK_NAME") }, "configuration_wrong", "STACK_NAME"},
		"secret lacks":     {func(s *stage) { delete(s.secret, "token_secrets") }, "configuration_wrong", "token_secrets"},
		"no index":         {func(s *stage) { s.table = strings.Replace(s.table, `"IndexName":"due"`, `"IndexName":"old"`, 1) }, "table_other", "index due"},
		"no table":         {func(s *stage) { s.table = "{}" }, "table_unreadable", "books"},
		"disputes off":     {func(s *stage) { s.world.paypal.Withhold(sim.CallDispute, true) }, "permission_missing", "disputes"},
		"another webhook":  {func(s *stage) { s.env["PAYPAL_WEBHOOK_ID"] = "WHOTHER" }, "webhook_unknown", "webhook"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			c.broken(s)
			printed, err := s.consult(t, "-json")
			if row := rowsOf(t, printed)[c.code]; !errors.Is(err, errUnwell) || row.What != c.what || row.State != "wrong" || row.Do == "" {
				t.Errorf("%v: %+v\n%s", err, row, printed)
			}
		})
	}
}

// TestDoctorFindsNoStack: what cannot be examined is an error, and no secret is in it.
func TestDoctorFindsNoStack(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for name, c := range map[string]struct {
		cli  awsCLI
		says string
	}{
		"no such stack": {func(context.Context, ...string) ([]byte, error) {
			return nil, errors.New("Stack with id shop does not exist")
		}, "does not exist"},
		"another's": {func(context.Context, ...string) ([]byte, error) {
			return []byte(`{"Stacks":[{"StackStatus":"CREATE_COMPLETE"}]}`), nil
		}, "has no outputs ApiUrl and TableName"},
		"no credentials": {func(ctx context.Context, args ...string) ([]byte, error) {
			if args[0] == "configure" {
				return []byte("AKIA-secret"), nil
			}
			return s.cli(ctx, args...)
		}, "aws configure export-credentials printed no JSON"},
	} {
		err := runDoctor(t.Context(), []string{"-stack", "shop"}, noEnvironment, c.cli, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "AKIA") || exitCode(err) != 1 || errors.Is(err, errUnwell) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRunAWS: the CLI's own words about a failure are told, and so is that there is none.
func TestRunAWS(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := runAWS(t.Context(), "configure", "list"); err == nil || !strings.Contains(err.Error(), "AWS CLI is not installed") {
		t.Errorf("%v", err)
	}
}
