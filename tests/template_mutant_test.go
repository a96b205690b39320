package tests

import (
	"strings"
	"testing"
)

// templateMutants are changes that must not pass: a place, what somebody in a hurry
// writes there, and a word of the fault that has to be found. C stands for the
// properties of CreatePaymentFunction.
const templateMutants = `
C.Events.Void | {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: POST, Path: /voids}} | POST /voids: nobody decided
C.Events.Void | {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: POST, Path: /voids, Auth: {Authorizer: Any}}} | POST /voids: nobody decided
C.Events.Void | {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: POST, Path: /voids, Auth: !If [A, B, C]}} | POST /voids: nobody decided
C.Events.Void | {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: POST, Path: /voids, Auth: {Authorizer: NONE}}} | public is
C.Events.Void | {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: POST, Path: /voids, Auth: {Authorizer: AWS_IAM}}} | guarded is
C.Events.CreatePayment.Properties.Auth | ~ | POST /payments: nobody decided
Resources.CapturePaymentFunction.Properties.Events.CapturePayment.Properties.Auth | ~ | POST /payments/{id}/capture: nobody decided
Resources.NewAttemptFunction.Properties.Events.NewAttempt.Properties.Auth | ~ | POST /payments/{id}/attempts: nobody decided
Resources.PaymentMethodsFunction.Properties.Events.PaymentMethods.Properties.Auth | ~ | GET /payment-methods: nobody decided
Resources.PaymentMethodsFunction.Properties.Events.QuoteMethods.Properties.Auth | ~ | POST /payment-methods: nobody decided
Resources.GetPaymentFunction.Properties.Events.GetPayment.Properties.Auth | ~ | GET /payments/{id}: nobody decided
Resources.GetPaymentFunction.Properties.Events.GetReceipt.Properties.Auth | ~ | GET /payments/{id}/receipt: nobody decided
Resources.CustomerPaymentsFunction.Properties.Events.ListOwnPayments.Properties.Auth | ~ | GET /customers/me/payments: nobody decided
Resources.WebhookFunction.Properties.Events.Webhook.Properties.Auth | ~ | POST /webhooks/{provider}: nobody decided
Resources.WebhookFunction.Properties.Events.Webhook.Properties.Auth.Authorizer | AWS_IAM | guarded is
Resources.WebhookFunction.Properties.Events.Webhook.Properties.Path | /webhooks/paypal | public is
Resources.RefundFunction.Properties.Events.Refund.Properties.Auth | ~ | POST /merchant/payments/{id}/refunds: nobody decided
Resources.RefundFunction.Properties.Events.Refund.Properties.Auth.Authorizer | NONE | public is
Resources.RefundFunction.Properties.Events.Refund.Properties.Auth.Authorizer | Customers | POST /merchant/payments/{id}/refunds: nobody decided
Resources.RefundFunction.Properties.Events.Refund.Properties.Auth.Authorizer | none | POST /merchant/payments/{id}/refunds: nobody decided
Resources.MerchantPaymentsFunction.Properties.Events.ListPayments.Properties.Auth.Authorizer | NONE | public is
Resources.MerchantPaymentsFunction.Properties.Events.ShowPayment.Properties.Auth.Authorizer | NONE | public is
Resources.MerchantPaymentsFunction.Properties.Events.ShowPayment | ~ | guarded is
Resources.MerchantPaymentsFunction.Properties.Events.ShowMoney.Properties.Auth.Authorizer | NONE | public is
Resources.MerchantSettlementsFunction.Properties.Events.ShowSettlements.Properties.Auth.Authorizer | NONE | public is
Resources.MerchantSettlementsFunction.Properties.Events.ListEntries.Properties.Auth.Authorizer | NONE | public is
Resources.ReviewFunction.Properties.Events.Review.Properties.Auth.Authorizer | NONE | public is
Resources.PriceListFunction.Properties.Events.PutPriceList.Properties.Auth.Authorizer | NONE | public is
Resources.PriceListFunction.Properties.Events.PutPriceList.Properties.Auth | !If [A, B, C] | PUT /merchant/price-list: nobody decided
Resources.PriceListFunction.Properties.Events.GetPriceList.Properties.Auth.Authorizer | NONE | public is
Resources.Api.Properties.RouteSettings.POST /webhooks/{provider} | ~ | routes with limits of their own is
Resources.Api.Properties.RouteSettings.POST /merchant/payments/{id}/refunds | ~ | routes with limits of their own is
Resources.Api.Properties.CorsConfiguration.AllowMethods | [GET, POST, PUT] | CorsConfiguration is
Resources.Api.Properties.CorsConfiguration.AllowHeaders | [content-type, authorization] | CorsConfiguration is
Parameters.PayPalWebhookId.Default | ~ | the webhook's id at first is
Parameters.PayPalWebhookId.AllowedPattern | ^[A-Za-z0-9]+$ | PayPalWebhookId may not be its own default
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
Resources.MerchantPaymentsFunction.Properties.Policies | {Statement: {Action: dynamodb:Query, Resource: !Sub "${Table.Arn}/index/due"}} | MerchantPaymentsFunction: what it may
Resources.MerchantPaymentsFunction.Properties.Policies | {Statement: {Action: dynamodb:Query, Resource: !GetAtt Table.Arn}} | MerchantPaymentsFunction: what it may
Resources.CustomerPaymentsFunction.Properties.Policies | {Statement: {Action: [dynamodb:GetItem, dynamodb:PutItem], Resource: !GetAtt Table.Arn}} | CustomerPaymentsFunction: what it may
Resources.MerchantPaymentsFunction.Properties.Policies | {Statement: {Action: [dynamodb:GetItem, dynamodb:PutItem], Resource: !GetAtt Table.Arn}} | MerchantPaymentsFunction: what it may
Resources.MerchantSettlementsFunction.Properties.Policies | {Statement: {Action: [dynamodb:GetItem, dynamodb:Query, dynamodb:PutItem], Resource: !GetAtt Table.Arn}} | MerchantSettlementsFunction: what it may
Resources.ReviewFunction.Properties.Policies | {Statement: {Action: secretsmanager:GetSecretValue, Resource: !Ref SecretArn}} | ReviewFunction: what it may
Resources.PriceListFunction.Properties.Policies | {Statement: {Action: dynamodb:UpdateItem, Resource: !GetAtt Table.Arn}} | PriceListFunction: what it may
Resources.WebhookFunction.Properties.Policies | {Statement: {Action: sqs:SendMessage, Resource: !GetAtt ScheduleFailureQueue.Arn}} | WebhookFunction: what it may
Resources.RefundLogGroup.Properties.RetentionInDays | ~ | RefundFunction keeps its logs for ever
C.Role | arn:aws:iam::1:role/x | CreatePaymentFunction: Role is
C.FunctionUrlConfig | {AuthType: NONE} | CreatePaymentFunction: FunctionUrlConfig is
Resources.CreatePaymentFunction.Connectors | {X: {}} | CreatePaymentFunction grants rights past
Resources.P | {Type: AWS::IAM::Policy} | P grants rights past
Resources.U | {Type: AWS::Lambda::Url} | U grants rights past
Resources.NewFunction | {Type: AWS::Serverless::Function} | NewFunction: what it may
Resources.SweepFunction | ~ | what stands under functions/ is
Resources.SettlementFunction | ~ | what stands under functions/ is
Resources.SettlementFunction.Properties.Policies | {Statement: {Action: dynamodb:Query, Resource: !Sub "${Table.Arn}/index/due"}} | SettlementFunction: what it may
Resources.SettlementFunction.Properties.Events.EveryHour.Properties.OmitName | ~ | SettlementFunction: OmitName
Resources.SettlementFunction.Properties.Events.EveryHour.Properties.RetryPolicy | ~ | a run that cannot be delivered is not tried again
Resources.SettlementFunction.Properties.Events.EveryHour.Properties.DeadLetterConfig | ~ | SettlementFunction: undelivered runs
Resources.SweepFunction.Properties.EventInvokeConfig.DestinationConfig | ~ | SweepFunction: failed runs
Resources.ReviewFunction.Properties.Events.Daily | {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 day)}} | ReviewFunction may stop, and no alarm notices
Resources.SweepStoppedAlarm | ~ | SweepFunction may stop, and no alarm notices
Resources.SettlementStoppedAlarm | ~ | SettlementFunction may stop, and no alarm notices
Resources.SweepStoppedAlarm.Properties.TreatMissingData | notBreaching | SweepFunction may stop, and no alarm notices
Resources.SweepStoppedAlarm.Properties.MetricName | SweepFailed | SweepFunction may stop, and no alarm notices
Resources.SweepStoppedAlarm.Properties.Statistic | Maximum | SweepFunction may stop, and no alarm notices
Resources.ReviewAlarm.Properties.MetricName | InReviews | ReviewAlarm reads Checkout InReviews Stack=AWS::StackName, which nobody writes
Resources.ReviewAlarm.Properties.Namespace | Shop | ReviewAlarm reads Shop InReview
Resources.ReviewAlarm.Properties.Dimensions | ~ | ReviewAlarm reads Checkout InReview, which nobody writes
Resources.ReviewAlarm.Properties.Dimensions | [{Name: Stack, Value: shop}] | ReviewAlarm reads Checkout InReview Stack=shop, which nobody writes
Resources.ReviewAlarm | ~ | no alarm reads Checkout InReview
Resources.WebhookForgedAlarm | ~ | no alarm reads Checkout WebhookForged
Resources.OutcomeUnknownAlarm | ~ | no alarm reads Checkout OutcomeUnknown
Resources.RefundErrorsAlarm | ~ | no alarm reads AWS/Lambda Errors FunctionName=RefundFunction
Resources.RefundErrorsAlarm.Properties.Dimensions | [{Name: FunctionName, Value: !Ref ReviewFunction}] | no alarm reads AWS/Lambda Errors FunctionName=RefundFunction
Resources.RefundErrorsAlarm.Properties.AlarmActions | ~ | RefundErrorsAlarm: tells
Resources.RefundErrorsAlarm.Properties.TreatMissingData | ~ | RefundErrorsAlarm: silence means <nil>
Resources.RefundErrorsAlarm.Properties.AlarmDescription | Errors | RefundErrorsAlarm does not say what it means
Resources.ScheduleFailureAlarm.Properties.Dimensions | [{Name: QueueName, Value: !Ref ScheduleFailureQueue}] | ScheduleFailureAlarm reads AWS/SQS ApproximateNumberOfMessagesVisible QueueName=ScheduleFailureQueue, which nobody writes
Resources.TableAlarm.Properties.Metrics | [] | no alarm reads AWS/DynamoDB SystemErrors Operation=GetItem
Resources.ApiErrorsAlarm.Properties.MetricName | 5XXError | no alarm reads AWS/ApiGateway 5xx
Globals.Function.Environment.Variables.SPARE | x | nobody reads the variable SPARE
Globals.Function.Environment.Variables.PAYPAL_CERT_CA | "" | nobody reads the variable PAYPAL_CERT_CA
Globals.Function.Environment.Variables.BRAND | ~ | the variable BRAND is read and not declared
Globals.Function.Environment.Variables.PAYPAL_CA | ~ | the variable PAYPAL_CA is read and not declared
Globals.Function.Environment.Variables.AWS_ENDPOINT_URL_DYNAMODB | ~ | the variable AWS_ENDPOINT_URL_DYNAMODB is read and not declared
Globals.Function.Environment.Variables.GOGC | ~ | the variable GOGC is read and not declared
C.Environment | {Variables: {BRAND: x}} | CreatePaymentFunction: variables of its own
Resources.ReviewFunction.Properties.Policies | {Statement: {Action: secretsmanager:GetSecretValue, Resource: !Ref SecretArn}} | ReviewFunction opens the secret: false; it may read it: true
Resources.GetPaymentFunction.Properties.Policies | {Statement: {Action: dynamodb:GetItem, Resource: !GetAtt Table.Arn}} | GetPaymentFunction opens the secret: true; it may read it: false
Resources.Table.Properties.GlobalSecondaryIndexes | [{IndexName: status, KeySchema: [{AttributeName: status, KeyType: HASH}]}] | the store has no index status
Resources.Table.Properties.GlobalSecondaryIndexes | [{IndexName: due, KeySchema: [{AttributeName: due, KeyType: HASH}]}] | the keys of index due is
Resources.Table.Properties.GlobalSecondaryIndexes | [] | the table has no index day
Resources.Table.Properties.TimeToLiveSpecification.AttributeName | ttl | the time to live is ttl
Resources.T | {Type: AWS::SNS::TopicPolicy} | T grants rights past`

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
