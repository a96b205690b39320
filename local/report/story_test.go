package report

import (
	"encoding/json"
	"strings"
	"testing"
)

const told = `{"payment":"P1","reference":"A-<1>","currency":"USD","language":"de","summary":"Der Käufer hat bezahlt.",
	"lines":[{"code":"sale","text":"Der Käufer hat bezahlt.","amount":{"currency":"USD","minor":10000,"value":"100.00"},"at":"2026-11-21T09:00:00Z","row":{"id":"8MC","code":"T0006"}},
		{"code":"x","text":"<script>alert(1)</script>"}],
	"where":[{"code":"fee","text":"PayPal","amount":{"currency":"EUR","minor":-297,"value":"-2.97"}}]}`

func TestStory(t *testing.T) {
	var s Story
	if err := json.Unmarshal([]byte(told), &s); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := WriteStory(&out, s, "/report?from=2026-11-01&last=2026-11-30"); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "<script") || strings.Contains(out.String(), " style=") {
		t.Error("the page runs what somebody wrote")
	}
	doc := parsed(t, out.String())
	lines, places := doc.all("ol", "story")[0].all("li", ""), doc.all("ul", "places")[0].all("li", "")
	if doc.all("html", "")[0].Attr["lang"] != "de" || doc.all("h1", "")[0].words() != "A-<1>" || doc.all("p", "summary")[0].words() != "Der Käufer hat bezahlt." {
		t.Error("not the language, the reference or the summary")
	}
	if len(lines) != 2 || !strings.Contains(lines[0].words(), "2026-11-21 09:00 UTC 8MC T0006") || lines[1].all("p", "")[0].words() != "<script>alert(1)</script>" {
		t.Errorf("%q", lines[0].words())
	}
	if len(places) != 1 || places[0].words() != "PayPal" {
		t.Errorf("%q", places[0].words())
	}
	if back := doc.all("a", "")[0].Attr["href"]; back != "/report?from=2026-11-01&last=2026-11-30" {
		t.Errorf("the way back is %q", back)
	}
}
