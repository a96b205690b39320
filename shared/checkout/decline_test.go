package checkout

import (
	"fmt"
	"testing"
	"time"
)

// TestWhoIsOneSource: an IPv4 address is one customer, an IPv6 /64 is; what is no
// address, or this machine's own, is nobody.
func TestWhoIsOneSource(t *testing.T) {
	for address, want := range map[string]string{
		"203.0.113.7":               "203.0.113.7/32 203.0.113.0/24",
		"::ffff:203.0.113.7":        "203.0.113.7/32 203.0.113.0/24", // the same, seen through IPv6
		"2001:db8:1:2:3:4:5:6":      "2001:db8:1:2::/64 2001:db8:1::/48",
		"2001:db8:1:2:ffff::":       "2001:db8:1:2::/64 2001:db8:1::/48",
		"2001:db8:1:3::1":           "2001:db8:1:3::/64 2001:db8:1::/48",
		"fe80::1%eth0":              "fe80::/64 fe80::/48",
		"127.0.0.1":                 "nobody",
		"::1":                       "nobody",
		"::ffff:127.0.0.1":          "nobody",
		"":                          "nobody",
		"203.0.113.7:443":           "nobody",
		"203.0.113.7, 198.51.100.1": "nobody",
	} {
		got := "nobody"
		if source, network, ok := sourceOf(address); ok {
			got = fmt.Sprint(source, " ", network)
		}
		if got != want {
			t.Errorf("%q is %s, want %s", address, got, want)
		}
	}
}

// TestHowLongASourceWaits: until its fifth decline back is an hour old, its tenth a
// day; or its network's twentieth and thirtieth.
func TestHowLongASourceWaits(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	ago := func(source string, minutes ...int) (list []decline) {
		for _, m := range minutes {
			list = append(list, decline{Source: source, At: now.Add(-time.Duration(m) * time.Minute).Unix()})
		}
		return list
	}
	var crowd []decline
	for n := range 20 {
		crowd = append(crowd, ago(fmt.Sprint("s", n), 50-n)...)
	}
	for name, c := range map[string]struct {
		list []decline
		want time.Duration
	}{
		"none":                           {nil, 0},
		"four":                           {ago("a", 4, 3, 2, 1), 0},
		"five":                           {ago("a", 50, 40, 30, 20, 10), 10 * time.Minute},
		"five, in any order":             {ago("a", 10, 50, 20, 40, 30), 10 * time.Minute},
		"five, one of them an hour old":  {ago("a", 60, 40, 30, 20, 10), 0},
		"six":                            {ago("a", 50, 40, 30, 20, 10, 5), 20 * time.Minute},
		"ten within a day":               {ago("a", 1400, 1300, 1200, 1100, 1000, 900, 800, 700, 600, 500), 40 * time.Minute},
		"nine within a day":              {ago("a", 1300, 1200, 1100, 1000, 900, 800, 700, 600, 500), 0},
		"five of another":                {ago("b", 50, 40, 30, 20, 10), 0},
		"nineteen others of the network": {crowd[1:], 0},
		"twenty others of the network":   {crowd, 10 * time.Minute},
	} {
		if got := (declines{c.list}).wait("a", now); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
