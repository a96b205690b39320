package report

import (
	"math/bits"
	"strings"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
)

// axis is a scale from low to high with a mark at each whole multiple of a round step,
// in minor units; nothing is always on it.
type axis struct {
	low, high, step int64
	currency        money.Currency
}

// axisOf is the axis for values between two, with about so many steps and a little air
// at both ends.
func axisOf(low, high int64, steps int64, c money.Currency) axis {
	low, high = min(low, 0), max(high, 0)
	if low == high {
		high = unit(c) // an empty chart has a scale too
	}
	step := niceStep((high - low + steps - 1) / steps)
	air := (high - low) / airShare
	if low < 0 {
		low -= air
	}
	if high > 0 {
		high += air
	}
	return axis{low: low, high: high, step: step, currency: c}
}

const airShare = 20

// niceStep is the smallest of 1, 2 and 5 and their tenfolds that is not below size.
func niceStep(size int64) int64 {
	step := int64(1)
	for i := 0; step < size; i++ {
		if i%3 == 1 { // 2 to 5
			step = step / 2 * 5
		} else {
			step *= 2
		}
	}
	return step
}

// unit is one major unit of a currency, in minor ones.
func unit(c money.Currency) int64 {
	places, _ := c.Exponent()
	one := int64(1)
	for range places {
		one *= 10
	}
	return one
}

// ticks are the marks of the axis, lowest first.
func (a axis) ticks() (list []int64) {
	for v := a.low / a.step * a.step; v <= a.high; v += a.step { // from the lowest that is not below low
		list = append(list, v)
	}
	return list
}

// label writes a tick. Decimals are left out where no tick has any.
func (a axis) label(v int64) string {
	text := (Amount{money.New(v, a.currency)}).figure()
	if a.step%unit(a.currency) == 0 {
		text, _, _ = strings.Cut(text, ".")
	}
	return text
}

// place is how far a value is from the top of an area of a height.
func (a axis) place(v int64, height int) int {
	high, low := bits.Mul64(uint64(a.high-v), uint64(height))
	far, _ := bits.Div64(high, low, uint64(a.high-a.low))
	return int(far)
}
