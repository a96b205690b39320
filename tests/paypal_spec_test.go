//go:build paypalspec

package tests

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/doctor"
	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/tests/paypalspec"
)

// TestEveryPayPalOperationIsJudged walks through every call our adapter can make,
// each held against PayPal's specification by the world, and wants none left out.
// What the adapter can make is read from its source, so that a new call is missed.
func TestEveryPayPalOperationIsJudged(t *testing.T) {
	paypalspec.Require(t)
	w := newWorld(t, plan{})
	gone := w.buyer()
	gone.open()
	w.sweepFor(26 * time.Hour) // its order is no longer known: the control call

	w.must(w.paypal.Inject(sim.Fault{Kind: sim.ErrorBefore, Call: sim.CallCert}))
	b := w.paid()
	w.deliver() // the certificate, without it the postback, and looks at the order
	w.must(w.paypal.Inject(sim.Fault{Kind: sim.Minimal, Call: sim.CallRefund}))
	b.wantRefund(500, "told-little", http.StatusCreated, "completed") // and so it is looked at
	w.must(w.paypal.RefundInDashboard(b.charges()[0].ID, 100))        // it names only its capture
	b.claim(w.clock.Now().Add(10 * 24 * time.Hour))
	w.deliver()
	_, err := w.settleNextHour() // the list of disputes, the account's rows and balances
	w.must(err)
	doctor.Providers(t.Context(), w.examined()) // the lists of webhooks and of what they may be told

	seen := paypalspec.Total.Counts()
	for _, name := range slices.Sorted(maps.Keys(seen)) {
		t.Logf("judged so far: %5d %s", seen[name], name)
	}
	anyName := regexp.MustCompile(`\{[a-z_]+\}`)
	judged := map[string]bool{}
	for name := range seen {
		judged[anyName.ReplaceAllString(name, "{}")] = true
	}
	for _, call := range adapterCalls(t) {
		if !judged[call] {
			t.Errorf("%s was never judged", call)
		}
	}
}

// adapterCalls lists the calls in the adapter's source, ids as {}: those of caller.call,
// of ask and of list, the token's and the certificate's.
func adapterCalls(t *testing.T) []string {
	t.Helper()
	found := map[string]bool{"POST /v1/oauth2/token": true, "GET /v1/notifications/certs/{}": true}
	names, err := filepath.Glob("../shared/provider/paypal/*.go")
	if err != nil || len(names) == 0 {
		t.Fatalf("%d files: %v", len(names), err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if f, ok := n.(*ast.FuncDecl); ok && (f.Name.Name == "ask" || f.Name.Name == "list") {
				return false // its path is its caller's
			}
			c, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			method, path, id := "", ast.Expr(nil), ""
			switch selected, _ := c.Fun.(*ast.SelectorExpr); {
			case selected == nil:
			case selected.Sel.Name == "ask":
				method, path, id = "GET", c.Args[1], "{}" // ask puts the id behind it
			case selected.Sel.Name == "list":
				method, path = "GET", c.Args[1]
			case selected.Sel.Name == "call":
				method, path = strings.ToUpper(strings.TrimPrefix(c.Args[1].(*ast.SelectorExpr).Sel.Name, "Method")), c.Args[2]
			}
			if path != nil {
				text, _, _ := strings.Cut(written(path), "?")
				if !strings.HasPrefix(text, "/v") {
					t.Errorf("%s: a call whose path cannot be read: %s", name, text)
				}
				found[method+" "+text+id] = true
			}
			return true
		})
	}
	if len(found) < 12 {
		t.Errorf("only %d calls were found", len(found))
	}
	return slices.Sorted(maps.Keys(found))
}

// written is a text as it is put together, with {} for all that is no literal.
func written(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		return written(e.X) + written(e.Y)
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil {
			return text
		}
	}
	return "{}"
}
