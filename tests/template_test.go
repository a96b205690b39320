// Package tests holds what concerns the project as a whole.
package tests

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// publicRoutes are open to everybody; all others need a signature. A route that
// is added must be put here or be guarded: that is the decision.
const publicRoutes = "[GET /payments/{id} POST /payments POST /payments/{id}/attempts POST /payments/{id}/capture]"

// logVariables is what an access log may hold: no path, no query, no error text.
var logVariables = strings.Fields(`requestId requestTime identity.sourceIp routeKey status responseLength
	responseLatency error.responseType integration.integrationStatus integration.status`)

// functionGrants are all rights of each function, "action on resource".
var functionGrants = map[string]string{
	"CreatePaymentFunction":  "[" + readTable + " " + writeTable + " " + readSecret + "]",
	"CapturePaymentFunction": "[" + readTable + " " + writeTable + " " + readSecret + "]",
	"NewAttemptFunction":     "[" + readTable + " " + writeTable + " " + readSecret + "]",
	"GetPaymentFunction":     "[" + readTable + " " + readSecret + "]",
	"SweepFunction":          "[" + readTable + " " + writeTable + " dynamodb:Query on ${Table.Arn}/index/due " + readSecret + "]",
}

const (
	readTable  = "dynamodb:GetItem on Table.Arn"
	writeTable = "dynamodb:PutItem on Table.Arn"
	readSecret = "secretsmanager:GetSecretValue on SecretArn"
)

// parseTemplate gives what yaml gives, but with tags spelled out: `!Ref X` becomes
// {"Ref": "X"}. A plain decoding would make it the text "X".
func parseTemplate(text string) any {
	var document yaml.Node
	err := yaml.Unmarshal([]byte(text), &document)
	spellTags(&document)
	var n any
	if err := errors.Join(err, document.Decode(&n)); err != nil {
		panic(err)
	}
	return n
}

func spellTags(n *yaml.Node) {
	for _, child := range n.Content {
		spellTags(child)
	}
	if tag := n.ShortTag(); strings.HasPrefix(tag, "!") && !strings.HasPrefix(tag, "!!") {
		value := *n
		value.Tag = ""
		name := strings.Replace("Fn::"+tag[1:], "Fn::Ref", "Ref", 1)
		*n = yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{{Kind: yaml.ScalarNode, Value: name}, &value}}
	}
}

