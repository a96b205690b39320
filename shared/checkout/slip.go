package checkout

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// slip is a fault in a text that somebody wrote: where it is, and what is wrong
// there. It never repeats a value, so it may be shown and logged.
type slip struct {
	at   jsontext.Pointer
	what string
}

// String names the place as a programmer writes it:
// "products[17].prices.EUR: is not a price".
func (s slip) String() string {
	var b strings.Builder
	for name := range s.at.Tokens() {
		switch _, err := strconv.ParseUint(name, 10, 32); {
		case err == nil:
			b.WriteString("[" + name + "]")
		case !plain(name, 20):
			b.WriteString(".?") // nobody's field: not worth repeating
		default:
			b.WriteString("." + name)
		}
	}
	where := strings.TrimPrefix(b.String(), ".")
	if where == "" {
		where = "the text"
	}
	return where + ": " + s.what
}

// readStrict reads one JSON value and refuses what a careful writer would not
// write: a field that is unknown, in another case or there twice, a null, a
// number with a point where a whole one belongs, invalid UTF-8, anything after
// the value. It names every null, or else the first of the other faults.
func readStrict(text []byte, to any) []slip {
	if slips := nulls(text); len(slips) > 0 {
		return slips
	}
	return readForm(text, to)
}

// readForm is readStrict without its look for nulls.
func readForm(text []byte, to any) []slip {
	err := jsonv2.Unmarshal(text, to, jsonv2.RejectUnknownMembers(true))
	if err == nil {
		return nil
	}
	var syntax *jsontext.SyntacticError
	var semantic *jsonv2.SemanticError
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName) && errors.As(err, &syntax):
		return []slip{{syntax.JSONPointer, "stands twice"}}
	case errors.As(err, &syntax):
		return []slip{{syntax.JSONPointer, "is not JSON in UTF-8"}}
	case errors.Is(err, jsonv2.ErrUnknownName) && errors.As(err, &semantic):
		return []slip{{semantic.JSONPointer, "is not a known field"}}
	case errors.As(err, &semantic):
		return []slip{{semantic.JSONPointer, "does not have the form it should have"}}
	}
	return []slip{{"", "is not JSON in UTF-8"}}
}

// nulls finds every null: it reads as nothing, and nobody means nothing. A text
// that is no JSON is left to the reader that tells why.
func nulls(text []byte) (slips []slip) {
	for d := jsontext.NewDecoder(bytes.NewBuffer(text)); ; {
		token, err := d.ReadToken()
		if err != nil {
			return slips
		}
		if token.Kind() == 'n' {
			slips = append(slips, slip{d.StackPointer(), "is null"})
		}
	}
}

// plain reports whether a text has 1 to most bytes, all of them printable, and
// no blank around them. U+FFFD is what bytes that are no UTF-8 become on their
// way here.
func plain(s string, most int) bool {
	if s == "" || len(s) > most || strings.TrimSpace(s) != s {
		return false
	}
	for _, r := range s {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}
