package report

import (
	"strings"
	"time"
)

// figure is an amount as a person reads it: thousands apart, a real minus sign, as
// many decimals as the currency has.
func (a Amount) figure() string {
	return strings.Replace(group(a.Decimal()), "-", "−", 1)
}

// group sets the thousands of a decimal apart: "-1234567.89" is "-1,234,567.89".
func group(decimal string) string {
	rest, negative := strings.CutPrefix(decimal, "-")
	whole, fraction, pointed := strings.Cut(rest, ".")
	for at := len(whole) - thousand; at > 0; at -= thousand {
		whole = whole[:at] + "," + whole[at:]
	}
	if pointed {
		whole += "." + fraction
	}
	if negative {
		whole = "-" + whole
	}
	return whole
}

const thousand = 3 // digits

// dayWords writes "2026-11-21" as "21 Nov 2026"; what is no day stays as it is.
func dayWords(day string) string { return inWords(day, "2 Jan 2006") }

// shortDay leaves the year out.
func shortDay(day string) string { return inWords(day, "2 Jan") }

// daysWords writes a range of days, both in it, without saying a month or a year twice.
func daysWords(first, last string) string {
	switch {
	case first == last:
		return dayWords(first)
	case inWords(first, "2006-01") == inWords(last, "2006-01"):
		return inWords(first, "2") + " to " + dayWords(last)
	case inWords(first, "2006") == inWords(last, "2006"):
		return shortDay(first) + " to " + dayWords(last)
	}
	return dayWords(first) + " to " + dayWords(last)
}

func inWords(day, layout string) string {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return at.Format(layout)
}

// lastDay is the day before the end of a range, which is not in it.
func lastDay(to string) string {
	at, err := time.Parse(time.DateOnly, to)
	if err != nil {
		return to
	}
	return at.AddDate(0, 0, -1).Format(time.DateOnly)
}

// moment is a time as a person reads it, always in UTC.
func moment(at time.Time) string { return at.UTC().Format("2 Jan 2006, 15:04 UTC") }

// providerName is a provider as it writes itself.
func providerName(code string) string {
	switch code {
	case "paypal":
		return "PayPal"
	case "stripe":
		return "Stripe"
	}
	return code
}

// wheres are the API's words for where a payment's money is. Not every provider says
// which payout a payment was paid out with.
var wheres = map[string]string{
	"not_reported": "Not reported yet",
	"pending":      "Pending",
	"on_hold":      "On hold",
	"awaited":      "Not available yet",
	"available":    "In the balance or paid out",
	"paid_out":     "Paid out to the bank",
	"converted":    "Converted",
	"refunded":     "Refunded",
	"reversed":     "Taken back",
}

// whereWords is one of them; a word that is new here stays as it is.
func whereWords(code string) string {
	if words, known := wheres[code]; known {
		return words
	}
	return strings.ReplaceAll(code, "_", " ")
}
