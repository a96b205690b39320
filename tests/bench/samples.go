package main

import (
	"fmt"
	"math"
	"slices"
)

// samples are one figure over the rounds, in the order of the rounds.
type samples []float64

// quantile is the value below which a part q of the samples lies.
func (s samples) quantile(q float64) float64 {
	sorted := slices.Sorted(slices.Values(s))
	at := q * float64(len(sorted)-1)
	low := int(at)
	if low+1 == len(sorted) {
		return sorted[low]
	}
	return sorted[low] + (at-float64(low))*(sorted[low+1]-sorted[low])
}

func (s samples) median() float64 { return s.quantile(0.5) }

// over are the ratios round by round: what disturbs the machine disturbs both
// sides of a round, and the medians of two figures need not be of one round.
func (s samples) over(reference samples) samples {
	ratios := make(samples, min(len(s), len(reference)))
	for i := range ratios {
		ratios[i] = s[i] / reference[i]
	}
	return ratios
}

// mean are the means, round by round, of figures that were taken in the same rounds.
func mean(figures []samples) (of samples) {
	for _, f := range figures {
		for round, x := range f {
			if round == len(of) {
				of = append(of, 0)
			}
			of[round] += x / float64(len(figures))
		}
	}
	return of
}

// in shows the samples in a unit: the median, and in brackets the least and the
// most where there is more than one.
func (s samples) in(unit string) string {
	switch len(s) {
	case 0:
		return ""
	case 1:
		return number(s[0]) + " " + unit
	}
	return fmt.Sprintf("%s %s [%s..%s]", number(s.median()), unit, number(slices.Min(s)), number(slices.Max(s)))
}

// number has three digits that count, and all of a whole number.
func number(x float64) string {
	switch {
	case x == math.Trunc(x):
		return fmt.Sprintf("%.0f", x)
	case math.Abs(x) >= 100:
		return fmt.Sprintf("%.0f", x)
	case math.Abs(x) >= 10:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.2f", x)
}
