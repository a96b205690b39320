package tests

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/serverless-checkout/serverless-checkout/shared/handler"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/stripe"
)

// heartbeats are what each scheduled function writes whenever it came to its end;
// an alarm waits for the lack of it.
var heartbeats = map[string]handler.Metric{
	"SettlementFunction": handler.MetricDisputesRead,
	"SweepFunction":      handler.MetricOldestDue,
}

// schedules: a run that fails leaves evidence, whoever failed, and two stacks do
// not collide.
func (c *templateCheck) schedules() {
	for _, id := range c.scheduled() {
		events := valueAt(c.properties(id), "Events")
		for _, name := range namesOf(events) {
			p := valueAt(events, name, "Properties")
			c.want(id+": OmitName", valueAt(p, "OmitName"), "true")
			c.want(id+": undelivered runs", valueAt(p, "DeadLetterConfig", "Arn"), "map[Fn::GetAtt:ScheduleFailureQueue.Arn]")
			if tries, _ := valueAt(p, "RetryPolicy", "MaximumRetryAttempts").(int); tries < 1 {
				c.add("%s: a run that cannot be delivered is not tried again", id)
			}
		}
		c.want(id+": failed runs", valueAt(c.properties(id), "EventInvokeConfig", "DestinationConfig", "OnFailure"), "map[Destination:map[Fn::GetAtt:ScheduleFailureQueue.Arn] Type:SQS]")
	}
}

