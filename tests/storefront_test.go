package tests

import (
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/serverless-checkout/serverless-checkout/shared/wording"
)

// elementCap is the most that a buyer loads of the element, in bytes, compressed as a
// static host does.
const elementCap = 12 << 10

func readElement(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../storefront/checkout-button.js")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestElementIsSmall(t *testing.T) {
	var packed bytes.Buffer
	w, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	w.Write([]byte(readElement(t)))
	w.Close()
	t.Logf("%d bytes gzipped", packed.Len())
	if packed.Len() >= elementCap {
		t.Errorf("the element is %d bytes gzipped, not under %d", packed.Len(), elementCap)
	}
}

// TestElementHash: a page made after the README loads the element that is here.
func TestElementHash(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha512.Sum384([]byte(readElement(t)))
	want := `integrity="sha384-` + base64.StdEncoding.EncodeToString(sum[:]) + `"`
	named := regexp.MustCompile(`integrity="[^"]*"`).FindAllString(string(readme), -1)
	if len(named) != 1 || named[0] != want {
		t.Errorf("the README says %q, the element is %s", named, want)
	}
}

// TestElementSentences: what the element can say without the API is what the API would
// have it say.
func TestElementSentences(t *testing.T) {
	_, rest, found := strings.Cut(readElement(t), "const SENTENCES = ")
	text, _, ended := strings.Cut(rest, ";\n\n")
	if !found || !ended {
		t.Fatal("the element has no sentences")
	}
	var sentences map[wording.Language]map[string]string
	plain := regexp.MustCompile(`,(\s*})`).ReplaceAllString(text, "$1") // JSON has no last comma
	if err := json.Unmarshal([]byte(plain), &sentences); err != nil {
		t.Fatal(err)
	}
	for _, language := range wording.Languages() {
		if len(sentences[language]) != len(sentences[wording.English]) || len(sentences[language]) == 0 {
			t.Errorf("%s: %d sentences", language, len(sentences[language]))
		}
		for key, sentence := range sentences[language] {
			if want := language.Text("button."+key, nil); sentence != want {
				t.Errorf("%s %s: %q, the file says %q", language, key, sentence, want)
			}
		}
	}
	if len(sentences) != len(wording.Languages()) {
		t.Errorf("%d languages", len(sentences))
	}
}

// TestElementSays: every text that the element asks for by its name there is, and every
// one there is, it asks for.
func TestElementSays(t *testing.T) {
	element := readElement(t)
	var keys []string
	for _, found := range regexp.MustCompile(`(?:#say|#anew|#refuse|#reason\(answer,|#showChecking|key:)\(?\s*"([a-z_-]+)"`).FindAllStringSubmatch(element, -1) {
		keys = append(keys, found[1])
	}
	if len(keys) < 20 {
		t.Errorf("only %d keys found in the element", len(keys))
	}
	for _, key := range keys {
		if !wording.English.Has("button." + key) {
			t.Errorf("nothing says button.%s", key)
		}
	}
	var named []string
	for key := range wording.English.Under("button.") {
		// A refusal is named by the kind of its problem, a field by its name.
		if !slices.Contains(keys, key) && !strings.Contains(element, `"`+strings.TrimSuffix(strings.TrimSuffix(key, "_text"), "_link")+`"`) && !strings.Contains(key, "-") {
			named = append(named, key)
		}
	}
	slices.Sort(named)
	if want := []string{"expired", "expired_text"}; !slices.Equal(named, want) { // a payment's status names these
		t.Errorf("never said: %q, not %q alone", named, want)
	}
}

// TestElementIsSafe: no text is ever read as HTML or as code.
func TestElementIsSafe(t *testing.T) {
	element := readElement(t)
	for _, danger := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", ".style", `"style"`, "setTimeout(\"", "createContextualFragment"} {
		if strings.Contains(element, danger) {
			t.Errorf("the element uses %s", danger)
		}
	}
}
