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

// publicRoutes are open to everybody, guardedRoutes to whoever signs. A route that
// is added must be put here or there: that is the decision.
const (
	publicRoutes  = "[GET /customers/me/payments GET /payment-methods GET /payments/{id} GET /payments/{id}/receipt POST /payment-methods POST /payments POST /payments/{id}/attempts POST /payments/{id}/capture POST /webhooks/{provider}]"
	guardedRoutes = "[GET /merchant/entries GET /merchant/payments GET /merchant/payments/{id} GET /merchant/payments/{id}/money GET /merchant/price-list GET /merchant/settlements POST /merchant/payments/{id}/refunds POST /merchant/payments/{id}/review PUT /merchant/price-list]"
)

// logVariables is what an access log may hold: no path, no query, no error text.
var logVariables = strings.Fields(`requestId requestTime identity.sourceIp routeKey status responseLength
	responseLatency error.responseType integration.integrationStatus integration.status`)

// functionGrants are all rights of each function, "action on resource".
var functionGrants = map[string]string{
	"PaymentMethodsFunction":      "[" + readTable + "]",
	"CreatePaymentFunction":       "[" + readTable + " " + writeTable + " " + readSecret + "]",
	"CapturePaymentFunction":      "[" + readTable + " " + writeTable + " " + readSecret + "]",
	"NewAttemptFunction":          "[" + readTable + " " + writeTable + " " + readSecret + "]",
	"GetPaymentFunction":          "[" + readTable + " " + readSecret + "]",
	"CustomerPaymentsFunction":    "[" + readTable + " " + queryTable + " " + readSecret + "]",
	"WebhookFunction":             "[" + readTable + " " + writeTable + " " + readSecret + "]",
	"RefundFunction":              "[" + readTable + " " + writeTable + " " + readSecret + "]",
	"MerchantPaymentsFunction":    "[" + readTable + " " + queryDay + " " + queryTable + "]",
	"MerchantSettlementsFunction": "[" + readTable + " " + queryTable + "]",
	"ReviewFunction":              "[" + readTable + " " + writeTable + "]",
	"PriceListFunction":           "[" + readTable + " " + writeTable + " " + queryTable + "]",
	"SettlementFunction":          "[" + readTable + " " + writeTable + " " + queryTable + " " + readSecret + "]",
	"SweepFunction":               "[" + readTable + " " + writeTable + " " + queryDue + " " + readSecret + "]",
}

