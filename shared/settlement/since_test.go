package settlement

import "testing"

// TestSince: a row of another shop's whose fee is corrected days later moved its money
// on the day of the sale, and the difference on the day of the correction.
func TestSince(t *testing.T) {
	sold, corrected := sale("X", 9, 9900, -381), sale("X", 9, 9900, -381)
	corrected.Fee = eur(-300)
	corrected.Updated = corrected.Initiated.AddDate(0, 0, 5)
	other := sale("Y", 9, 100, -40)
	for _, r := range []*Row{&sold, &corrected, &other} {
		r.Custom = "A-17"
	}
	read := func(before Hour, digest string, rows ...Row) Hour {
		h := NewHour()
		for _, r := range rows {
			if err := h.Add(r); err != nil {
				t.Fatal(err)
			}
		}
		h, err := h.Since(before)
		if err != nil {
			t.Fatal(err)
		}
		h.Digest = digest
		return h
	}
	first := read(Hour{}, "1", sold, other)
	second := read(first, "2", corrected, other)
	const day = "2026-11-26 EUR T0006 foreign"
	if got := second.Later[day]; len(second.Later) != 1 || got == nil || *got != (Sum{Fee: 81}) {
		t.Errorf("the correction is %+v", second.Later)
	}
	if third := read(second, "3", corrected, other); *third.Later[day] != (Sum{Fee: 81}) {
		t.Errorf("read once more it is %+v", third.Later)
	}
	// Seen for the first time when all is over, nobody knows more than the last change.
	if late := read(Hour{}, "1", corrected); *late.Later[day] != (Sum{Count: 1, Gross: 9900, Fee: -300}) {
		t.Errorf("seen late it is %+v", late.Later)
	}
	waiting := sold
	waiting.Status = StatusPending
	arrived := read(read(Hour{}, "1", waiting, other), "2", corrected, other)
	if got := arrived.Later[day]; got == nil || *got != (Sum{Count: 1, Gross: 9900, Fee: -300}) {
		t.Errorf("what was pending moved as %+v", arrived.Later)
	}
}