func readTemplate(t *testing.T) any {
	t.Helper()
	text, err := os.ReadFile("../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return parseTemplate(string(text))
}

// valueAt walks down by names; nil where there is nothing.
func valueAt(n any, names ...string) any {
	for _, name := range names {
		m, _ := n.(map[string]any)
		n = m[name]
	}
	return n
}

// namesOf is a mapping in an order that does not change.
func namesOf(n any) []string {
	m, _ := n.(map[string]any)
	return slices.Sorted(maps.Keys(m))
}

// refersTo is what a !Ref, !GetAtt or !Sub refers to; "" for anything else.
func refersTo(n any) string {
	m, _ := n.(map[string]any)
	for _, name := range []string{"Ref", "Fn::GetAtt", "Fn::Sub"} {
		if s, ok := m[name].(string); ok && len(m) == 1 {
			return s
		}
	}
	return ""
}

// asList makes a list of what may be a list or a single value.
func asList(n any) []any {
	if list, ok := n.([]any); ok {
		return list
	}
	return []any{n}
}

// templateFacts are what stands in one place and must stay as it is: a path, and the
// value there as fmt prints it.
const templateFacts = `
Parameters.Architecture.Default: arm64
Parameters.PayPalApi.Default: https://api-m.sandbox.paypal.com
Resources.Api.Properties.Auth: map[DefaultAuthorizer:AWS_IAM EnableIamAuthorizer:true]
Resources.Api.Properties.StageName: $default
Resources.Api.Properties.CorsConfiguration: map[AllowHeaders:[content-type idempotency-key checkout-token accept-language] AllowMethods:[GET POST] AllowOrigins:[map[Ref:StorefrontOrigin]] ExposeHeaders:[location retry-after] MaxAge:3600]
Resources.Api.Properties.DefaultRouteSettings: map[ThrottlingBurstLimit:20 ThrottlingRateLimit:10]
Resources.Api.Properties.AccessLogSettings.DestinationArn: map[Fn::GetAtt:AccessLogGroup.Arn]
Resources.AccessLogGroup.Properties.RetentionInDays: 14
Globals.HttpApi: <nil>
Resources.Table.Type: AWS::DynamoDB::Table
Resources.Table.DeletionPolicy: Retain
Resources.Table.UpdateReplacePolicy: Retain
Resources.Table.Properties.DeletionProtectionEnabled: true
Resources.Table.Properties.BillingMode: PAY_PER_REQUEST
Resources.Table.Properties.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled: true
Resources.Table.Properties.SSESpecification.SSEEnabled: true
Resources.Table.Properties.TimeToLiveSpecification: map[AttributeName:expires Enabled:true]
Resources.Table.Properties.AttributeDefinitions: [map[AttributeName:pk AttributeType:S] map[AttributeName:sk AttributeType:S] map[AttributeName:shard AttributeType:S] map[AttributeName:due AttributeType:N]]
Resources.Table.Properties.KeySchema: [map[AttributeName:pk KeyType:HASH] map[AttributeName:sk KeyType:RANGE]]
Resources.Table.Properties.GlobalSecondaryIndexes: [map[IndexName:due KeySchema:[map[AttributeName:shard KeyType:HASH] map[AttributeName:due KeyType:RANGE]] Projection:map[ProjectionType:KEYS_ONLY]]]
Resources.Table.Properties.LocalSecondaryIndexes: <nil>
Resources.SweepFunction.Properties.Events.EveryFiveMinutes.Properties.ScheduleExpression: rate(5 minutes)
Resources.SweepFunction.Properties.Events.EveryFiveMinutes.Properties.OmitName: true
Resources.SweepFunction.Properties.Events.EveryFiveMinutes.Properties.RetryPolicy: map[MaximumEventAgeInSeconds:300 MaximumRetryAttempts:2]
Resources.SweepFunction.Properties.Events.EveryFiveMinutes.Properties.DeadLetterConfig.Arn: map[Fn::GetAtt:SweepFailureQueue.Arn]
Resources.SweepFunction.Properties.EventInvokeConfig.DestinationConfig.OnFailure: map[Destination:map[Fn::GetAtt:SweepFailureQueue.Arn] Type:SQS]
Resources.SweepFailureQueue.Properties: map[MessageRetentionPeriod:1209600 SqsManagedSseEnabled:true]`

// templateCheck collects what is wrong with a template.
type templateCheck struct {
	template any
	faults   []string
}

func checkTemplate(template any) []string {
	c := &templateCheck{template: template}
	for fact := range strings.SplitSeq(strings.TrimSpace(templateFacts), "\n") {
		path, value, _ := strings.Cut(fact, ": ")
		c.want(path, valueAt(template, strings.Split(path, ".")...), value)
	}
	c.api()
	c.routes()
	var mains []string
	for _, id := range c.ofType("AWS::Serverless::Function") {
		c.function(id)
		c.policy(id)
		mains = append(mains, "../functions/"+kebab(id)+"/main.go")
	}
	slices.Sort(mains)
	written, _ := filepath.Glob("../functions/*/main.go") // fails on a bad pattern only
	c.want("what stands under functions/", written, fmt.Sprint(mains))
	c.resources()
	return c.faults
}

func (c *templateCheck) add(format string, args ...any) {
	c.faults = append(c.faults, fmt.Sprintf(format, args...))
}

// want compares the value at a place with what it must be.
func (c *templateCheck) want(what string, n any, value string) {
	if got := fmt.Sprint(n); got != value {
		c.add("%s is %v, want %s", what, got, value)
	}
}

func (c *templateCheck) ofType(kind string) []string {
	var ids []string
	for _, id := range namesOf(valueAt(c.template, "Resources")) {
		if valueAt(c.template, "Resources", id, "Type") == kind {
			ids = append(ids, id)
		}
	}
	return ids
}

func (c *templateCheck) properties(id string) any {
	return valueAt(c.template, "Resources", id, "Properties")
}

// setting is a function's own or global property.
func (c *templateCheck) setting(id, name string) any {
	if n := valueAt(c.properties(id), name); n != nil {
		return n
	}
	return valueAt(c.template, "Globals", "Function", name)
}

// api: one, open to one page to the letter, with a log that holds nothing a
// caller wrote.
func (c *templateCheck) api() {
	c.want("the APIs", c.ofType("AWS::Serverless::HttpApi"), "[Api]")
	pattern := regexp.MustCompile(fmt.Sprint(valueAt(c.template, "Parameters", "StorefrontOrigin", "AllowedPattern")))
	sent := strings.Fields("https://shop.example * null https://* http://shop.example https://shop.example/ https://a.example,https://b.example")
	allowed := slices.DeleteFunc(append(sent, ""), func(s string) bool { return !pattern.MatchString(s) })
	c.want("what StorefrontOrigin allows", allowed, "[https://shop.example]")
	format := fmt.Sprint(valueAt(c.properties("Api"), "AccessLogSettings", "Format"))
	for _, variable := range regexp.MustCompile(`\$context\.[A-Za-z.]+`).FindAllString(format, -1) {
		if !slices.Contains(logVariables, strings.TrimPrefix(variable, "$context.")) {
			c.add("the access log says too much: %s", variable)
		}
	}
}

// routes: each says by itself who may call it.
func (c *templateCheck) routes() {
	var public, all []string
	for _, id := range c.ofType("AWS::Serverless::Function") {
		events := valueAt(c.properties(id), "Events")
		for _, name := range namesOf(events) {
			kind, p := valueAt(events, name, "Type"), valueAt(events, name, "Properties")
			if kind == "ScheduleV2" {
				continue
			}
			key := fmt.Sprint(valueAt(p, "Method"), " ", valueAt(p, "Path"))
			if kind != "HttpApi" || refersTo(valueAt(p, "ApiId")) != "Api" {
				c.add("%s is no event of the API", name)
			}
			switch authorizer, _ := valueAt(p, "Auth", "Authorizer").(string); authorizer {
			case "NONE":
				public = append(public, key)
			case "AWS_IAM":
			default:
				c.add("%s: nobody decided who may call it", key)
			}
			all = append(all, key)
		}
	}
	slices.Sort(public)
	slices.Sort(all)
	c.want("public", public, publicRoutes)
	c.want("routes with limits of their own", namesOf(valueAt(c.properties("Api"), "RouteSettings")), fmt.Sprint(all))
}

var innerCapital = regexp.MustCompile(`([a-z])([A-Z])`)

// kebab: CreatePaymentFunction lives in create-payment.
func kebab(id string) string {
	return strings.ToLower(innerCapital.ReplaceAllString(strings.TrimSuffix(id, "Function"), "$1-$2"))
}

func (c *templateCheck) function(id string) {
	c.want(id+": runtime", c.setting(id, "Runtime"), "provided.al2023")
	c.want(id+": handler", c.setting(id, "Handler"), "bootstrap")
	c.want(id+": tracing", c.setting(id, "Tracing"), "Active")
	c.want(id+": build method", valueAt(c.template, "Resources", id, "Metadata", "BuildMethod"), "go1.x")
	c.want(id+": folder", c.setting(id, "CodeUri"), "functions/"+kebab(id)+"/")
	c.want(id+": architecture", c.setting(id, "Architectures"), "[map[Ref:Architecture]]")
	if seconds, ok := c.setting(id, "Timeout").(int); !ok || seconds <= 0 || seconds >= 29 {
		c.add("%s: timeout is %v, want seconds below 29", id, c.setting(id, "Timeout"))
	}
	group := strings.TrimSuffix(id, "Function") + "LogGroup"
	c.want(id+": log group", refersTo(valueAt(c.properties(id), "LoggingConfig", "LogGroup")), group)
	if valueAt(c.properties(group), "RetentionInDays") == nil {
		c.add("%s keeps its logs for ever", id)
	}
	variables := fmt.Sprint(valueAt(c.template, "Globals", "Function", "Environment"), valueAt(c.properties(id), "Environment"))
	if strings.Contains(variables, "{{resolve:") {
		c.add("%s: a secret resolved into the environment", id)
	}
}

// forbiddenRight: wildcards, what is no plain statement on a resource of ours, and
// actions that no function needs.
var forbiddenRight = regexp.MustCompile(`\*| on $|Scan|Delete|BatchWrite|PartiQL`)

// policy: inline statements, exactly the rights that are listed.
func (c *templateCheck) policy(id string) {
	for _, way := range []string{"Role", "FunctionUrlConfig", "AssumeRolePolicyDocument"} {
		c.want(id+": "+way, c.setting(id, way), "<nil>")
	}
	var found []string
	for _, policy := range asList(valueAt(c.properties(id), "Policies")) {
		for _, s := range asList(valueAt(policy, "Statement")) {
			c.want(id+": effect", valueAt(s, "Effect"), "Allow")
			for _, action := range asList(valueAt(s, "Action")) {
				for _, resource := range asList(valueAt(s, "Resource")) {
					found = append(found, fmt.Sprint(action, " on ", refersTo(resource)))
				}
			}
		}
	}
	for _, right := range found {
		if forbiddenRight.MatchString(right) {
			c.add("%s: forbidden: %s", id, right)
		}
	}
	slices.Sort(found)
	c.want(id+": what it may", found, functionGrants[id])
}

var grantingType = regexp.MustCompile(`^AWS::IAM::|^AWS::Lambda::(Permission|Url)$|Connector$|ResourcePolicy$`)

// resources: nothing beside the functions' own policies grants a right.
func (c *templateCheck) resources() {
	for _, id := range namesOf(valueAt(c.template, "Resources")) {
		kind := fmt.Sprint(valueAt(c.template, "Resources", id, "Type"))
		if grantingType.MatchString(kind) || valueAt(c.template, "Resources", id, "Connectors") != nil {
			c.add("%s grants rights past the functions' policies", id)
		}
	}
}

func TestTemplate(t *testing.T) {
	for _, fault := range checkTemplate(readTemplate(t)) {
		t.Error(fault)
	}
}

// templateMutants are changes that must not pass: a place, what somebody in a hurry
// writes there, and a word of the fault that has to be found. C stands for the
// properties of CreatePaymentFunction.
const templateMutants = `
C.Events.Refund | {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: POST, Path: /refunds}} | POST /refunds: nobody decided
C.Events.Refund | {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: POST, Path: /refunds, Auth: {Authorizer: Any}}} | POST /refunds: nobody decided
C.Events.Refund | {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: POST, Path: /refunds, Auth: !If [A, B, C]}} | POST /refunds: nobody decided
C.Events.Refund | {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: POST, Path: /refunds, Auth: {Authorizer: NONE}}} | public is
C.Events.Refund | {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: POST, Path: /refunds, Auth: {Authorizer: AWS_IAM}}} | routes with limits of their own is
C.Events.CreatePayment.Properties.Auth | ~ | POST /payments: nobody decided
Resources.CapturePaymentFunction.Properties.Events.CapturePayment.Properties.Auth | ~ | POST /payments/{id}/capture: nobody decided
Resources.NewAttemptFunction.Properties.Events.NewAttempt.Properties.Auth | ~ | POST /payments/{id}/attempts: nobody decided
Resources.GetPaymentFunction.Properties.Events.GetPayment.Properties.Auth | ~ | GET /payments/{id}: nobody decided
C.Events.CreatePayment.Properties.Auth.Authorizer | AWS_IAM | public is
C.Events.CreatePayment.Properties.ApiId | ~ | no event of the API
C.Events.CreatePayment.Type | Api | no event of the API
Resources.Api.Properties.RouteSettings.GET /nothing | {ThrottlingRateLimit: 1} | routes with limits of their own is
Resources.Other | {Type: AWS::Serverless::HttpApi} | the APIs is [Api Other]
Resources.Api.Properties.AccessLogSettings.Format | $context.requestId $context.path | says too much: $context.path
Parameters.StorefrontOrigin.AllowedPattern | ^https?://[a-z.]+$ | allows is [https://shop.example http://shop.example]
Parameters.StorefrontOrigin.AllowedPattern | .* | allows is [https://shop.example *
Globals.Function.Environment.Variables.X | "{{resolve:secretsmanager:x}}" | a secret resolved
Globals.Function.Runtime | go1.x | runtime is go1.x
Globals.Function.Architectures | [arm64] | architecture is [arm64]
Globals.Function.Timeout | ~ | timeout is <nil>
C.Timeout | 29 | timeout is 29
C.Handler | main | handler is main
C.Tracing | PassThrough | tracing is PassThrough
C.CodeUri | functions/createpayment/ | folder is functions/createpayment/
Resources.CreatePaymentFunction.Metadata | ~ | build method
C.LoggingConfig | ~ | CreatePaymentFunction: log group is
C.LoggingConfig.LogGroup | !Ref SweepLogGroup | CreatePaymentFunction: log group is SweepLogGroup
Resources.SweepLogGroup.Properties.RetentionInDays | ~ | SweepFunction keeps its logs for ever
C.Policies | ~ | CreatePaymentFunction: what it may
C.Policies | AmazonDynamoDBFullAccess | CreatePaymentFunction: what it may
C.Policies | [{DynamoDBCrudPolicy: {TableName: !Ref Table}}] | CreatePaymentFunction: what it may
C.Policies | {Statement: {Action: "dynamodb:*", Resource: !GetAtt Table.Arn}} | forbidden: dynamodb:*
C.Policies | {Statement: {Action: dynamodb:GetItem, Resource: "*"}} | forbidden: dynamodb:GetItem
C.Policies | {Statement: {Action: dynamodb:Query, Resource: !Sub "${Table.Arn}/index/*"}} | forbidden: dynamodb:Query
C.Policies | {Statement: {Action: dynamodb:Scan, Resource: !GetAtt Table.Arn}} | forbidden: dynamodb:Scan
C.Policies | {Statement: {Action: dynamodb:DeleteItem, Resource: !GetAtt Table.Arn}} | forbidden: dynamodb:DeleteItem
C.Policies | {Statement: {Action: dynamodb:BatchWriteItem, Resource: !GetAtt Table.Arn}} | forbidden: dynamodb:BatchWriteItem
C.Role | arn:aws:iam::1:role/x | CreatePaymentFunction: Role is
C.FunctionUrlConfig | {AuthType: NONE} | CreatePaymentFunction: FunctionUrlConfig is
Resources.CreatePaymentFunction.Connectors | {X: {}} | CreatePaymentFunction grants rights past
Resources.P | {Type: AWS::IAM::Policy} | P grants rights past
Resources.U | {Type: AWS::Lambda::Url} | U grants rights past
Resources.NewFunction | {Type: AWS::Serverless::Function} | NewFunction: what it may
Resources.SweepFunction | ~ | what stands under functions/ is`

// brokenAt is what check says when the value at a place is another; nil takes it
// away.
func brokenAt(t *testing.T, path string, value any) string {
	t.Helper()
	template := readTemplate(t)
	names := strings.Split(strings.Replace(path, "C.", "Resources.CreatePaymentFunction.Properties.", 1), ".")
	last := len(names) - 1
	parent := valueAt(template, names[:last]...).(map[string]any)
	if parent[names[last]] = value; value == nil {
		delete(parent, names[last])
	}
	return strings.Join(checkTemplate(template), "\n")
}

// TestTemplateMutants: the check finds what it is for.
func TestTemplateMutants(t *testing.T) {
	for mutant := range strings.SplitSeq(strings.TrimSpace(templateMutants), "\n") {
		part := strings.Split(mutant, " | ")
		if found := brokenAt(t, part[0], parseTemplate(part[1])); !strings.Contains(found, part[2]) {
			t.Errorf("%s\nfound: %s", mutant, found)
		}
	}
	for fact := range strings.SplitSeq(strings.TrimSpace(templateFacts), "\n") {
		path, _, _ := strings.Cut(fact, ": ")
		if !strings.Contains(brokenAt(t, path, "broken"), path+" is broken") {
			t.Errorf("%s was not found broken", path)
		}
	}
}
