package tests

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// theirWords are codes of providers: PayPal's of rows and of how a dispute ends, and
// Stripe's of rows. What they mean is told by the package of their provider alone.
var theirWords = regexp.MustCompile(`"(T\d{4}|RESOLVED_\w+|refund_failure|dispute_reversal|payout_reversal|charge_failure|warning_closed)"`)

// TestNoProviderWordsAboveTheSeam: whoever writes one there has bound the settlement to
// one provider.
func TestNoProviderWordsAboveTheSeam(t *testing.T) {
	read := 0
	for _, folder := range []string{"settlement", "checkout", "payment", "handler", "money", "store"} {
		files, err := filepath.Glob(filepath.Join("..", "shared", folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			read++
			if found := theirWords.FindString(string(text)); found != "" {
				t.Errorf("%s knows %s", file, found)
			}
		}
	}
	if read < 100 {
		t.Errorf("only %d files were read", read)
	}
}
