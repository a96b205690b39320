package wording

import (
	"strconv"
	"strings"
	"time"
)

// dates is how a language writes a day, long: with the month's name.
type dates struct {
	Form   string   `json:"form"` // of {day}, {month} and {year}
	Months []string `json:"months"`
	First  string   `json:"first,omitempty"` // of a month, where it is no plain 1
}

// day writes the day of a time in UTC.
func (d dates) day(t time.Time) string {
	t = t.UTC()
	day := strconv.Itoa(t.Day())
	if t.Day() == 1 && d.First != "" {
		day = d.First
	}
	return strings.NewReplacer(
		"{day}", day, "{month}", d.Months[t.Month()-time.January], "{year}", strconv.Itoa(t.Year()),
	).Replace(d.Form)
}
