package main

import (
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// reported is how many mistakes every checkout has to be safe from: M1 to this one.
const reported = 38

func TestNumbersAreComplete(t *testing.T) {
	if len(all()) < reported {
		t.Fatalf("only %d mutants", len(all()))
	}
	for i, m := range all() {
		if m.number != i+1 {
			t.Fatalf("the mutant after M%d is %s", i, m.name())
		}
		if m.stead != "" && m.number > reported {
			t.Errorf("%s is ours, and stands for nothing else", m.name())
		}
	}
}

// TestEachPlaceIsThere: what a mutant changes stands in its file exactly once. Whoever
// changes such a place writes its mutant anew.
func TestEachPlaceIsThere(t *testing.T) {
	for _, m := range all() {
		if _, err := m.applied("../.."); err != nil {
			t.Error(err)
		}
	}
	if _, err := (mutant{number: 1, file: "go.mod", old: "o", new: "x"}).applied("../.."); err == nil {
		t.Error("a place that is there many times was not found out")
	}
}

// TestEachMistakeCompiles: what comes of a mutant is Go that a compiler takes, so that a
// hunt does not learn it only after minutes.
func TestEachMistakeCompiles(t *testing.T) {
	others := importer.ForCompiler(token.NewFileSet(), "gc", exported(t))
	for _, m := range all() {
		text, err := m.applied("../..")
		if err != nil {
			continue // TestEachPlaceIsThere says so
		}
		if err := compiles(m.file, text, others); err != nil {
			t.Errorf("%s: %v", m.name(), err)
		}
	}
	m := all()[0]
	if err := compiles(m.file, []byte("package "+filepath.Base(filepath.Dir(m.file))+"\n\nfunc f() { unused := 1 }\n"), others); err == nil {
		t.Error("a variable that nothing uses was not found out")
	}
}

// exported finds what the compiler left of what each package shows to others.
func exported(t *testing.T) importer.Lookup {
	t.Helper()
	list := exec.Command("go", "list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}", "./...")
	list.Dir = "../.."
	said, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	built := map[string]string{}
	for line := range strings.Lines(string(said)) {
		pack, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		built[pack] = file
	}
	return func(path string) (io.ReadCloser, error) { return os.Open(built[path]) }
}

// compiles checks the package of a file whose text is another one.
func compiles(file string, text []byte, others types.Importer) error {
	folder := filepath.Join("../..", filepath.Dir(file))
	pack, err := build.ImportDir(folder, 0)
	if err != nil {
		return err
	}
	set, files := token.NewFileSet(), []*ast.File{}
	for _, name := range pack.GoFiles {
		var source any // nil: as it stands
		if name == filepath.Base(file) {
			source = text
		}
		parsed, err := parser.ParseFile(set, filepath.Join(folder, name), source, 0)
		if err != nil {
			return err
		}
		files = append(files, parsed)
	}
	_, err = (&types.Config{Importer: others}).Check(pack.Name, set, files, nil)
	return err
}

// TestEachKillerIsThere: the test that should kill a mutant has a name that the
// package's own tests know.
func TestEachKillerIsThere(t *testing.T) {
	function := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	known := map[string][]string{}
	for _, m := range all() {
		pack := m.test.pack
		if known[pack] == nil {
			known[pack] = testsOf(t, filepath.Join("../..", pack), function)
		}
		name, _, _ := strings.Cut(m.test.run, "/")
		pattern, err := regexp.Compile(name)
		if err != nil || !strings.HasPrefix(name, "^") {
			t.Errorf("%s: %q is no name of a test: %v", m.name(), name, err)
			continue
		}
		found := false
		for _, test := range known[pack] {
			found = found || pattern.MatchString(test)
		}
		if !found {
			t.Errorf("%s: no test of %s is called %s", m.name(), pack, name)
		}
	}
}

func testsOf(t *testing.T, folder string, function *regexp.Regexp) (names []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d files of tests, %v", folder, len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range function.FindAllStringSubmatch(string(text), -1) {
			names = append(names, found[1])
		}
	}
	return names
}

// sums is a module of one function and its tests, to try the hunt itself on.
var sums = map[string]string{
	"go.mod":           "module sums\n\ngo 1.26\n",
	"sum/sum.go":       "package sum\n\nfunc Of(a, b int) int { return a + b }\n\nfunc Name() string { return \"sum\" }\n",
	"sum/sum_test.go":  "package sum\n\nimport \"testing\"\n\nfunc TestOf(t *testing.T) {\n\tt.Run(\"small\", func(t *testing.T) {\n\t\tif Of(1, 2) != 3 {\n\t\t\tt.Fail()\n\t\t}\n\t})\n}\n\nfunc TestNothing(*testing.T) {}\n",
	"tests/of_test.go": "package tests\n\nimport (\n\t\"testing\"\n\n\t\"sums/sum\"\n)\n\nfunc TestFromFar(t *testing.T) {\n\tif sum.Of(2, 2) != 4 {\n\t\tt.Fail()\n\t}\n}\n",
}

// TestTheHunt: what is killed is told from what survives, and both from what was never
// tried; the files stay as they were.
func TestTheHunt(t *testing.T) {
	root := t.TempDir()
	for name, text := range sums {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	change := func(n int, what, old, new, run string) mutant {
		return mutant{number: n, what: what, file: "sum/sum.go", old: old, new: new, test: suite{"sum", run}}
	}
	var out strings.Builder
	well := hunt(t.Context(), &out, ground{root: root}, []mutant{
		change(1, "subtracts", "a + b", "a - b", "^TestOf$"),
		change(2, "another name", `"sum"`, `"total"`, "^TestOf$"),
		change(3, "is no Go", "a + b", "a +", "^TestOf$"),
		change(4, "is not there", "a * b", "a", "^TestOf$"),
		change(5, "found by another test", "a + b", "a * b", "^TestNothing$"),
		change(6, "nothing was tried", "a + b", "b", "^TestGone$"),
	}, 2)
	if well {
		t.Error("all is well")
	}
	for i, want := range []string{
		"M1   killed   subtracts\n     by sum TestOf/small\n",
		"M2   SURVIVED another name\n     no test notices",
		"M3   BROKEN   is no Go\n     it does not compile",
		"M4   BROKEN   is not there\n",
		"M5   killed   found by another test\n     by sum TestOf/small\n",
		"M6   BROKEN   nothing was tried\n     no test of sum is named ^TestGone$\n",
		"mutants: 6\nkilled: 2\nsurvived: 1\nbroken: 3\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%d: %q is not in\n%s", i+1, want, out.String())
		}
	}
	if text, err := os.ReadFile(filepath.Join(root, "sum/sum.go")); err != nil || string(text) != sums["sum/sum.go"] {
		t.Errorf("the file was touched: %s, %v", text, err)
	}
}
