package tests

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/serverless-checkout/serverless-checkout/shared/wording"
)

// TestWordsStayWhereTheyAreRead: every function stands on the package that has the
// words, and of those that are deployed (with this tag) only one that answers somebody
// carries them. A value that the package would make as it starts would bring
// them into all.
func TestWordsStayWhereTheyAreRead(t *testing.T) {
	word := []byte(wording.Language("de").Text("money.nothing_paid", nil))
	for function, carries := range map[string]bool{"merchant-payments": true, "payment-methods": true, "get-payment": true, "sweep": false} {
		binary := filepath.Join(t.TempDir(), function)
		if out, err := exec.Command("go", "build", "-tags=lambda.norpc", "-o", binary, "../functions/"+function).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		text, err := os.ReadFile(binary)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, word) != carries {
			t.Errorf("%s carries the words: %t, want %t", function, !carries, carries)
		}
	}
}
