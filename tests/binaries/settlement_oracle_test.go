//go:build binaries

package binaries

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
)

// The settlement's oracle holds the table, read without any code of ours, against the
// simulator's own statement: each row of a payment's stands on it once, each day's sums
// are those of its rows, and every balance comes out at 0.00.

// books is what the table says of the account.
type books struct {
	rows      map[string][]string            // of each payment, "T0006 ID EUR 75.00 EUR -2.97"
	days      map[string]map[string]daySum   // by day, and by hour, currency, code and whose it is
	rolls     map[string]map[string]dayRolls // by day, currency and balance
	unmatched []string                       // "no_such_payment T0006 ID"
}

type daySum struct {
	Count int64 `json:"n"`
	Gross int64 `json:"gross"`
	Fee   int64 `json:"fee"`
	Still int64 `json:"still"`
}

type dayRolls struct{ Balance, Opening, Rows, Closing, Remainder string }

// readBooks reads a dump.
func readBooks(rows []row) (b books, err error) {
	b = books{rows: map[string][]string{}, days: map[string]map[string]daySum{}, rolls: map[string]map[string]dayRolls{}}
	all, err := payments(rows)
	if err != nil {
		return b, err
	}
	for id, p := range all {
		for _, raw := range p.Entries {
			var e struct{ Ref, Code, Amount, Fee string }
			if err := json.Unmarshal(raw, &e); err != nil {
				return b, err
			}
			if e.Code != "" {
				b.rows[id] = append(b.rows[id], strings.TrimSpace(strings.Join([]string{e.Code, e.Ref, e.Amount, e.Fee}, " ")))
			}
		}
		slices.Sort(b.rows[id])
	}
	for _, r := range rows {
		text, err := json.Marshal(r.Document)
		switch {
		case err != nil:
			return b, err
		case r.PK == "daybook#paypal":
			err = b.readDay(r.SK, text)
		case r.PK == "unmatched#rows#paypal":
			var kept struct{ Reason, Code, ID string }
			err = json.Unmarshal(text, &kept)
			b.unmatched = append(b.unmatched, strings.Join([]string{kept.Reason, kept.Code, kept.ID}, " "))
		}
		if err != nil {
			return b, err
		}
	}
	slices.Sort(b.unmatched)
	return b, nil
}

func (b *books) readDay(day string, text []byte) error {
	var d struct {
		Hours map[string]struct{ Sums, Later map[string]daySum }
		Rolls []dayRolls
	}
	if err := json.Unmarshal(text, &d); err != nil {
		return err
	}
	for hour, h := range d.Hours {
		if len(h.Later) > 0 {
			return fmt.Errorf("%s %s has rows that moved later: %v", day, hour, h.Later)
		}
		for key, sum := range h.Sums {
			if b.days[day] == nil {
				b.days[day] = map[string]daySum{}
			}
			b.days[day][hour+" "+key] = sum
		}
	}
	for _, r := range d.Rolls {
		if b.rolls[day] == nil {
			b.rolls[day] = map[string]dayRolls{}
		}
		b.rolls[day][r.Closing[:3]+" "+r.Balance] = r
	}
	return nil
}

// truth is what the table has to say in the end.
func (a *account) truth() books {
	b := books{rows: map[string][]string{}, days: map[string]map[string]daySum{}}
	for _, r := range a.paypal.Statement().Rows {
		at, fee, foreign := r.Initiated.UTC(), "", " foreign"
		if r.Fee != 0 {
			fee = euro(r.Fee)
		}
		switch {
		case r.CustomID == nobodys: // summed as foreign: no payment has it
			b.unmatched = append(b.unmatched, "no_such_payment "+r.Code+" "+r.ID)
		case r.CustomID != "" && r.CustomID != anotherShops:
			foreign = ""
			b.rows[r.CustomID] = append(b.rows[r.CustomID], strings.TrimSpace(strings.Join([]string{r.Code, r.ID, euro(r.Amount), fee}, " ")))
		case r.Code == "T9999":
			b.unmatched = append(b.unmatched, "unknown_code "+r.Code+" "+r.ID)
		}
		day := at.Format(time.DateOnly)
		if b.days[day] == nil {
			b.days[day] = map[string]daySum{}
		}
		key := at.Format("15") + " " + r.Currency + " " + r.Code + foreign
		sum := b.days[day][key]
		b.days[day][key] = daySum{Count: sum.Count + 1, Gross: sum.Gross + r.Amount, Fee: sum.Fee + r.Fee}
	}
	for _, rows := range b.rows {
		slices.Sort(rows)
	}
	slices.Sort(b.unmatched)
	return b
}

func euro(minor int64) string {
	if minor < 0 {
		return "EUR -" + strings.TrimPrefix(euros(-minor), "EUR ")
	}
	return euros(minor)
}

// breaks says what is wrong with the table whenever a run has ended, however it did: a
// row that is none or stands twice, a day whose sums are not those of its rows, a
// balance that does not come out, a row that is kept for no reason.
func (b books) breaks(truth books, statement []sim.Row) (faults []string) {
	for id, rows := range b.rows {
		left := slices.Clone(truth.rows[id])
		for _, r := range rows {
			at := slices.Index(left, r)
			if at < 0 {
				faults = append(faults, fmt.Sprintf("%s has the row %s, which is none or stands there already", id, r))
				continue
			}
			left = slices.Delete(left, at, at+1)
		}
	}
	for day, sums := range b.days {
		if !maps.Equal(sums, truth.days[day]) {
			faults = append(faults, fmt.Sprintf("%s has the sums %v, want %v", day, sums, truth.days[day]))
		}
	}
	for day, rolls := range b.rolls {
		total, available := int64(0), int64(0)
		for _, r := range statement {
			if r.Initiated.UTC().Format(time.DateOnly) <= day {
				total, available = total+r.Total, available+r.Available
			}
		}
		for key, r := range rolls {
			want := map[string]string{"EUR total": euro(total), "EUR available": euro(available)}[key]
			if !strings.HasSuffix(r.Remainder, " 0.00") || want != "" && r.Closing != want {
				faults = append(faults, fmt.Sprintf("%s is rolled forward to %+v, the statement has %s", day, r, want))
			}
		}
	}
	for _, kept := range b.unmatched {
		if !slices.Contains(truth.unmatched, kept) {
			faults = append(faults, kept+" is kept for a person")
		}
	}
	return faults
}

// lacks says what is not yet in the table; nothing once the account is read.
func (b books) lacks(truth books, closed string) (faults []string) {
	for id, rows := range truth.rows {
		if !slices.Equal(b.rows[id], rows) {
			faults = append(faults, fmt.Sprintf("%s has the rows %v, want %v", id, b.rows[id], rows))
		}
	}
	if len(b.days) != len(truth.days) {
		faults = append(faults, fmt.Sprintf("there are books of %v, want %v", names(b.days), names(truth.days)))
	}
	if !slices.Equal(b.unmatched, truth.unmatched) {
		faults = append(faults, fmt.Sprintf("%v are kept for a person, want %v", b.unmatched, truth.unmatched))
	}
	if len(b.rolls[closed]) == 0 {
		faults = append(faults, "nothing explains the balances of "+closed)
	}
	return faults
}

// asksOnly says which calls a settlement made that are not questions.
func (a *account) asksOnly() (faults []string) {
	for _, c := range a.paypal.Calls()[a.calls:] {
		if c.Method != http.MethodGet && c.Name != sim.CallToken {
			faults = append(faults, fmt.Sprintf("I15: a settlement sent %s %s", c.Method, c.Path))
		}
	}
	return faults
}
