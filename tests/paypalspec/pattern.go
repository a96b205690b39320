package paypalspec

import (
	"regexp"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// lookahead is the one pattern of PayPal's files that Go's regexp, which has no
// lookahead, cannot compile (webhooks: transmission_id, transmission_sig and the
// list of lookups).
const lookahead = `^(?!\d+$)\w+\S+`

// notDigits is lookahead written out: what it looks for, and what it forbids.
type notDigits struct{ wanted, forbidden *regexp.Regexp }

// MatchString is what a text of that pattern is.
func (n notDigits) MatchString(text string) bool {
	return n.wanted.MatchString(text) && !n.forbidden.MatchString(text)
}

// compile is for patterns as JSON Schema means them, which is ECMA-262: there a dot
// is no line terminator of the four, in Go only no "\n".
func compile(pattern string) (openapi3.RegexMatcher, error) {
	if pattern == lookahead {
		return notDigits{wanted: regexp.MustCompile(`^\w+\S+`), forbidden: regexp.MustCompile(`^\d+$`)}, nil
	}
	return regexp.Compile(dots(unicodeEscape.ReplaceAllString(pattern, `\x{$1}`)))
}

// unicodeEscape is ECMA-262's way to write a character by its number.
var unicodeEscape = regexp.MustCompile(`\\u([0-9A-Fa-f]{4})`)

// dots writes out every dot that stands for any character.
func dots(pattern string) string {
	var out strings.Builder
	escaped, class := false, false
	for _, c := range pattern {
		if c == '.' && !escaped && !class {
			out.WriteString(`[^\n\r\x{2028}\x{2029}]`)
			continue
		}
		switch {
		case escaped:
		case c == '[':
			class = true
		case c == ']':
			class = false
		}
		escaped = c == '\\' && !escaped
		out.WriteRune(c)
	}
	return out.String()
}
