package paypalspec

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The one pattern Go cannot compile, held against what ECMA-262 makes of it.
func TestLookahead(t *testing.T) {
	pattern, err := compile(lookahead)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		"69cd13f0-d67a-11e5-baa3-778b53f4ae55": true, "lmI95Jx3Y9nh+/==": true, "12a": true, "a1": true, "12-": true, "1 2": false, "ab cd": true,
		"12": false, "7": false, "": false, "a": false, "+a1": false, "/a1": false, "-12": false,
	} {
		if got := pattern.MatchString(text); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
}

func TestDots(t *testing.T) {
	for pattern, texts := range map[string]map[string]bool{
		`^.*$`:             {"": true, "a b": true, "a\nb": false, "a\rb": false, "a\u2028b": false, "a\u2029": false, "ü": true},
		`^[.]$`:            {".": true, "a": false},
		`^\.$`:             {".": true, "a": false},
		`^[\].]\\.$`:       {`]\x`: true, `.\y`: true, `a\y`: false},
		"^\\u0041$":        {"A": true, "u0041": false},
		`^[0-9]+[.][0-9]$`: {"1.5": true, "1x5": false},
	} {
		compiled, err := compile(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for text, want := range texts {
			if got := compiled.MatchString(text); got != want {
				t.Errorf("%s and %q: %t", pattern, text, got)
			}
		}
	}
}

func TestOpenNamesWhatIsMissing(t *testing.T) {
	if _, err := Open(t.TempDir()); err == nil || !strings.Contains(err.Error(), Orders) {
		t.Errorf("an empty folder: %v", err)
	}
}

// Without the folder nothing is watched: the handler is the one that was given.
func TestWatchesNothingWithoutAFolder(t *testing.T) {
	if os.Getenv(Variable) != "" {
		t.Log("a folder is named, so there is something to watch")
		return
	}
	called := false
	Watch(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called = true })).
		ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/v9/nothing", nil))
	if !called {
		t.Error("the handler was not called")
	}
}

// blamed keeps what a test would have been told.
type blamed struct {
	testing.TB
	said []string
}

func (b *blamed) Helper() {}
func (b *blamed) Errorf(format string, args ...any) {
	b.said = append(b.said, fmt.Sprintf(format, args...))
}
func (b *blamed) Cleanup(func()) {}

// remade copies PayPal's files with one of them changed.
func remade(t *testing.T, name, old, new string) string {
	t.Helper()
	from, folder := os.Getenv(Variable), t.TempDir()
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(from, file))
		if err != nil {
			t.Fatal(err)
		}
		if file == name {
			changed := strings.Replace(string(text), old, new, 1)
			if changed == string(text) {
				t.Fatalf("%s has no %s", name, old)
			}
			text = []byte(changed)
		}
		if err := os.WriteFile(filepath.Join(folder, file), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}
