package tests

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/serverless-checkout/serverless-checkout"

// imports is who imports whom: every package of the module and of what it stands
// on, by path. Our own are named from the module's root: "shared/money".
type imports map[string][]string

// readImports asks the go command, so that it sees what is built.
var readImports = sync.OnceValues(func() (imports, error) {
	list := exec.Command("go", "list", "-deps", "-json=ImportPath,Imports", "./...")
	list.Dir = ".."
	out, err := list.Output()
	if err != nil {
		return nil, err
	}
	graph := imports{}
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return graph, nil
		} else if err != nil {
			return nil, err
		}
		for _, imported := range p.Imports {
			graph[ours(p.ImportPath)] = append(graph[ours(p.ImportPath)], ours(imported))
		}
		if p.Imports == nil {
			graph[ours(p.ImportPath)] = nil
		}
	}
})

func ours(importPath string) string { return strings.TrimPrefix(importPath, module+"/") }

// reach is everything a package stands on, itself left out.
func (g imports) reach(from string) map[string]bool {
	seen := map[string]bool{}
	var walk func(string)
	walk = func(p string) {
		for _, next := range g[p] {
			if !seen[next] {
				seen[next] = true
				walk(next)
			}
		}
	}
	walk(from)
	return seen
}

// own are our packages in a folder, all of them where it is "".
func (g imports) own(folder string) []string {
	var found []string
	for _, p := range slices.Sorted(maps.Keys(g)) {
		if top, _, _ := strings.Cut(p, "/"); slices.Contains([]string{"functions", "shared", "local", "tests"}, top) && within(p, folder) {
			found = append(found, p)
		}
	}
	return found
}

func within(p, folder string) bool {
	return folder == "" || p == folder || strings.HasPrefix(p, folder+"/")
}

// law is a rule of direction. Its check names every import that breaks it; broken
// is one import, from and to, that must be found out.
type law struct {
	text   string
	check  func(imports) []string
	broken [][2]string
}

// mayReach: a package of the folder stands, directly or not, on nothing of ours
// but these.
func mayReach(folder string, allowed ...string) func(imports) []string {
	return func(g imports) (faults []string) {
		for _, p := range g.own(folder) {
			for to := range g.reach(p) {
				if slices.Contains(g.own(""), to) && !slices.ContainsFunc(allowed, func(a string) bool { return within(to, a) }) {
					faults = append(faults, p+" reaches "+to)
				}
			}
		}
		return faults
	}
}

// mayNotReach: no package of the folder stands, directly or not, on any of these.
func mayNotReach(folder string, forbidden ...string) func(imports) []string {
	return func(g imports) (faults []string) {
		for _, p := range g.own(folder) {
			for to := range g.reach(p) {
				if slices.ContainsFunc(forbidden, func(f string) bool { return within(to, f) }) {
					faults = append(faults, p+" reaches "+to)
				}
			}
		}
		return faults
	}
}

// importedBy: these are imported by nobody of ours but the folders named. Tests
// are not looked at: go list leaves their imports out.
func importedBy(what string, folders ...string) func(imports) []string {
	return func(g imports) (faults []string) {
		for _, p := range g.own("") {
			for _, to := range g[p] {
				if within(to, what) && !slices.ContainsFunc(folders, func(f string) bool { return within(p, f) }) {
					faults = append(faults, p+" imports "+to)
				}
			}
		}
		return faults
	}
}

// both joins checks.
func both(checks ...func(imports) []string) func(imports) []string {
	return func(g imports) (faults []string) {
		for _, check := range checks {
			faults = append(faults, check(g)...)
		}
		return faults
	}
}

// inputAndOutput are the doors to the world outside.
var inputAndOutput = []string{"net", "os", "os/exec", "io/fs", "database/sql", "syscall", "log", "log/slog", "math/rand", "crypto/rand"}

