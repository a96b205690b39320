package report

import (
	"fmt"
	"strings"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
)

// chart is one currency's days as a picture of two areas over the same days: above,
// what was captured and what went off it; below, the balance and what was paid out.
// What came is above the line of nothing, what left is below it.
//
// All lengths are whole tenths of a pixel, so that no amount is ever a fraction.
type chart struct {
	Class         string // wide or narrow
	Width, Height int
	Left, Right   int // of the areas
	Areas         []area
	Columns       []column
	Labels        []label // of days, below
	Says          string  // the picture in a sentence
}

type area struct {
	Title       string
	Top, Bottom int
	Zero        int
	Ticks       []label
	Line        string // the balance: a path, or empty
}

// column is one bucket: its bars, and what is said where one points at it.
type column struct {
	X, Width int
	Says     string
	Bars     []bar
}

type bar struct {
	Class               string
	X, Y, Width, Height int
}

type label struct {
	X, Y int
	Text string
}

// format is how big a chart is.
type format struct {
	class          string
	width          int
	moves, balance int // heights of the two areas
	between        int // least distance of two labels of days
	steps          int64
}

var formats = []format{
	{class: "wide", width: 9600, moves: 2100, balance: 1300, between: 560, steps: 5},
	{class: "narrow", width: 3580, moves: 1700, balance: 1100, between: 520, steps: 4},
}

// Lengths of every chart.
const (
	digitWidth  = 66 // of a label's characters
	titleHeight = 300
	areaGap     = 260
	footHeight  = 260
	baseline    = 40 // a label's text hangs so far below its middle
)

// series are the bars of an area, in the order in which they are stacked.
type series struct {
	class string
	of    func(Figures) int64
}

var (
	movesSeries = []series{
		{"captured", func(f Figures) int64 { return f.Captured.Minor }},
		{"refunds", func(f Figures) int64 { return f.Refunds.Minor + f.Reversals.Minor }},
		{"fees", func(f Figures) int64 { return f.Fees.Minor }},
	}
	balanceSeries = []series{{"paidout", func(f Figures) int64 { return f.PaidOut.Minor }}}
)

// draw is the chart of a currency's buckets in a format.
func (f format) draw(c money.Currency, list []bucket) chart {
	moves, balance := axisFor(list, movesSeries, false, f.steps, c), axisFor(list, balanceSeries, true, f.steps-1, c)
	left := max(widest(moves), widest(balance))*digitWidth + 100
	k := chart{Class: f.class, Width: f.width, Left: left, Right: f.width - 40}
	top := titleHeight
	upper := areaOf(moves, "Captured, refunds and fees", left, top, f.moves)
	top += f.moves + areaGap + titleHeight
	lower := areaOf(balance, "Balance, and what was paid out", left, top, f.balance)
	k.Height = top + f.balance + footHeight
	for i, b := range list {
		x, next := k.at(i, len(list)), k.at(i+1, len(list))
		col := column{X: x, Width: next - x, Says: b.says()}
		space := (next - x) / 5
		thick := bar{X: x + space/2 + space%2, Width: max(next-x-space, 8)}
		col.Bars = append(stack(thick, moves, upper, movesSeries, b), stack(thick, balance, lower, balanceSeries, b)...)
		k.Columns = append(k.Columns, col)
	}
	lower.Line = k.line(list, balance, lower)
	k.Areas = []area{upper, lower}
	k.Labels = k.days(list, f.between)
	k.Says = says(c, list)
	return k
}

// at is where the i-th of n columns begins.
func (k chart) at(i, n int) int { return k.Left + (k.Right-k.Left)*i/n }

func widest(a axis) (characters int) {
	for _, v := range a.ticks() {
		characters = max(characters, len([]rune(a.label(v))))
	}
	return characters
}

