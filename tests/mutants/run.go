package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// fate is what became of a mutant.
type fate string

const (
	killed   fate = "killed"
	survived fate = "SURVIVED"
	broken   fate = "BROKEN" // it was never tried: it does not compile, or its place is gone
)

// verdict is a fate and what tells of it: the test that failed, or what is wrong.
type verdict struct {
	fate fate
	by   string
}

// ground is what mutants are run on.
type ground struct {
	root   string // folder of go.mod
	narrow bool   // each meets only the test that should kill it
}

// runAll runs mutants, some of them at once, and gives each one's verdict by its number.
func (g ground) runAll(ctx context.Context, list []mutant, atOnce int) map[int]chan verdict {
	results, turns := map[int]chan verdict{}, make(chan struct{}, max(1, atOnce))
	for _, m := range list {
		results[m.number] = make(chan verdict, 1)
	}
	go func() {
		for _, m := range list {
			turns <- struct{}{}
			go func() {
				results[m.number] <- g.run(ctx, m)
				<-turns
			}()
		}
	}()
	return results
}

// run tries one mutant.
func (g ground) run(ctx context.Context, m mutant) verdict {
	folder, err := os.MkdirTemp("", "mutant")
	if err != nil {
		return verdict{broken, err.Error()}
	}
	defer os.RemoveAll(folder)
	overlay, err := m.overlay(g.root, folder)
	if err != nil {
		return verdict{broken, err.Error()}
	}
	suites := m.suites()
	if g.narrow {
		suites = suites[:1]
	}
	for _, s := range suites {
		if v := s.try(ctx, g.root, overlay); v.fate != survived {
			return v
		}
	}
	return verdict{survived, fmt.Sprintf("no test notices, of %v", suites)}
}

// overlay writes the changed file, and beside it what tells the compiler to take it.
func (m mutant) overlay(root, folder string) (string, error) {
	text, err := m.applied(root)
	if err != nil {
		return "", err
	}
	original, err := filepath.Abs(filepath.Join(root, filepath.FromSlash(m.file)))
	if err != nil {
		return "", err
	}
	changed := filepath.Join(folder, "mutant.go")
	replace, _ := json.Marshal(map[string]any{"Replace": map[string]string{original: changed}}) // texts always marshal
	file := filepath.Join(folder, "overlay.json")
	return file, errors.Join(os.WriteFile(changed, text, 0o600), os.WriteFile(file, replace, 0o600))
}

// patience is how long one suite may take. A mutant that makes a test hang is not
// killed by that: whatever hangs for other reasons would pass for a test.
const patience = "4m"

// try runs tests on a mutant until the first fails. -vet is off because a mistake may
// well be one that vet finds: what counts here is that a test does.
func (s suite) try(ctx context.Context, root, overlay string) verdict {
	args := []string{"test", "-json", "-overlay", overlay, "-vet=off", "-count=1", "-failfast", "-timeout", patience}
	if s.run != "" {
		args = append(args, "-run", s.run)
	}
	args = append(args, "./"+s.pack)
	if s.random(root) {
		args = append(args, "-rapid.nofailfile")
	}
	test := exec.CommandContext(ctx, "go", args...)
	test.Dir = root
	var said, wrong bytes.Buffer
	test.Stdout, test.Stderr = &said, &wrong
	if err := test.Run(); err == nil && !noTests(said.String()) {
		return verdict{survived, ""}
	} else if err == nil {
		return verdict{broken, fmt.Sprintf("no test of %s is named %s", s.pack, s.run)}
	}
	return judge(s.pack, said.Bytes(), wrong.String())
}

// random reports whether tests of the package draw their input. What such a test fails
// on it writes down, beside the tests of the work tree, unless it is told not to: the
// next run would begin with it, and find a mutant by the memory of the one before.
func (s suite) random(root string) bool {
	files, _ := filepath.Glob(filepath.Join(root, s.pack, "*_test.go"))
	return slices.ContainsFunc(files, func(file string) bool {
		text, err := os.ReadFile(file)
		// What wants a build tag is not built here.
		return err == nil && bytes.Contains(text, []byte(`"pgregory.net/rapid"`)) && !bytes.HasPrefix(text, []byte("//go:build"))
	})
}

// noTests: the pattern named none, so that nothing was tried.
func noTests(said string) bool { return strings.Contains(said, "no tests to run") }

// event is a line of go test -json (go doc cmd/test2json).
type event struct {
	Action      string
	Test        string
	Output      string
	FailedBuild string
}

// judge finds the test that failed first. Subtests end before what they belong to, so
// the first is the narrowest.
func judge(pack string, said []byte, wrong string) verdict {
	hung, compiler := false, ""
	lines := bufio.NewScanner(bytes.NewReader(said))
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			continue
		}
		hung = hung || strings.Contains(e.Output, "panic: test timed out")
		switch {
		case e.Action == "build-output":
			compiler += e.Output
		case e.FailedBuild != "":
			return verdict{broken, "it does not compile: " + strings.TrimSpace(compiler)}
		case e.Action == "fail" && hung:
			return verdict{broken, "a test of " + pack + " hangs: " + e.Test}
		case e.Action == "fail" && e.Test != "":
			return verdict{killed, "by " + pack + " " + e.Test}
		}
	}
	return verdict{broken, "go test failed, and no test did: " + strings.TrimSpace(wrong)}
}