const awsEvents, awsLambda, awsSDK = "github.com/aws/aws-lambda-go/events", "github.com/aws/aws-lambda-go", "github.com/aws/aws-sdk-go-v2"

var laws = []law{
	{"money stands on nothing of ours", mayReach("shared/money"), [][2]string{{"shared/money", "shared/payment"}}},
	{"payment stands on money alone", mayReach("shared/payment", "shared/money"), [][2]string{{"shared/payment", "shared/provider"}, {"shared/payment", "shared/store"}}},
	{"money and payment import no input and output", pure("shared/money", "shared/payment"), [][2]string{{"shared/payment", "os"}, {"shared/money", "net/http"}, {"shared/payment", "log/slog"}}},
	{"method stands on money alone, and is pure", both(mayReach("shared/method", "shared/money"), pure("shared/method")), [][2]string{{"shared/method", "shared/provider"}, {"shared/method", "os"}}},
	{"provider knows payment, money and the rows of a report", mayReach("shared/provider", "shared/provider", "shared/settlement", "shared/payment", "shared/money", "shared/shape"), [][2]string{{"shared/provider/paypal", "shared/store"}, {"shared/provider", "shared/checkout"}}},
	{"shape stands on nothing", both(mayReach("shared/shape"), pure("shared/shape")), [][2]string{{"shared/shape", "shared/money"}}},
	{"the contract knows no provider, and nothing deployed knows it", both(mayNotReach("shared/provider/providertest", "shared/provider/paypal", "shared/provider/stripe"), importedBy("shared/provider/providertest")),
		[][2]string{{"shared/provider/providertest", "shared/provider/stripe"}, {"shared/setup", "shared/provider/providertest"}}},
	{"the wire knows no provider, and only clients of one know it", both(mayNotReach("shared/provider/wire", "shared/provider/paypal", "shared/provider/stripe"), importedBy("shared/provider/wire", "shared/provider/paypal", "shared/provider/stripe")),
		[][2]string{{"shared/provider/wire", "shared/provider/paypal"}, {"shared/checkout", "shared/provider/wire"}}},
	{"the seam knows no provider", mayNotReach("shared/provider", "shared/handler"), [][2]string{{"shared/provider", "shared/handler"}}},
	{"store knows nothing of ours", mayReach("shared/store", "shared/store"), [][2]string{{"shared/store", "shared/payment"}, {"shared/store/bolt", "shared/checkout"}}},
	{"checkout knows no implementation", mayReach("shared/checkout", "shared/money", "shared/method", "shared/payment", "shared/settlement", "shared/provider", "shared/store", "shared/shape"), [][2]string{{"shared/checkout", "shared/handler"}}},
	{"checkout imports no implementation and no AWS", mayNotReach("shared/checkout", "shared/provider/paypal", "shared/store/bolt", "shared/store/dynamo", awsLambda, awsSDK, "net/http"),
		[][2]string{{"shared/checkout", "shared/provider/paypal"}, {"shared/checkout", "shared/store/bolt"}, {"shared/checkout", awsEvents}, {"shared/checkout", "net/http"}}},
	{"only checkout, and what builds it, knows both a store and a provider", storeAndProvider, [][2]string{{"shared/handler", "shared/store"}, {"shared/provider/paypal", "shared/store"}}},
	{"AWS events at the edge alone", importedBy(awsEvents, "functions", "shared/handler", "local/gateway", "tests/simulate"), [][2]string{{"shared/setup", awsEvents}, {"shared/checkout", awsEvents}}},
	{"the Lambda runtime in functions alone", importedBy(awsLambda+"/lambda", "functions"), [][2]string{{"shared/setup", awsLambda + "/lambda"}}},
	{"the AWS SDK in its places", importedBy(awsSDK, "shared/store/dynamo", "shared/setup", "local/gateway", "tests/cloud"), [][2]string{{"shared/handler", awsSDK + "/aws"}, {"functions/sweep", awsSDK + "/config"}}},
	{"settlement is pure", both(mayReach("shared/settlement", "shared/money", "shared/payment"), pure("shared/settlement")), [][2]string{{"shared/settlement", "shared/store"}, {"shared/settlement", "net/http"}}},
	{"wording stands on money alone, and is pure", both(mayReach("shared/wording", "shared/money"), pure("shared/wording")), [][2]string{{"shared/wording", "shared/payment"}, {"shared/wording", "os"}}},
	{"words are put at the edge alone", importedBy("shared/wording", "shared/handler", "shared/wording"), [][2]string{{"shared/settlement", "shared/wording"}, {"shared/checkout", "shared/wording"}}},
	{"the simulators know nothing of ours", mayReach("local/sim", "local/sim"), [][2]string{{"local/sim/paypal", "shared/money"}, {"local/sim/paypal", "shared/provider/paypal"}}},
	{"no simulator knows another, nor what they share one of them", simulatorsApart, [][2]string{{"local/sim/paypal", "local/sim/stripe"}, {"local/sim/courier", "local/sim/paypal"}}},
	{"the gateway knows nothing of ours", mayReach("local/gateway", "local/gateway"), [][2]string{{"local/gateway", "shared/handler"}}},
	{"what is deployed knows nothing of local and tests", both(mayNotReach("functions", "local", "tests"), mayNotReach("shared", "local", "tests", "functions")),
		[][2]string{{"functions/sweep", "local/gateway"}, {"shared/setup", "local/sim/paypal"}, {"functions/sweep", "tests"}}},
	{"functions import setup alone", functionsAreThin, [][2]string{{"functions/sweep", "shared/checkout"}}},
	{"the YAML reader and the contract's library are not deployed", both(mayNotReach("functions", "go.yaml.in/yaml", "github.com/getkin"), mayNotReach("shared", "go.yaml.in/yaml", "github.com/getkin")),
		[][2]string{{"shared/setup", "go.yaml.in/yaml/v3"}}},
	{"plutov in its adapter alone", importedBy("github.com/plutov/paypal", "shared/provider/paypal"), [][2]string{{"shared/checkout", "github.com/plutov/paypal/v4"}}},
}

