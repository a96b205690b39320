package handler

import "log/slog"

// metric writes a figure as a log line that CloudWatch reads as a metric (the
// embedded metric format), so that an alarm can be set on it without a call.
func (h Handlers) metric(name string, value int) {
	h.Log.Info("metric", slog.Group("_aws",
		slog.Int64("Timestamp", h.Checkout.Clock.Now().UnixMilli()),
		slog.Any("CloudWatchMetrics", []metricDirective{{
			Namespace: "Checkout", Dimensions: [][]string{{}}, Metrics: []metricName{{name, "Count"}},
		}}),
	), slog.Int(name, value))
}

// metricDirective is the embedded metric format's, field for field.
type metricDirective struct {
	Namespace  string
	Dimensions [][]string
	Metrics    []metricName
}

type metricName struct{ Name, Unit string }
