package paypal

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The simulator shares nothing with the project it helps to test.
func TestImportsAreTheStandardLibrary(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range f.Imports {
			path, err := strconv.Unquote(i.Path.Value)
			if strings.HasSuffix(name, "_test.go") && strings.HasSuffix(path, "/tests/paypalspec") {
				continue // judges by PayPal's own files, and knows nothing of the checkout
			}
			if first, _, _ := strings.Cut(path, "/"); err != nil || strings.Contains(first, ".") {
				t.Errorf("%s imports %s", name, path)
			}
		}
	}
}

// Account ids have PayPal's form (Orders spec, schema account_id).
func TestAccountIDs(t *testing.T) {
	pattern := regexp.MustCompile(`^[2-9A-HJ-NP-Z]{13}$`)
	for _, id := range []string{merchant.MerchantID, buyer.PayerID} {
		if !pattern.MatchString(id) {
			t.Errorf("%s is no account id", id)
		}
	}
}

// Every issue that is answered has its description.
func TestIssuesAreDescribed(t *testing.T) {
	for _, o := range outcomes {
		if o.issue != "" && descriptions[o.issue] == "" {
			t.Errorf("%s has no description", o.issue)
		}
	}
	for issue, description := range descriptions {
		if description == "" {
			t.Errorf("%s has an empty description", issue)
		}
	}
}
