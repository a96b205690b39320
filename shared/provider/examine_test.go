package provider

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"
	"time"
)

// TestEveryCodeHasItsState: a code that nobody has judged is wrong, and only those are that
// were meant to be.
func TestEveryCodeHasItsState(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "examine.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	wrong := map[Code]bool{
		CredentialsRefused: true, NotReached: true, AccountRestricted: true, PermissionMissing: true, WebhookUnknown: true, WebhookUnheard: true, WebhookElsewhere: true,
		WebhookTwice: true, WebhookDeaf: true, WebhookOff: true, MethodOff: true, ClockWrong: true,
	}
	codes := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Code" {
			text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if codes++; err != nil || wrong[Code(text)] != (Code(text).State() == Wrong) {
				t.Errorf("%s is %s", text, Code(text).State())
			}
		}
		return true
	})
	if codes < 25 || Code("news").State() != Wrong {
		t.Errorf("%d codes were found", codes)
	}
}

func TestClock(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for date, want := range map[string]Code{
		"Sun, 01 Mar 2026 12:00:00 GMT": ClockRight, "Sun, 01 Mar 2026 12:00:30 GMT": ClockRight, "Sun, 01 Mar 2026 11:59:30 GMT": ClockRight,
		"Sun, 01 Mar 2026 12:00:31 GMT": ClockDrifts, "Sun, 01 Mar 2026 11:59:29 GMT": ClockDrifts, "Sun, 01 Mar 2026 12:05:00 GMT": ClockDrifts,
		"Sun, 01 Mar 2026 12:05:01 GMT": ClockWrong, "Sun, 01 Mar 2026 11:54:59 GMT": ClockWrong, "Sat, 28 Feb 2026 12:00:00 GMT": ClockWrong,
		"": ClockUntold, "soon": ClockUntold,
	} {
		if got := Clock(now, date); got.Code != want || (got.Do != "") != (want == ClockDrifts || want == ClockWrong) {
			t.Errorf("%s: %+v, want %s", date, got, want)
		}
	}
}
