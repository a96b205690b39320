package tests

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// What the template says twice: once to AWS, and once in the code that relies on it.

// keys: the table and its indexes are named as the DynamoDB store names them.
func (c *templateCheck) keys() {
	name, table := storeNames(), c.properties("Table")
	keySchema := func(hash, sort string) string {
		return fmt.Sprintf("[map[AttributeName:%s KeyType:HASH] map[AttributeName:%s KeyType:RANGE]]", name[hash], name[sort])
	}
	c.want("the table's keys", valueAt(table, "KeySchema"), keySchema("partitionAttribute", "sortAttribute"))
	c.want("the time to live", valueAt(table, "TimeToLiveSpecification", "AttributeName"), name["expiresAttribute"])
	indexes := map[string]string{
		name["dueIndex"]: keySchema("shardAttribute", "dueAttribute"),
		name["dayIndex"]: keySchema("dayAttribute", "partitionAttribute"),
	}
	for _, index := range asList(valueAt(table, "GlobalSecondaryIndexes")) {
		id := fmt.Sprint(valueAt(index, "IndexName"))
		if indexes[id] == "" {
			c.add("the store has no index %s", id)
		}
		c.want("the keys of index "+id, valueAt(index, "KeySchema"), indexes[id])
		delete(indexes, id)
	}
	for id := range indexes {
		c.add("the table has no index %s", id)
	}
}

// storeNames are the constants in which the DynamoDB store names attributes and
// indexes.
var storeNames = sync.OnceValue(func() map[string]string {
	file, err := parser.ParseFile(token.NewFileSet(), "../shared/store/dynamo/item.go", nil, 0)
	if err != nil {
		panic(err)
	}
	names := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == 1 {
			if literal, ok := spec.Values[0].(*ast.BasicLit); ok {
				names[spec.Names[0].Name] = strings.Trim(literal.Value, `"`)
			}
		}
		return true
	})
	return names
})

// forTheGoRuntime are variables that Go reads by itself, fromLambda those that Lambda
// sets by itself. setup looks at SSL_CERT_DIR and sets it itself, where no image of a
// function has it.
var (
	forTheGoRuntime = strings.Fields("GOGC GOMAXPROCS")
	fromLambda      = strings.Fields("AWS_ACCESS_KEY_ID AWS_REGION AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN")
	setInside       = "SSL_CERT_DIR"
)

// environment: what is declared is read, and what is read is declared, since SAM CLI
// hands on nothing else.
func (c *templateCheck) environment() {
	declared := namesOf(valueAt(c.template, "Globals", "Function", "Environment", "Variables"))
	read := slices.Concat(readVariables(), forTheGoRuntime)
	for _, name := range declared {
		if !slices.Contains(read, name) {
			c.add("nobody reads the variable %s", name)
		}
	}
	for _, name := range read {
		if !slices.Contains(declared, name) && !slices.Contains(fromLambda, name) && name != setInside {
			c.add("the variable %s is read and not declared", name)
		}
	}
}

// readVariables are what setup reads: the names it gives to lookup and need.
var readVariables = sync.OnceValue(func() (names []string) {
	files, err := filepath.Glob("../shared/setup/*.go")
	if err != nil {
		panic(err)
	}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			panic(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 1 || !slices.Contains([]string{"lookup", "need"}, wordOf(call.Fun)) {
				return true
			}
			if literal, ok := call.Args[0].(*ast.BasicLit); ok && !strings.HasSuffix(name, "_test.go") {
				names = append(names, strings.Trim(literal.Value, `"`))
			}
			return true
		})
	}
	return names
})

// opensSecret finds how much a function's main asks of setup.
var opensSecret = regexp.MustCompile(`setup\.(Handlers|TokenHandlers|TableHandlers)\(\)`)

// secret: granted to a function that opens it, and to no other.
func (c *templateCheck) secret(id string, rights []string) {
	main, err := os.ReadFile("../functions/" + kebab(id) + "/main.go")
	asks := opensSecret.FindStringSubmatch(string(main))
	if err != nil {
		return // what stands under functions/ is looked at elsewhere
	}
	if asks == nil {
		c.add("%s opens nothing that is known here", id)
		return
	}
	if opens := asks[1] != "TableHandlers"; opens != slices.Contains(rights, readSecret) {
		c.add("%s opens the secret: %t; it may read it: %t", id, opens, !opens)
	}
}
