package shape_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/serverless-checkout/serverless-checkout/shared/shape"
)

// TestAsARegularExpression: a shape takes what the regular expression of the same
// characters takes, byte for byte, and nothing else.
func TestAsARegularExpression(t *testing.T) {
	for _, characters := range []string{"A-Z", "A-Z0-9", "A-Za-z0-9-", "A-Za-z0-9_.:~-", "A-Za-z0-9 ._:/#-", "!-~", "0-9a-v", "a"} {
		for _, count := range [][2]int{{0, 3}, {1, 1}, {2, 5}, {3, 3}} {
			f := shape.Of(characters, count[0], count[1])
			begun := shape.Of(characters, count[0], count[1]).Beginning("A-C")
			same := regexp.MustCompile(fmt.Sprintf(`\A[%s]{%d,%d}\z`, characters, count[0], count[1]))
			rest := regexp.MustCompile(fmt.Sprintf(`\A[A-C][%s]{%d,%d}\z`, characters, max(count[0]-1, 0), count[1]-1))
			rapid.Check(t, func(t *rapid.T) {
				text := rapid.OneOf(
					rapid.StringOfN(rapid.RuneFrom([]rune("AZaz09-_.:~ /#!vw\n|")), 0, 6, -1),
					rapid.StringN(0, 6, -1),
					rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 6), func(b []byte) string { return string(b) }),
				).Draw(t, "text")
				if got, want := f.Match(text), same.MatchString(text); got != want {
					t.Fatalf("%v takes %q: %t, the regular expression: %t", same, text, got, want)
				}
				if got, want := begun.Match(text), rest.MatchString(text) || text == "" && count[0] == 0; got != want {
					t.Fatalf("%v beginning with A-C takes %q: %t, the regular expressions: %t", same, text, got, want)
				}
			})
		}
	}
}

func TestEdges(t *testing.T) {
	f := shape.Of("a-z", 1, 255)
	for text, want := range map[string]bool{
		"": false, "a": true, "a\n": false, "ä": false, "\x00": false, "\xff": false, "a\x80": false, "\u0161": false,
		strings.Repeat("z", 255): true, strings.Repeat("z", 256): false,
	} {
		if f.Match(text) != want {
			t.Errorf("%q: not %t", text, want)
		}
	}
	if (shape.Shape{}).Match("a") || !(shape.Shape{}).Match("") {
		t.Error("the zero shape is not that of the empty text")
	}
}
