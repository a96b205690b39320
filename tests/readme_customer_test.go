package tests

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// readmeBlock is the one block of code in the README, of a language, that has a text in it.
func readmeBlock(t *testing.T, language, has string) string {
	t.Helper()
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, part := range strings.Split(string(text), "\n```"+language+"\n")[1:] {
		if block, _, _ := strings.Cut(part, "\n```"); strings.Contains(block, has) {
			found = append(found, block+"\n")
		}
	}
	if len(found) != 1 {
		t.Fatalf("the README has %d blocks of %s with %s", len(found), language, has)
	}
	return found[0]
}

// wantsToken has a customer's list opened with a token that was signed just now.
func wantsToken(t *testing.T, token string) {
	t.Helper()
	w := newWorld(t, plan{})
	w.clock.Move(time.Since(w.clock.Now()))
	b := w.buysAs("ada@shop.example")
	r := w.call(http.MethodGet, customersRoute, "", asCustomer(strings.TrimSpace(token)))
	if r.code != http.StatusOK || !strings.Contains(r.text, b.id) {
		t.Errorf("%d %s", r.code, r.text)
	}
}

// TestReadmeQuote: the README's claims, signed with a day of their own, are a purchase.
func TestReadmeQuote(t *testing.T) {
	w := newWorld(t, plan{})
	var claims jwt.MapClaims
	w.must(json.Unmarshal([]byte(readmeBlock(t, "json", `"jti"`)), &claims))
	claims["aud"], claims["exp"] = "tests", w.clock.Now().Add(time.Hour).Unix()
	b := w.quoted(w.quoteToken(claims, quoteSecret))
	if b.last.code != http.StatusCreated || float64(b.last.Total.Minor) != claims["total"] {
		t.Errorf("%d %s", b.last.code, b.last.text)
	}
}

// TestReadmeSignsInGo: the README's example, as it stands there.
func TestReadmeSignsInGo(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":   "module shop\n\ngo 1.26\n",
		"token.go": strings.Replace(readmeBlock(t, "go", "func CustomerToken("), "package shop", "package main", 1),
		"main.go":  "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\nfunc main() {\n\ttoken, err := CustomerToken(\"tests\", \"ada@shop.example\", os.Getenv(\"CUSTOMER_SECRET\"))\n\tif err != nil {\n\t\tpanic(err)\n\t}\n\tfmt.Println(token)\n}\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	program := exec.Command("go", "run", ".")
	program.Dir, program.Env = folder, append(os.Environ(), "CUSTOMER_SECRET="+customerSecret, "GOFLAGS=")
	token, err := program.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, token)
	}
	wantsToken(t, string(token))
}