// pure looks at direct imports: what those stand on themselves (fmt on os) is
// not a door that is used.
func pure(folders ...string) func(imports) []string {
	return func(g imports) (faults []string) {
		for _, folder := range folders {
			for _, p := range g.own(folder) {
				for _, to := range g[p] {
					if slices.Contains(inputAndOutput, to) || strings.HasPrefix(to, "net/") {
						faults = append(faults, p+" imports "+to)
					}
				}
			}
		}
		return faults
	}
}

func storeAndProvider(g imports) (faults []string) {
	for _, p := range g.own("shared") {
		knows := func(folder string) bool {
			return slices.ContainsFunc(g[p], func(to string) bool { return within(to, folder) }) || within(p, folder)
		}
		// The edge may name the provider's neutral address type.
		if knows("shared/store") && knows("shared/provider") && p != "shared/checkout" && p != "shared/setup" {
			faults = append(faults, p+" knows both")
		}
	}
	return faults
}

// simulatorsApart: each provider that is simulated is read anew from its own documents.
func simulatorsApart(g imports) (faults []string) {
	for _, p := range g.own("local/sim") {
		for _, one := range []string{"local/sim/paypal", "local/sim/stripe"} {
			if p != one && g.reach(p)[one] {
				faults = append(faults, p+" reaches "+one)
			}
		}
	}
	return faults
}

func functionsAreThin(g imports) (faults []string) {
	for _, p := range g.own("functions") {
		for _, to := range g[p] {
			if slices.Contains(g.own(""), to) && to != "shared/setup" {
				faults = append(faults, p+" imports "+to)
			}
		}
	}
	return faults
}

