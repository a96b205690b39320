package main

import (
	"slices"
	"time"
)

// remainder is what the rows of an account did not explain of a balance on the day when
// that was tried. A row that moved on that day, and changed once more before it was read,
// says only when it moved last: it leaves a remainder that is gone a day later.
type remainder struct {
	until   string // the day
	balance string
	amount  string // with its currency
}

// notExplained is the line of the log that says so.
const notExplained = "the rows of the account do not explain its balance"

func (y *year) noteRemainder(until, balance, amount string) {
	r := remainder{until, balance, amount}
	if !slices.Contains(y.remainders, r) { // a run that was killed is done again
		y.remainders = append(y.remainders, r)
	}
}

// judgeRemainders: none may stay. Two of two days running have to be two of two rows.
func (j *judgement) judgeRemainders() {
	for _, r := range j.remainders {
		if slices.Contains(j.remainders, remainder{addDays(r.until, -1), r.balance, r.amount}) {
			j.differs("%s (%s) was not explained on %s, nor the day before", r.amount, r.balance, r.until)
		}
	}
}

// addDays counts on from a day of the calendar.
func addDays(day string, n int) string {
	t, _ := time.Parse(time.DateOnly, day)
	return t.AddDate(0, 0, n).Format(time.DateOnly)
}