const (
	readTable  = "dynamodb:GetItem on Table.Arn"
	writeTable = "dynamodb:PutItem on Table.Arn"
	queryTable = "dynamodb:Query on Table.Arn"
	queryDay   = "dynamodb:Query on ${Table.Arn}/index/day"
	queryDue   = "dynamodb:Query on ${Table.Arn}/index/due"
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
Parameters.Providers.Default: paypal
Parameters.Providers.AllowedValues: [paypal stripe paypal,stripe stripe,paypal]
Resources.Api.Properties.Auth: map[DefaultAuthorizer:AWS_IAM EnableIamAuthorizer:true]
Resources.Api.Properties.StageName: $default
Resources.Api.Properties.CorsConfiguration: map[AllowHeaders:[content-type idempotency-key checkout-token customer-token accept-language] AllowMethods:[GET POST] AllowOrigins:[map[Ref:StorefrontOrigin]] ExposeHeaders:[location retry-after] MaxAge:3600]
Resources.Api.Properties.DefaultRouteSettings: map[ThrottlingBurstLimit:20 ThrottlingRateLimit:10]
Resources.Api.Properties.AccessLogSettings.DestinationArn: map[Fn::GetAtt:AccessLogGroup.Arn]
Resources.AccessLogGroup.Properties.RetentionInDays: 14
Resources.Api.Properties.RouteSettings.POST /webhooks/{provider}: map[ThrottlingBurstLimit:30 ThrottlingRateLimit:15]
Globals.HttpApi: <nil>
Globals.Function.Environment.Variables: map[AWS_ENDPOINT_URL_DYNAMODB: AWS_ENDPOINT_URL_SECRETS_MANAGER: BRAND:map[Ref:Brand] GOGC:400 GOMAXPROCS:1 MERCHANT_COUNTRY:map[Ref:MerchantCountry] METHODS:map[Ref:Methods] PAYPAL_API:map[Ref:PayPalApi] PAYPAL_CA: PAYPAL_PAGES: PAYPAL_WEBHOOK_ID:map[Ref:PayPalWebhookId] PROVIDERS:map[Ref:Providers] RETURN_PATH:map[Ref:ReturnPath] SECRET_ARN:map[Ref:SecretArn] STACK_NAME:map[Ref:AWS::StackName] STOREFRONT_ORIGIN:map[Ref:StorefrontOrigin] STRIPE_API: STRIPE_BANK_COUNTRY:map[Ref:StripeBankCountry] STRIPE_PAGES: TABLE_NAME:map[Ref:Table]]
Globals.Function.MemorySize: 512
Resources.Table.Type: AWS::DynamoDB::Table
Resources.Table.DeletionPolicy: Retain
Resources.Table.UpdateReplacePolicy: Retain
Resources.Table.Properties.DeletionProtectionEnabled: true
Resources.Table.Properties.BillingMode: PAY_PER_REQUEST
Resources.Table.Properties.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled: true
Resources.Table.Properties.SSESpecification.SSEEnabled: true
Resources.Table.Properties.TimeToLiveSpecification: map[AttributeName:expires Enabled:true]
Resources.Table.Properties.AttributeDefinitions: [map[AttributeName:pk AttributeType:S] map[AttributeName:sk AttributeType:S] map[AttributeName:shard AttributeType:S] map[AttributeName:due AttributeType:N] map[AttributeName:day AttributeType:S]]
Resources.Table.Properties.KeySchema: [map[AttributeName:pk KeyType:HASH] map[AttributeName:sk KeyType:RANGE]]
Resources.Table.Properties.GlobalSecondaryIndexes: [map[IndexName:due KeySchema:[map[AttributeName:shard KeyType:HASH] map[AttributeName:due KeyType:RANGE]] Projection:map[ProjectionType:KEYS_ONLY]] map[IndexName:day KeySchema:[map[AttributeName:day KeyType:HASH] map[AttributeName:pk KeyType:RANGE]] Projection:map[ProjectionType:KEYS_ONLY]]]
Resources.Table.Properties.LocalSecondaryIndexes: <nil>
Resources.SweepFunction.Properties.Events.EveryFiveMinutes.Properties.ScheduleExpression: rate(5 minutes)
Resources.SettlementFunction.Properties.Events.EveryHour.Properties.ScheduleExpression: rate(1 hour)
Resources.SweepFunction.Properties.EventInvokeConfig.MaximumRetryAttempts: 0
Resources.SettlementFunction.Properties.EventInvokeConfig.MaximumRetryAttempts: 2
Resources.AlarmTopic.Type: AWS::SNS::Topic
Resources.AlarmTopic.Properties: <nil>
Conditions.HasAlarmEmail: map[Fn::Not:[map[Fn::Equals:[map[Ref:AlarmEmail] ]]]]
Resources.AlarmSubscription: map[Condition:HasAlarmEmail Properties:map[Endpoint:map[Ref:AlarmEmail] Protocol:email TopicArn:map[Ref:AlarmTopic]] Type:AWS::SNS::Subscription]
Outputs.ApiUrl.Value: map[Fn::GetAtt:Api.ApiEndpoint]
Outputs.WebhookUrl.Value: map[Fn::Sub:${Api.ApiEndpoint}/webhooks/paypal]
Outputs.StripeWebhookUrl.Value: map[Fn::Sub:${Api.ApiEndpoint}/webhooks/stripe]
Outputs.MerchantRoutes.Value: map[Fn::Sub:arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*/*/merchant/*]
Outputs.AlarmTopic.Value: map[Ref:AlarmTopic]
Outputs.TableName.Value: map[Ref:Table]
Outputs.SweepLog.Value: map[Ref:SweepLogGroup]
Resources.ScheduleFailureQueue.Properties: map[MessageRetentionPeriod:1209600 SqsManagedSseEnabled:true]`

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
	c.parameters()
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
	c.keys()
	c.environment()
	c.schedules()
	c.alarms()
	c.heartbeats()
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

// parameters: a default is a value that may be given. The webhook's id is not
// known when a stack is made, so nothing may ask for it then.
func (c *templateCheck) parameters() {
	c.want("the webhook's id at first", valueAt(c.template, "Parameters", "PayPalWebhookId", "Default"), "")
	for _, name := range namesOf(valueAt(c.template, "Parameters")) {
		p := valueAt(c.template, "Parameters", name)
		value, also := valueAt(p, "Default").(string)
		pattern, both := valueAt(p, "AllowedPattern").(string)
		if also && both && !regexp.MustCompile(pattern).MatchString(value) {
			c.add("%s may not be its own default, %q", name, value)
		}
	}
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
	var public, guarded []string
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
				guarded = append(guarded, key)
			default:
				c.add("%s: nobody decided who may call it", key)
			}
		}
	}
	slices.Sort(public)
	slices.Sort(guarded)
	c.want("public", public, publicRoutes)
	c.want("guarded", guarded, guardedRoutes)
	all := slices.Sorted(slices.Values(slices.Concat(public, guarded)))
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
	// Below the gateway's 30; what the scheduler alone starts, below Lambda's 900 and
	// well within the hour that lies between two runs.
	most := 29
	if id == "SettlementFunction" {
		most = 601
	}
	if seconds, ok := c.setting(id, "Timeout").(int); !ok || seconds <= 0 || seconds >= most {
		c.add("%s: timeout is %v, want seconds below %d", id, c.setting(id, "Timeout"), most)
	}
	group := strings.TrimSuffix(id, "Function") + "LogGroup"
	c.want(id+": log group", refersTo(valueAt(c.properties(id), "LoggingConfig", "LogGroup")), group)
	if valueAt(c.properties(group), "RetentionInDays") == nil {
		c.add("%s keeps its logs for ever", id)
	}
	c.want(id+": variables of its own", valueAt(c.properties(id), "Environment"), "<nil>")
	if strings.Contains(fmt.Sprint(valueAt(c.template, "Globals", "Function", "Environment")), "{{resolve:") {
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
	c.secret(id, found)
}

var grantingType = regexp.MustCompile(`^AWS::IAM::|^AWS::Lambda::(Permission|Url|EventSourceMapping)$|Connector$|(Resource|Topic|Queue)Policy$`)

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