func TestDirections(t *testing.T) {
	g, err := readImports()
	if err != nil {
		t.Fatal(err)
	}
	if n := len(g.own("functions")); n < 5 || len(g.own("shared")) < 8 {
		t.Fatalf("only %d functions and %v were found", n, g.own("shared"))
	}
	for _, l := range laws {
		for _, fault := range l.check(g) {
			t.Errorf("%s: %s", l.text, fault)
		}
	}
}

// TestDirectionsCanFail: each law finds the imports it forbids.
func TestDirectionsCanFail(t *testing.T) {
	g, err := readImports()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range laws {
		for _, b := range l.broken {
			mutant := maps.Clone(g)
			mutant[b[0]] = append(slices.Clone(mutant[b[0]]), b[1])
			if len(l.check(mutant)) == 0 {
				t.Errorf("%s: %s importing %s was not found", l.text, b[0], b[1])
			}
		}
	}
}

// parsedFiles are the Go files of a folder that are built, tests left out.
func parsedFiles(t *testing.T, folder string) map[string]*ast.File {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]*ast.File{}
	for _, name := range names {
		if !strings.HasSuffix(name, "_test.go") {
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			files[name] = file
		}
	}
	return files
}

// bans are words of the language or of a package that have no place somewhere.
// A name is "pkg.Name" for a selector and "name" for an identifier.
type ban struct {
	text    string
	folders []string
	except  []string // folders or files
	words   []string
	broken  string // a line that must be found out
}

var bansOfWords = []ban{
	{"no clock but the one given", []string{"functions", "shared"}, []string{"shared/setup", "shared/store/storetest"},
		[]string{"time.Now", "time.Since", "time.Until", "time.Sleep", "time.After", "time.Tick", "time.NewTimer", "time.NewTicker", "time.AfterFunc"},
		"var x = time.Since(y)"},
	{"no client that somebody else configures", []string{"functions", "shared", "local"}, []string{"local/world.go"},
		[]string{"http.DefaultClient", "http.Get", "http.Post", "http.PostForm", "http.Head"}, "var x = http.DefaultClient"},
	{"no environment but in setup", []string{"functions", "shared"}, []string{"shared/setup"},
		[]string{"os.Getenv", "os.LookupEnv", "os.Environ"}, `var x = os.Getenv("X")`},
	{"nobody exits but main", []string{"shared", "local/gateway", "local/sim"}, nil, []string{"os.Exit", "log.Fatal", "log.Fatalf", "log.Fatalln"}, "func x() { os.Exit(1) }"},
	{"no random number that anybody can guess", []string{"functions", "shared"}, nil, []string{"rand.Int", "rand.IntN", "rand.Intn", "rand.Float64", "rand.Uint64"}, "var x = rand.IntN(2)"},
	{"nothing happens by being imported", []string{"functions", "shared", "local"}, nil, []string{"init"}, "func init() {}"},
}

// defaults are places where a nil clock means the machine's: `Now = time.Now`,
// the value and not a call of it.
func isDefault(n ast.Node) bool {
	assigned, ok := n.(*ast.AssignStmt)
	if !ok || len(assigned.Rhs) != 1 || len(assigned.Lhs) != 1 {
		return false
	}
	target := strings.ToLower(wordOf(assigned.Lhs[0]))
	return (target == "now" || strings.HasSuffix(target, ".now")) && wordOf(assigned.Rhs[0]) == "time.Now"
}

// wordOf is a node as a ban names it.
func wordOf(n ast.Node) string {
	switch n := n.(type) {
	case *ast.Ident:
		return n.Name
	case *ast.SelectorExpr:
		if from, ok := n.X.(*ast.Ident); ok {
			return from.Name + "." + n.Sel.Name
		}
	}
	return ""
}

func (b ban) find(file *ast.File) (found []string) {
	ast.Inspect(file, func(n ast.Node) bool {
		if n == nil || isDefault(n) {
			return false
		}
		if word := wordOf(n); slices.Contains(b.words, word) {
			found = append(found, word)
		}
		return true
	})
	return found
}

