// Package shape says what an id, a key or a code looks like: which characters it is
// made of, and how many.
//
// It stands in for regular expressions that count: Go compiles {32,255} into two
// thousand steps, a millisecond for each such expression and at every cold start.
package shape

// Shape is a set of ASCII characters and how many of them a text has. The zero
// Shape is that of the empty text.
type Shape struct {
	in, first   [128]bool
	least, most int
}

// Of is the shape of least to most bytes out of chars, written as inside the
// brackets of a regular expression: "A-Za-z0-9_-" is letters, digits, underscore and
// dash, which stands for itself at the end.
func Of(chars string, least, most int) *Shape {
	in := set(chars)
	return &Shape{in: in, first: in, least: least, most: most}
}

// Beginning is the same shape, the first character out of fewer.
func (s *Shape) Beginning(chars string) *Shape {
	s.first = set(chars)
	return s
}

func set(chars string) (in [128]bool) {
	for i := 0; i < len(chars); i++ {
		from, to := chars[i], chars[i]
		if i+2 < len(chars) && chars[i+1] == '-' {
			to = chars[i+2]
			i += 2
		}
		for c := from; c <= to; c++ {
			in[c] = true
		}
	}
	return in
}

// MatchString reports whether the whole text has the shape.
func (s *Shape) MatchString(text string) bool {
	if len(text) < s.least || len(text) > s.most {
		return false
	}
	for i := 0; i < len(text); i++ {
		if c := text[i]; c >= 128 || !s.in[c] || (i == 0 && !s.first[c]) {
			return false
		}
	}
	return true
}
