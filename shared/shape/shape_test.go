package shape_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/serverless-checkout/serverless-checkout/shared/shape"
)

// TestShape holds a shape against the regular expression it stands in for.
func TestShape(t *testing.T) {
	for _, c := range []struct {
		shape *shape.Shape
		as    string
	}{
		{shape.Of("A-Z0-9", 1, 36), `^[A-Z0-9]{1,36}$`},
		{shape.Of("A-Za-z0-9_.:~-", 32, 255), `^[A-Za-z0-9_.:~-]{32,255}$`},
		{shape.Of("A-Za-z0-9 ._:/#-", 0, 64), `^[A-Za-z0-9 ._:/#-]{0,64}$`},
		{shape.Of("A-Z", 2, 2), `^[A-Z]{2}$`},
		{shape.Of("A-Z0-9_", 1, 80).Beginning("A-Z"), `^[A-Z][A-Z0-9_]{0,79}$`},
		{shape.Of("!-~", 0, 10), `^[!-~]{0,10}$`},
	} {
		as := regexp.MustCompile(c.as)
		texts := []string{"", "\n", "ä", "Aä", "A\n", "A\x00", "\xff"}
		for char := range 256 {
			for _, n := range []int{1, 2, 3, 10, 31, 32, 35, 36, 37, 64, 65, 80, 81, 255, 256} {
				one := string([]byte{byte(char)})
				texts = append(texts, strings.Repeat(one, n), "A"+strings.Repeat(one, n-1), strings.Repeat("A", n-1)+one)
			}
		}
		for _, text := range texts {
			if got, want := c.shape.MatchString(text), as.MatchString(text); got != want {
				t.Errorf("%q is %t, want %t as %s", text, got, want, c.as)
			}
		}
	}
	if nothing := new(shape.Shape); !nothing.MatchString("") || nothing.MatchString("x") {
		t.Error("the zero shape is not that of the empty text")
	}
}

func ExampleOf() {
	id := shape.Of("A-Z0-9", 1, 36)
	fmt.Println(id.MatchString("5O190127TN364715T"), id.MatchString("../token"))
	// Output: true false
}