func TestWordsThatHaveNoPlace(t *testing.T) {
	for _, b := range bansOfWords {
		looked := 0
		for _, source := range goFiles(t) {
			excepted := slices.ContainsFunc(b.except, func(e string) bool { return within(source.name, e) })
			covered := slices.ContainsFunc(b.folders, func(f string) bool { return within(source.name, f) })
			if !covered || excepted || strings.HasSuffix(source.name, "_test.go") {
				continue
			}
			looked++
			for _, word := range b.find(source.file) {
				t.Errorf("%s: %s has %s", b.text, source.name, word)
			}
		}
		if looked == 0 {
			t.Errorf("%s: no file was looked at", b.text)
		}
		mutant, err := parser.ParseFile(token.NewFileSet(), "mutant.go", "package p\n"+b.broken, 0)
		if err != nil || len(b.find(mutant)) == 0 {
			t.Errorf("%s: %q was not found (%v)", b.text, b.broken, err)
		}
	}
}

// moneyPackages hold money or what decides about it.
var moneyPackages = []string{"shared/money", "shared/payment", "shared/store", "shared/checkout", "shared/provider", "shared/handler", "shared/settlement", "shared/wording"}

// floats finds every expression whose type is a floating one, whether or not the
// code names it: time.Duration.Seconds() is one, and so is 0.5.
func floats(set *token.FileSet, files []*ast.File, look func(string) (io.ReadCloser, error)) (found []string, err error) {
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: importer.ForCompiler(set, "gc", look)}
	if _, err := config.Check("p", set, files, info); err != nil {
		return nil, err
	}
	add := func(n ast.Node, of types.Type) {
		if basic, ok := of.Underlying().(*types.Basic); ok && basic.Info()&(types.IsFloat|types.IsComplex) != 0 {
			found = append(found, set.Position(n.Pos()).String())
		}
	}
	for e, of := range info.Types {
		add(e, of.Type)
	}
	for name, object := range info.Defs { // of several results, each has a type of its own
		if object != nil {
			add(name, object.Type())
		}
	}
	return found, nil
}

func TestNoFloatWhereMoneyIs(t *testing.T) {
	list := exec.Command("go", "list", "-deps", "-export", "-json=ImportPath,Export,Dir,GoFiles", "./shared/...")
	list.Dir = ".."
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	exported, checked := map[string]string{}, 0
	look := func(path string) (io.ReadCloser, error) { return os.Open(exported[path]) }
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath, Export, Dir string
			GoFiles                 []string
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		exported[p.ImportPath] = p.Export
		if !slices.ContainsFunc(moneyPackages, func(m string) bool { return within(ours(p.ImportPath), m) }) {
			continue
		}
		checked++
		set, files := token.NewFileSet(), []*ast.File(nil)
		for _, name := range p.GoFiles {
			file, err := parser.ParseFile(set, filepath.Join(p.Dir, name), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
		found, err := floats(set, files, look)
		if err != nil {
			t.Errorf("%s: %v", p.ImportPath, err)
		}
		for _, place := range found {
			t.Errorf("a float at %s", place)
		}
	}
	if checked < 8 {
		t.Errorf("only %d packages were checked", checked)
	}
	for _, line := range []string{
		"var x float64", "type x struct{ y float32 }", "var x = 1 / 0.5", "var x = time.Hour.Seconds()", `var x, _ = strconv.ParseFloat("1", 64)`, "const x = 1e3", "var x = int64(float64(3) * 2)", "func f(x []complex128) {}",
	} {
		text := "package p\nimport (\"strconv\"; \"time\")\nvar _, _ = strconv.Itoa, time.Hour\n" + line
		set := token.NewFileSet()
		mutant, err := parser.ParseFile(set, "mutant.go", text, 0)
		if err != nil {
			t.Fatal(err)
		}
		if found, err := floats(set, []*ast.File{mutant}, look); err != nil || len(found) == 0 {
			t.Errorf("%s was not found (%v)", line, err)
		}
	}
}

// source is one Go file of ours, by its path from the root.
type source struct {
	name  string
	lines int
	file  *ast.File
	set   *token.FileSet
}

func goFiles(t *testing.T) []source {
	t.Helper()
	files, err := readGoFiles()
	if err != nil {
		t.Fatal(err)
	}
	return files
}

var readGoFiles = sync.OnceValues(func() (files []source, _ error) {
	root := os.DirFS("..")
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && (strings.HasPrefix(entry.Name(), ".") || slices.Contains([]string{"build", "node_modules"}, entry.Name())):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, text, parser.ParseComments)
		files = append(files, source{name, bytes.Count(text, []byte("\n")), file, set})
		return err
	})
	return files, err
})

