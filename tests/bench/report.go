package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// figure is one line of the table.
type figure struct {
	name      string
	ours      string
	reference string  // what it is compared with, and that one's own figure
	ratio     samples // ours to the reference, by rounds; one value where it is counted
	target    float64 // the most the ratio may be; 0: none is set
	note      string  // where it comes from, or what it consists of
}

// met judges by the median.
func (f figure) met() bool { return f.ratio.median() <= f.target }

// slack is what a ratio that was measured may be above its target before -strict
// calls it missed.
const slack = 1.10

// missed judges for -strict. What is counted is exact. What is measured has to
// miss by a tenth in three rounds out of four: two processes on a busy machine
// differ by more than that in a single one, and never for that long.
func (f figure) missed() bool {
	if f.target == 0 || len(f.ratio) == 0 {
		return false
	}
	if len(f.ratio) == 1 {
		return !f.met()
	}
	return f.ratio.quantile(0.25) > f.target*slack
}

// judged is the line's last word.
func (f figure) judged() string {
	switch {
	case f.target == 0 || len(f.ratio) == 0:
		return ""
	case f.met():
		return "met"
	}
	return "MISSED"
}

func (f figure) cells() []string {
	ratio, target := "", ""
	if len(f.ratio) > 0 {
		ratio = strings.TrimSpace(strings.Replace(f.ratio.in(""), "  ", " ", 1))
	}
	if f.target > 0 {
		target = "<= " + fmt.Sprintf("%.2f", f.target)
	}
	return []string{f.name, f.ours, f.reference, ratio, target, f.judged(), f.note}
}

var headings = []string{"figure", "ours", "reference", "ratio", "target", "met", "note"}

// write prints the table, in the form of Markdown so that it can be pasted.
func write(out io.Writer, figures []figure) {
	rows := [][]string{headings}
	for _, f := range figures {
		rows = append(rows, f.cells())
	}
	widths := make([]int, len(headings))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for n, row := range rows {
		for i, cell := range row {
			fmt.Fprintf(out, "| %s%s ", cell, strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)))
		}
		fmt.Fprintln(out, "|")
		if n == 0 {
			for _, w := range widths {
				fmt.Fprintf(out, "|%s", strings.Repeat("-", w+2))
			}
			fmt.Fprintln(out, "|")
		}
	}
}
