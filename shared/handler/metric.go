package handler

import "log/slog"

// Metric is the name of a figure that an alarm in template.yaml reads: tests hold
// the two against each other. Each costs the merchant a little every month, so
// there is none that nothing reads. The set is closed.
type Metric string

const (
	// What one sweep found. Each is written by every sweep that came to its end,
	// zeros too, so a sweep that does not is known by their absence.
	MetricOldestDue      Metric = "OldestDue"            // seconds that the oldest of what was due had waited
	MetricSweepFailed    Metric = "SweepFailed"          // payments that could not be handled
	MetricOutcomeUnknown Metric = "OutcomeUnknown"       // payments whose capture or refund stays unknown for more than 15 minutes
	MetricInReview       Metric = "InReview"             // payments that wait for a person
	MetricDisputeDueSoon Metric = "DisputeAnswerDueSoon" // disputes to be answered within three days

	// MetricDisputesRead is what one settlement run found, zero too: disputes that
	// had changed. A run that did not come to its end, or was not let into the
	// account, is known by its absence.
	MetricDisputesRead Metric = "DisputesRead"

	// What one settlement run found in the provider's account. Each is written by
	// every run, zeros too, and by one that failed as well: it is found only once.
	MetricUnexplainedRemainder Metric = "UnexplainedRemainder" // balances that the rows have not explained for two days running, once a day
	MetricUnmatchedRows        Metric = "UnmatchedRows"        // rows that were kept one by one for a person
	MetricSettlementBehind     Metric = "SettlementBehind"     // seconds since the time up to which the account is read

	// MetricWebhookForged is written only when there is one: deliveries that are
	// not the provider's, or not for this webhook.
	MetricWebhookForged Metric = "WebhookForged"
)

// figure is one metric's value.
type figure struct {
	name  Metric
	unit  string // Count or Seconds, as CloudWatch has them
	value int
}

// measure writes figures as one log line that CloudWatch reads as metrics (the
// embedded metric format), so that an alarm can be set on them without a call.
// The stack is their dimension: two stacks in one account stay apart.
func (h Handlers) measure(figures ...figure) { h.tell("metric", nil, figures...) }

// tell is measure with a message of its own, and more that stands in the line and is
// no metric, by name and value: a run that has little to say says it in one line.
func (h Handlers) tell(message string, more []any, figures ...figure) {
	directive := metricDirective{Namespace: "Checkout", Dimensions: [][]string{{"Stack"}}}
	values := []any{slog.String("Stack", h.Checkout.Stack)}
	for _, f := range figures {
		directive.Metrics = append(directive.Metrics, metricName{f.name, f.unit})
		values = append(values, slog.Int(string(f.name), f.value))
	}
	h.Log.Info(message, append(append(values, more...), slog.Group("_aws",
		slog.Int64("Timestamp", h.Checkout.Clock.Now().UnixMilli()),
		slog.Any("CloudWatchMetrics", []metricDirective{directive}),
	))...)
}

// metricDirective is the embedded metric format's, field for field.
type metricDirective struct {
	Namespace  string
	Dimensions [][]string
	Metrics    []metricName
}

type metricName struct {
	Name Metric
	Unit string
}
