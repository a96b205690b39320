package paypal

import (
	"testing"
	"time"
)

func TestParseMoney(t *testing.T) {
	for _, c := range []struct {
		code, text string
		count      int64
		issue      string
	}{
		{"EUR", "0", 0, ""},
		{"EUR", "1", 100, ""},
		{"EUR", "1.2", 120, ""},
		{"EUR", "007.05", 705, ""},
		{"EUR", ".5", 50, ""},
		{"EUR", "-3.07", -307, ""},
		{"EUR", "1.234", 0, "DECIMAL_PRECISION"},
		{"EUR", "1.230", 0, "DECIMAL_PRECISION"},
		{"EUR", "999999999999999.99", 99999999999999999, ""},
		{"EUR", "1000000000000000", 0, "MAX_VALUE_EXCEEDED"},
		{"EUR", "00000000000000000000000000000001", 100, ""},
		{"JPY", "1200", 1200, ""},
		{"JPY", "1200.0", 0, "DECIMAL_PRECISION"},
		{"HUF", "1.5", 0, "DECIMAL_PRECISION"},
		{"TWD", "1.00", 0, "DECIMAL_PRECISION"},
	} {
		m, issue := parseMoney(c.code, c.text)
		if m.count != c.count || issue != c.issue {
			t.Errorf("%s %s: got %d %q, want %d %q", c.code, c.text, m.count, issue, c.count, c.issue)
		}
	}
}

func TestMoneyText(t *testing.T) {
	for _, c := range []struct {
		m    money
		want string
	}{
		{money{"EUR", 0}, "0.00"}, {money{"EUR", 5}, "0.05"}, {money{"EUR", -5}, "-0.05"},
		{money{"EUR", 12345}, "123.45"}, {money{"EUR", -12345}, "-123.45"},
		{money{"JPY", 1200}, "1200"}, {money{"HUF", -7}, "-7"},
	} {
		if got := c.m.String(); got != c.want {
			t.Errorf("%+v: got %s, want %s", c.m, got, c.want)
		}
	}
}

func TestFee(t *testing.T) {
	for _, c := range []struct {
		m    money
		want int64
	}{
		{money{"EUR", 4750}, 201},                           // 165.775 + 35
		{money{"EUR", 10000}, 384},                          // 349 + 35
		{money{"EUR", 50}, 37},                              // 1.745 rounds up to 2
		{money{"EUR", 10}, 10},                              // never more than the charge
		{money{"JPY", 1000}, 75},                            // 34.9 rounds up to 35
		{money{"USD", 5000}, 224},                           // 174.5, a half, rounds up to 175
		{money{"USD", 99999999999999999}, 3490000000000049}, // no overflow
	} {
		if got := fee(c.m); got.count != c.want || got.currency != c.m.currency {
			t.Errorf("%s %s: got %d, want %d", c.m, c.m.currency, got.count, c.want)
		}
	}
}

// Two changes within a second must not look like one.
func TestAfterAlwaysRises(t *testing.T) {
	last := time.Date(2024, 2, 3, 10, 11, 12, 0, time.UTC)
	for _, c := range []struct {
		now  time.Time
		want time.Time
	}{
		{last.Add(900 * time.Millisecond), last.Add(time.Second)},
		{last.Add(-time.Hour), last.Add(time.Second)},
		{last.Add(90*time.Second + 1), last.Add(90 * time.Second)},
	} {
		if got := after(last, c.now); !got.Equal(c.want) {
			t.Errorf("now %s: got %s, want %s", c.now, got, c.want)
		}
	}
}