// scheduled are the functions that the scheduler starts.
func (c *templateCheck) scheduled() (ids []string) {
	for _, id := range c.ofType("AWS::Serverless::Function") {
		events := valueAt(c.properties(id), "Events")
		for _, name := range namesOf(events) {
			if valueAt(events, name, "Type") == "ScheduleV2" {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// awsMetrics are AWS's own figures that may be read, with the dimensions they come
// with: with others there is no such figure, and an alarm on it is silent for ever.
var awsMetrics = map[string]string{
	"AWS/Lambda Throttles":                             "",
	"AWS/ApiGateway 5xx":                               "ApiId=Api",
	"AWS/SQS ApproximateNumberOfMessagesVisible":       "QueueName=ScheduleFailureQueue.QueueName",
	"AWS/DynamoDB ThrottledRequests Operation=GetItem": "TableName=Table",
	"AWS/DynamoDB ThrottledRequests Operation=PutItem": "TableName=Table",
	"AWS/DynamoDB SystemErrors Operation=GetItem":      "TableName=Table",
	"AWS/DynamoDB SystemErrors Operation=PutItem":      "TableName=Table",
}

// alarms: each tells the topic and says what silence means; together they read
// every figure that there is to read, and none that nobody writes.
func (c *templateCheck) alarms() {
	missing := map[string]bool{}
	for reading, dimensions := range awsMetrics {
		missing[strings.TrimSpace(reading+" "+dimensions)] = true
	}
	for _, id := range c.ofType("AWS::Serverless::Function") {
		missing["AWS/Lambda Errors FunctionName="+id] = true
	}
	for _, name := range writtenMetrics() {
		missing["Checkout "+name+" Stack=AWS::StackName"] = true
	}
	known := maps.Clone(missing)
	for _, id := range c.ofType("AWS::CloudWatch::Alarm") {
		p := c.properties(id)
		c.want(id+": tells", valueAt(p, "AlarmActions"), "[map[Ref:AlarmTopic]]")
		if silence := valueAt(p, "TreatMissingData"); silence != "breaching" && silence != "notBreaching" {
			c.add("%s: silence means %v", id, silence)
		}
		if text, _ := valueAt(p, "AlarmDescription").(string); len(text) < 30 {
			c.add("%s does not say what it means", id)
		}
		for _, reading := range readings(p) {
			if !known[reading] {
				c.add("%s reads %s, which nobody writes", id, reading)
			}
			delete(missing, reading)
		}
	}
	for _, reading := range slices.Sorted(maps.Keys(missing)) {
		c.add("no alarm reads %s", reading)
	}
}

// readings are the figures that an alarm reads, "namespace name dimensions", the
// dimensions with values of our own last.
func readings(properties any) (found []string) {
	metrics := []any{properties}
	if list, ok := valueAt(properties, "Metrics").([]any); ok {
		metrics = nil
		for _, m := range list {
			if metric := valueAt(m, "MetricStat", "Metric"); metric != nil {
				metrics = append(metrics, metric)
			}
		}
	}
	for _, metric := range metrics {
		parts := []string{fmt.Sprint(valueAt(metric, "Namespace")), fmt.Sprint(valueAt(metric, "MetricName"))}
		var plain, ours []string
		dimensions, _ := valueAt(metric, "Dimensions").([]any)
		for _, d := range dimensions {
			name := fmt.Sprint(valueAt(d, "Name"), "=")
			if value, ok := valueAt(d, "Value").(string); ok {
				plain = append(plain, name+value)
			} else {
				ours = append(ours, name+refersTo(valueAt(d, "Value")))
			}
		}
		found = append(found, strings.Join(slices.Concat(parts, plain, ours), " "))
	}
	return found
}

// heartbeats: each schedule has an alarm that goes off when its function has not
// come to its end.
func (c *templateCheck) heartbeats() {
	for _, id := range c.scheduled() {
		found := false
		for _, alarm := range c.ofType("AWS::CloudWatch::Alarm") {
			p := c.properties(alarm)
			found = found || valueAt(p, "Namespace") == "Checkout" && valueAt(p, "MetricName") == string(heartbeats[id]) &&
				valueAt(p, "Statistic") == "SampleCount" && valueAt(p, "Threshold") == 1 &&
				valueAt(p, "ComparisonOperator") == "LessThanThreshold" && valueAt(p, "TreatMissingData") == "breaching"
		}
		if !found {
			c.add("%s may stop, and no alarm notices", id)
		}
	}
}

// writtenMetrics are the names that the code writes, from its closed list.
var writtenMetrics = sync.OnceValue(func() (names []string) {
	file, err := parser.ParseFile(token.NewFileSet(), "../shared/handler/metric.go", nil, 0)
	if err != nil {
		panic(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && wordOf(spec.Type) == "Metric" {
			names = append(names, strings.Trim(spec.Values[0].(*ast.BasicLit).Value, `"`))
		}
		return true
	})
	slices.Sort(names)
	return names
})

// TestMetricsAreRead: what the functions write when they run is the closed list,
// which the template's alarms read (see alarms), under that namespace and that
// dimension; and each scheduled function writes its heartbeat when nothing is due.
func TestMetricsAreRead(t *testing.T) {
	w := newWorld(t, plan{})
	w.paid() // the last that moves the clock
	names := func() (found []string) {
		for _, line := range w.metricLines() {
			for _, directive := range line.AWS.CloudWatchMetrics {
				if directive.Namespace != "Checkout" || fmt.Sprint(directive.Dimensions) != "[[Stack]]" || line.members["Stack"] != "tests" {
					t.Errorf("not what the alarms read: %v", line)
				}
				if line.AWS.Timestamp != w.clock.Now().UnixMilli() {
					t.Errorf("the time of the metric is %d", line.AWS.Timestamp)
				}
				for _, m := range directive.Metrics {
					if _, ok := line.members[m.Name].(float64); !ok || (m.Unit != "Count" && m.Unit != "Seconds") {
						t.Errorf("%s has the value %v and the unit %s", m.Name, line.members[m.Name], m.Unit)
					}
					found = append(found, m.Name)
				}
			}
		}
		return found
	}
	for id, run := range map[string]func() error{
		"SweepFunction":      func() error { _, err := w.handlers.Sweep()(t.Context(), nil); return err },
		"SettlementFunction": func() error { _, err := w.handlers.Settlement()(t.Context(), nil); return err },
	} {
		before := len(names())
		w.must(run())
		if written := names()[before:]; !slices.Contains(written, string(heartbeats[id])) {
			t.Errorf("%s came to its end and wrote %v", id, written)
		}
	}
	w.call(http.MethodPost, "/webhooks/paypal", `{}`, nil)
	written := names()
	slices.Sort(written)
	if want := writtenMetrics(); !slices.Equal(slices.Compact(written), want) {
		t.Errorf("written are %v; the list is %v", written, want)
	}
}

// TestWebhookEventsAreHeard: what the outputs ask the merchant to register is what
// the adapter has a use for.
func TestWebhookEventsAreHeard(t *testing.T) {
	code, err := os.ReadFile("../shared/provider/paypal/event.go")
	if err != nil {
		t.Fatal(err)
	}
	var heard []string
	for _, line := range regexp.MustCompile(`(?m)^\t"([A-Z.-]+)": +\(\*heard\)`).FindAllStringSubmatch(string(code), -1) {
		heard = append(heard, line[1])
	}
	told := strings.Fields(fmt.Sprint(valueAt(readTemplate(t), "Outputs", "WebhookEvents", "Value")))
	if len(heard) < 10 || !slices.Equal(slices.Sorted(slices.Values(told)), slices.Sorted(slices.Values(heard))) {
		t.Errorf("the outputs name %v, and the adapter hears %v", told, heard)
	}
	told = strings.Fields(fmt.Sprint(valueAt(readTemplate(t), "Outputs", "StripeWebhookEvents", "Value")))
	if !slices.Equal(told, stripe.Events()) {
		t.Errorf("the outputs name %v of Stripe's, and the adapter hears %v", told, stripe.Events())
	}
}
