package gateway

import (
	"go.yaml.in/yaml/v3"
	"golang.org/x/time/rate"
)

// Throttle limits one route. The zero value sets no limit.
type Throttle struct {
	Rate  float64 // requests per second
	Burst int     // requests at once
}

func (r *reading) readThrottle(n *yaml.Node) Throttle {
	r.only(n, "ThrottlingRateLimit", "ThrottlingBurstLimit", "DetailedMetricsEnabled")
	perSecond, burst := field(n, "ThrottlingRateLimit"), field(n, "ThrottlingBurstLimit")
	if perSecond == nil || burst == nil {
		r.add(n, "ThrottlingRateLimit and ThrottlingBurstLimit belong together")
		return Throttle{}
	}
	var t Throttle
	t.Rate, _ = r.number(perSecond)
	t.Burst, _ = r.whole(burst)
	return t
}

// limiter is a fresh, full bucket.
func (t Throttle) limiter() *rate.Limiter {
	if t == (Throttle{}) {
		return rate.NewLimiter(rate.Inf, 0)
	}
	return rate.NewLimiter(rate.Limit(t.Rate), t.Burst)
}
