package payment

import (
	"strings"
	"testing"
)

func TestIDs(t *testing.T) {
	const id = "sc0123456789abcdefghijklmnop"
	for text, want := range map[string]string{
		id: id, id + "-1": id, id + "-": id, id + "-r1-x": id,
		"": "", "sc": "", "-": "", "-" + id: "", id + "q": "", id[:27]: "", "x" + id: "", id + " -1": "",
		strings.ToUpper(id): "", "sc" + strings.Repeat("w", 26): "", "sc" + strings.Repeat("ü", 13): "",
	} {
		if got := IDIn(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		if IsID(text) != (want != "" && want == text) {
			t.Errorf("%q is an id: %t", text, IsID(text))
		}
	}
}
