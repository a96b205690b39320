package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestStandIn: it has the names that shared/setup uses, and nothing that is built over it
// stands on Stripe's library.
func TestStandIn(t *testing.T) {
	overlay, err := writeOverlay("../..", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-overlay", overlay, "./shared/setup")
	build.Dir = "../.."
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	for _, tt := range []struct {
		overlay string
		knows   bool
	}{{overlay, false}, {"", true}} {
		list := exec.Command("go", "list", "-overlay="+tt.overlay, "-deps", "./functions/create-payment")
		list.Dir = "../.."
		text, err := list.Output()
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(string(text), library); got != tt.knows {
			t.Errorf("overlay %q: %s is there: %t", tt.overlay, library, got)
		}
	}
}

// TestApart: a binary that is said to be without Stripe and is not is never measured, nor
// is one that has lost it.
func TestApart(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	hello := filepath.Join(folder, "hello")
	if err := os.WriteFile(filepath.Join(folder, "hello.go"), []byte("package main\n\nfunc main() {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-o", hello, filepath.Join(folder, "hello.go"))
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if err := apart(self, hello); err != nil {
		t.Errorf("this test knows Stripe and the other program does not: %v", err)
	}
	for name, pair := range map[string][2]string{"the same": {self, self}, "neither": {hello, hello}, "the wrong way round": {hello, self}} {
		if err := apart(pair[0], pair[1]); err == nil {
			t.Errorf("%s: they pass for one with and one without", name)
		}
	}
	if err := apart(self, filepath.Join(folder, "nowhere")); err == nil {
		t.Error("what is not there passes")
	}
	// What ends well has not missed its configuration, and is no function.
	if _, err := endedBy(hello); err == nil {
		t.Error("a program that ends well passes for a function without a configuration")
	}
	if _, err := endedBy(filepath.Join(folder, "nowhere")); err == nil {
		t.Error("what is not there passes for one that failed")
	}
}
