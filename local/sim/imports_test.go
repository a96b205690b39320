// Package sim is a folder; its only file is the law of what lies below it.
package sim

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"testing"
)

const here = "github.com/serverless-checkout/serverless-checkout/local/sim/"

// TestImportsAreTheStandardLibrary: a simulator shares nothing with the project it helps
// to test, and nothing but its plumbing with another one; and needs no dependency.
func TestImportsAreTheStandardLibrary(t *testing.T) {
	read := 0
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, ".go") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		read++
		for _, i := range f.Imports {
			path, err := strconv.Unquote(i.Path.Value)
			if strings.HasSuffix(name, "_test.go") && strings.HasSuffix(path, "/tests/paypalspec") {
				continue // judges by PayPal's own files, and knows nothing of the checkout
			}
			if first, _, _ := strings.Cut(path, "/"); err != nil || strings.Contains(first, ".") && !strings.HasPrefix(path, here) {
				t.Errorf("%s imports %s", name, path)
			}
		}
		return nil
	})
	if err != nil || read < 50 {
		t.Fatalf("%d files, %v", read, err)
	}
}
