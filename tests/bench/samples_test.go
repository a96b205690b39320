package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestSamples(t *testing.T) {
	s := samples{4, 1, 3, 2}
	for q, want := range map[float64]float64{0: 1, 0.25: 1.75, 0.5: 2.5, 1: 4} {
		if got := s.quantile(q); got != want {
			t.Errorf("quantile %v is %v and not %v", q, got, want)
		}
	}
	if got := s.in("ms"); got != "2.50 ms [1..4]" {
		t.Errorf("shown as %q", got)
	}
	// Pairs of a round, not medians of two columns.
	if got := (samples{1, 10, 100}).over(samples{10, 10, 1000}).median(); got != 0.1 {
		t.Errorf("the ratio is %v", got)
	}
	// Means of a round, not of a column.
	if got := mean([]samples{{1, 2, 30}, {3, 4, 50}}); !slices.Equal(got, samples{2, 3, 40}) {
		t.Errorf("the means are %v", got)
	}
}

// TestMissed: what is counted has to keep its target; what is measured misses it
// for -strict only where three rounds of four are above it by more than a tenth.
func TestMissed(t *testing.T) {
	for name, tt := range map[string]struct {
		ratio       samples
		target      float64
		met, missed bool
	}{
		"counted, kept":   {samples{1}, 1, true, false},
		"counted, missed": {samples{1.01}, 1, false, true},
		"measured, kept":  {samples{0.4, 0.5, 0.9}, 0.5, true, false},
		"noise":           {samples{0.4, 0.54, 0.56, 0.9}, 0.5, false, false},
		"missed":          {samples{0.5, 0.6, 0.6, 0.7, 0.7}, 0.5, false, true},
		"no target":       {samples{9}, 0, false, false},
	} {
		f := figure{ratio: tt.ratio, target: tt.target}
		if f.target > 0 && f.met() != tt.met || f.missed() != tt.missed {
			t.Errorf("%s: met %t, missed %t", name, f.met(), f.missed())
		}
	}
	if err := (&bench{options: options{strict: true}}).judge([]figure{{ratio: samples{2}, target: 1}}); err != errMissed {
		t.Errorf("-strict says %v", err)
	}
	if err := (&bench{}).judge([]figure{{ratio: samples{2}, target: 1}}); err != nil {
		t.Errorf("without -strict: %v", err)
	}
}

// TestSize: equal binaries are equal archives, however they lie on the disk.
func TestSize(t *testing.T) {
	program := strings.Repeat("a function ", 1<<20)
	var weighed []size
	for _, name := range []string{"one", "other"} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(program), 0o700); err != nil {
			t.Fatal(err)
		}
		s, err := sizeOf(path)
		if err != nil {
			t.Fatal(err)
		}
		weighed = append(weighed, s)
	}
	if weighed[0] != weighed[1] || weighed[0].binary != 11 || weighed[0].zip <= 0 || weighed[0].zip > 1 {
		t.Errorf("weighed %v", weighed)
	}
}
