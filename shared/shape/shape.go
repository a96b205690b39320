// Package shape says which characters a text may be made of, and how many. A
// regular expression would say the same and be compiled at every cold start of
// every function, whether or not it is ever asked: two dozen of them, most with a
// count of up to 255, were the half of what a function did before its first
// request.
package shape

// Shape is a set of ASCII characters and the least and the most of them a text may
// have. Another byte is in no shape. The zero Shape is that of the empty text.
type Shape struct {
	first, rest set
	least, most int
}

// Of is the shape of texts made of these characters, least to most of them. A range
// is written as in a regular expression, "A-Z"; a "-" at the end is one.
func Of(characters string, least, most int) Shape {
	s := setOf(characters)
	return Shape{first: s, rest: s, least: least, most: most}
}

// Beginning is the same shape for texts whose first character is one of these.
func (s Shape) Beginning(characters string) Shape {
	s.first = setOf(characters)
	return s
}

// Match reports whether a text has the shape.
func (s Shape) Match(text string) bool {
	if len(text) < s.least || len(text) > s.most {
		return false
	}
	for i := range len(text) {
		if i == 0 && !s.first.has(text[i]) || i > 0 && !s.rest.has(text[i]) {
			return false
		}
	}
	return true
}

// set has one bit for each ASCII character.
type set [2]uint64

func setOf(characters string) (s set) {
	for i := 0; i < len(characters); i++ {
		from, to := characters[i], characters[i]
		if i+2 < len(characters) && characters[i+1] == '-' {
			to = characters[i+2]
			i += 2
		}
		for c := int(from); c <= int(to); c++ {
			s[c>>6&1] |= 1 << (c & 63)
		}
	}
	return s
}

func (s set) has(c byte) bool { return c < 128 && s[c>>6]&(1<<(c&63)) != 0 }