// axisFor is the axis that the bars of some series need, stacked, and the balance.
func axisFor(list []bucket, of []series, balance bool, steps int64, c money.Currency) axis {
	var low, high int64
	for _, b := range list {
		var up, down int64
		for _, s := range of {
			v := s.of(b.Figures)
			up, down = up+max(v, 0), down+min(v, 0)
		}
		if balance && b.Known {
			up, down = max(up, b.Balance.Minor), min(down, b.Balance.Minor)
		}
		low, high = min(low, down), max(high, up)
	}
	return axisOf(low, high, steps, c)
}

func areaOf(a axis, title string, left, top, height int) area {
	drawn := area{Title: title, Top: top, Bottom: top + height, Zero: top + a.place(0, height)}
	for _, v := range a.ticks() {
		drawn.Ticks = append(drawn.Ticks, label{X: left - 60, Y: top + a.place(v, height), Text: a.label(v)})
	}
	return drawn
}

// Height of the area.
func (a area) Height() int { return a.Bottom - a.Top }

// stack puts a bucket's values of some series onto each other, away from nothing.
func stack(thick bar, a axis, in area, of []series, b bucket) (bars []bar) {
	var up, down int64
	height := in.Height()
	for _, s := range of {
		v := s.of(b.Figures)
		from := up
		if v < 0 {
			from = down
		}
		one := thick
		one.Class = s.class
		y, end := in.Top+a.place(max(from, from+v), height), in.Top+a.place(min(from, from+v), height)
		one.Y, one.Height = y, end-y
		if v != 0 {
			one.Height = max(one.Height, 10) // a cent can be seen
			bars = append(bars, one)
		}
		up, down = up+max(v, 0), down+min(v, 0)
	}
	return bars
}

// line is the balance from column to column, in steps: it is the balance at the end of
// each.
func (k chart) line(list []bucket, a axis, in area) string {
	var path strings.Builder
	for i, b := range list {
		if !b.Known {
			break
		}
		move := "V"
		if i == 0 {
			move = fmt.Sprintf("M%d ", k.at(0, len(list)))
		}
		fmt.Fprintf(&path, "%s%dH%d", move, in.Top+a.place(b.Balance.Minor, in.Height()), k.at(i+1, len(list)))
	}
	return path.String()
}

// days are the labels below: as many as there is room for, at even distances.
func (k chart) days(list []bucket, between int) (labels []label) {
	every := 1
	for _, n := range []int{1, 2, 7, 14, 28} {
		if every = n; (k.Right-k.Left)*n/max(len(list), 1) >= between {
			break
		}
	}
	for i := 0; i < len(list); i += every {
		labels = append(labels, label{X: (k.at(i, len(list)) + k.at(i+1, len(list))) / 2, Y: k.Height - 80, Text: shortDay(list[i].From)})
	}
	return labels
}

// says is the bucket in words, for whoever points at it.
func (b bucket) says() string {
	text := fmt.Sprintf("%s (%s)\ncaptured %s\nrefunds and reversals %s\nfees %s\npaid out %s", daysWords(b.From, b.To), b.Currency, b.Captured.figure(),
		b.takenBack().figure(), b.Fees.figure(), b.PaidOut.figure())
	if b.Known {
		text += "\nbalance " + b.Balance.figure()
	}
	return text
}

// takenBack are refunds and reversals together, as the chart shows them.
func (f Figures) takenBack() Amount {
	return Amount{money.New(f.Refunds.Minor+f.Reversals.Minor, f.Currency)}
}

// says is the whole chart in a sentence.
func says(c money.Currency, list []bucket) string {
	sum := nothing(c)
	for _, b := range list {
		sum.add(b.Figures)
	}
	if len(list) == 0 {
		return "Nothing."
	}
	return fmt.Sprintf("Chart of %s from %s to %s: captured %s, refunds and reversals %s, fees %s, paid out %s. The same figures follow as a table.",
		c, dayWords(list[0].From), dayWords(list[len(list)-1].To), sum.Captured.figure(), sum.takenBack().figure(), sum.Fees.figure(), sum.PaidOut.figure())
}
