package doctor

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// signs are the states as a terminal shows them.
var signs = map[provider.State]string{provider.Good: "ok", provider.Warning: "warning", provider.Wrong: "WRONG", provider.Untold: "?"}

// textWidth is how wide the last column may become, in characters: the others have some
// forty together, and a terminal has hundred and twenty.
const textWidth = 76

// Print writes the rows as a table, what to do below each, and last what they come to.
func Print(out io.Writer, rows []Row) error {
	of, what := 0, 0
	for _, r := range rows {
		of, what = max(of, utf8.RuneCountInString(r.Of)), max(what, utf8.RuneCountInString(r.What))
	}
	lines := bufio.NewWriter(out)
	for _, r := range rows {
		head := fmt.Sprintf("%-7s  %-*s  %-*s  ", signs[r.State], of, r.Of, what, r.What)
		indent := strings.Repeat(" ", utf8.RuneCountInString(head))
		for i, line := range wrapped(r.Is) {
			if i > 0 {
				head = indent
			}
			fmt.Fprintln(lines, head+line)
		}
		for i, line := range wrapped(r.Do) {
			arrow := "  "
			if i == 0 {
				arrow = "→ "
			}
			fmt.Fprintln(lines, indent+arrow+line)
		}
	}
	fmt.Fprintln(lines, "\n"+sum(rows))
	return lines.Flush()
}

// wrapped is a text in lines of whole words.
func wrapped(text string) (lines []string) {
	line := ""
	for word := range strings.FieldsSeq(text) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > textWidth:
			lines, line = append(lines, line), word
		default:
			line += " " + word
		}
	}
	if line == "" {
		return nil
	}
	return append(lines, line)
}

// sum is what all rows come to, in one line.
func sum(rows []Row) string {
	text := "nothing is wrong"
	if n := count(rows, provider.Wrong); n > 0 {
		text = plural(n, "thing is", "things are") + " wrong"
	}
	if n := count(rows, provider.Warning); n > 0 {
		text += "; " + plural(n, "thing", "things") + " could be better"
	}
	if n := count(rows, provider.Untold); n > 0 {
		text += "; " + plural(n, "thing", "things") + " cannot be asked"
	}
	return text
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// PrintJSON writes the rows for a machine, as one JSON array.
func PrintJSON(out io.Writer, rows []Row) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(rows)
}
