package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// What a document may hold is what DynamoDB gives back unchanged from native
// attributes (Developer Guide, "Constraints in Amazon DynamoDB" and "Supported
// data types"): numbers of at most 38 digits, 32 levels of nesting, names that are
// not empty and come once.
const (
	// MaxDepth is how deep lists and objects may stand in each other, the
	// document itself counted. DynamoDB allows 32, the item that holds the
	// document included.
	MaxDepth = 31

	maxDigits = 38
	maxName   = 65_535 // bytes of a member's name
)

// Canonical is a document in the one form in which a store gives it back, that of RFC
// 8785, but for numbers, which stay as they were written: members in the order of
// their names, nothing between the parts, and no escapes but those that JSON demands.
// It is never longer than what it was made of.
//
// Errors: ErrInvalid where the document is not one JSON object or holds what
// DynamoDB could not give back: a number that is not whole, is -0, has an
// exponent or more than 38 digits; a name that is empty, of more than 65,535 bytes
// or there twice; half of a surrogate pair; bytes that are not UTF-8; more than
// MaxDepth levels.
func Canonical(document []byte) ([]byte, error) {
	if _, err := DocumentBytes(document); err != nil {
		return nil, err
	}
	canonical := jsontext.Value(bytes.Clone(document))
	err := canonical.Canonicalize(jsontext.CanonicalizeRawInts(false))
	if err != nil {
		return nil, invalid("document: %v", err)
	}
	return canonical, nil
}

// DocumentBytes is how many bytes DynamoDB counts for a document (Developer Guide,
// "DynamoDB item sizes and formats"): a text its UTF-8 bytes, a number one byte
// for each two digits, end zeros apart, and one more, also for a minus; null and booleans 1;
// lists and objects 3 and 1 more for each member. Names count as texts.
//
// Errors: those of Canonical.
func DocumentBytes(document []byte) (int, error) {
	w := walk{in: jsontext.NewDecoder(bytes.NewBuffer(document))} // refuses names that come twice
	if err := w.object(); err != nil {
		return 0, invalid("document: %v", err)
	}
	return w.size, nil
}

// entriesOf is the member that may only grow, in canonical form; nil where the
// document has none. The rest of the document is read and not looked into.
func entriesOf(document []byte) ([]byte, error) {
	var d struct {
		Entries jsontext.Value `json:"entries"` // the name is that of Entries
	}
	if err := json.Unmarshal(document, &d); err != nil {
		return nil, invalid("document: %v", err)
	}
	if d.Entries == nil {
		return nil, nil
	}
	if err := d.Entries.Canonicalize(jsontext.CanonicalizeRawInts(false)); err != nil {
		return nil, invalid("document: %v", err)
	}
	return d.Entries, nil
}

// walk goes over a document token by token.
type walk struct {
	in   *jsontext.Decoder
	size int // bytes so far, as DynamoDB counts them
}

// object walks over one object and holds that nothing follows it.
func (w *walk) object() error {
	if kind := w.in.PeekKind(); kind != '{' && kind != 0 {
		return errors.New("not an object")
	}
	for {
		inList, isName := w.place()
		token, err := w.in.ReadToken()
		switch {
		case errors.Is(err, io.EOF) && w.size > 0:
			return nil
		case err != nil:
			return err
		case w.in.StackDepth() > MaxDepth:
			return fmt.Errorf("more than %d levels", MaxDepth)
		}
		if err := w.count(token, inList, isName); err != nil {
			return err
		}
	}
}

// place says where the next token stands: in a list, or as a member's name.
func (w *walk) place() (inList, isName bool) {
	kind, tokens := w.in.StackIndex(w.in.StackDepth())
	return kind == '[', kind == '{' && tokens%2 == 0
}

// What a list or an object takes beside its members, and each member beside
// itself.
const (
	aroundMembers = 3
	aroundEach    = 1
)

func (w *walk) count(token jsontext.Token, inList, isName bool) error {
	kind := token.Kind()
	if kind == '}' || kind == ']' {
		return nil
	}
	if inList || isName {
		w.size += aroundEach
	}
	switch kind {
	case '{', '[':
		w.size += aroundMembers
	case '"':
		text := token.String()
		w.size += len(text)
		if isName && (text == "" || len(text) > maxName) {
			return fmt.Errorf("a member's name of %d bytes", len(text))
		}
	case '0':
		bytes, err := numberBytes(token.String())
		w.size += bytes
		return err
	default: // null, true, false
		w.size++
	}
	return nil
}

// numberBytes takes whole numbers alone: there is no float in the books, and DynamoDB
// keeps a number's value and not how it was written.
func numberBytes(text string) (int, error) {
	digits := strings.TrimPrefix(text, "-")
	switch {
	case strings.ContainsAny(text, ".eE"):
		return 0, fmt.Errorf("the number %.40q is not written as a whole one", text)
	case len(digits) > maxDigits:
		return 0, fmt.Errorf("a number of %d digits", len(digits))
	case text == "-0":
		return 0, errors.New("the number -0")
	}
	return 1 + len(text) - len(digits) + pairs(digits), nil
}

// pairs is how many pairs of digits DynamoDB keeps of a whole number.
func pairs(digits string) int {
	if digits == "0" {
		return 0
	}
	zeros := len(digits) - len(strings.TrimRight(digits, "0"))
	return (len(digits)+1)/2 - zeros/2
}