// Names that say nothing of what is inside.
var emptyNames = []string{"util", "utils", "common", "helper", "helpers", "type", "types", "model", "models", "misc", "base", "shared"}

// layout finds what is wrong with where a file lies and what it is called.
func layout(name string) string {
	folder, file := path.Split(name)
	switch base := strings.TrimSuffix(strings.TrimSuffix(file, ".go"), "_test"); {
	case folder == "shared/" || folder == "":
		return name + " lies where no Go file does"
	case slices.Contains(emptyNames, base):
		return name + " is called after nothing"
	}
	for part := range strings.SplitSeq(strings.TrimPrefix(strings.TrimSuffix(folder, "/"), "shared/"), "/") {
		if slices.Contains(emptyNames, part) {
			return name + " lies in a folder called after nothing"
		}
	}
	return ""
}

func TestFilesLieWhereTheyBelong(t *testing.T) {
	for _, s := range goFiles(t) {
		if fault := layout(s.name); fault != "" {
			t.Error(fault)
		}
		if slices.Contains(emptyNames, strings.TrimSuffix(s.file.Name.Name, "_test")) {
			t.Errorf("%s: package %s is called after nothing", s.name, s.file.Name.Name)
		}
	}
	for _, bad := range []string{"shared/money.go", "main.go", "shared/util/x.go", "shared/payment/types.go", "shared/payment/helpers_test.go", "local/common/x.go"} {
		if layout(bad) == "" {
			t.Errorf("%s was not found", bad)
		}
	}
}

// The longest a file and a function may be, in lines.
const (
	maxFile, maxTestFile         = 400, 600
	maxFunction, maxTestFunction = 70, 120
)

// longer are files and functions that outgrew the limit, with the lines they may
// have. The list may only shrink.
var longer = map[string]int{}

// tooLong finds what is longer than it may be.
func tooLong(s source) (faults []string) {
	file, function := maxFile, maxFunction
	if strings.HasSuffix(s.name, "_test.go") || within(s.name, "shared/store/storetest") {
		file, function = maxTestFile, maxTestFunction
	}
	if n := s.lines; n > max(file, longer[s.name]) {
		faults = append(faults, fmt.Sprintf("%s has %d lines", s.name, n))
	}
	for _, d := range s.file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		n := s.set.Position(f.End()).Line - s.set.Position(f.Pos()).Line + 1
		if n > max(function, longer[s.name+" "+f.Name.Name]) {
			faults = append(faults, fmt.Sprintf("%s: %s has %d lines", s.name, f.Name.Name, n))
		}
	}
	return faults
}

func TestNothingOutgrowsItsPage(t *testing.T) {
	for _, s := range goFiles(t) {
		for _, fault := range tooLong(s) {
			t.Error(fault)
		}
	}
	set := token.NewFileSet()
	text := "package p\nfunc f() {\n" + strings.Repeat("_ = "+strconv.Itoa(1)+"\n", maxFile) + "}\n"
	file, err := parser.ParseFile(set, "x.go", text, 0)
	if err != nil || len(tooLong(source{"x.go", strings.Count(text, "\n"), file, set})) != 2 {
		t.Errorf("a long file with a long function was not found (%v)", err)
	}
}
