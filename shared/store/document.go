package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
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

// Canonical is a document in the one form in which a store gives it back: members
// in the order of their names' bytes, nothing between the parts, numbers as they
// were written, and texts with no escapes but those that JSON demands. It is
// never longer than what it was made of.
//
// Errors: ErrInvalid where the document is not one JSON object or holds what
// DynamoDB could not give back: a number that is not whole, is -0, has an
// exponent or more than 38 digits; a name that is empty, of more than 65,535 bytes
// or there twice; half of a surrogate pair; bytes that are not UTF-8; more than
// MaxDepth levels.
func Canonical(document []byte) ([]byte, error) {
	d, err := readDocument(document)
	return d.canonical, err
}

// DocumentBytes is how many bytes DynamoDB counts for a document (Developer Guide,
// "DynamoDB item sizes and formats"): a text its UTF-8 bytes, null and booleans 1,
// lists and objects 3 and 1 more for each member, whose names count as texts. A
// number takes one byte for each two of its digits, paired from the right and less
// the pairs of zeros there, one more, and one for a minus; the guide calls that
// approximate, and DynamoDB Local charges by it exactly.
//
// Errors: those of Canonical.
func DocumentBytes(document []byte) (int, error) {
	d, err := readDocument(document)
	return d.size, err
}

// entriesOf is the member that may only grow, in canonical form; nil where the
// document has none.
func entriesOf(document []byte) ([]byte, error) {
	d, err := readDocument(document)
	return d.entries, err
}

// readDocument walks over a document once, for all that is asked of one.
func readDocument(document []byte) (part, error) {
	if !utf8.Valid(document) || !json.Valid(document) {
		return part{}, invalid("document that is not JSON in UTF-8")
	}
	r := &reader{text: document}
	d, err := r.value(1)
	switch {
	case err != nil:
		return part{}, invalid("document: %v", err)
	case d.canonical[0] != '{':
		return part{}, invalid("document that is not an object")
	}
	return d, nil
}

// part is one value of a document.
type part struct {
	canonical []byte
	size      int    // bytes, as DynamoDB counts them
	entries   []byte // of an object: its member Entries; nil where it has none
}

// reader goes through JSON that is known to be well formed.
type reader struct {
	text []byte
	at   int
}

// next is the first byte that is not white space.
func (r *reader) next() byte {
	for strings.IndexByte(" \t\r\n", r.text[r.at]) >= 0 {
		r.at++
	}
	return r.text[r.at]
}

func (r *reader) value(depth int) (part, error) {
	first := r.next()
	if (first == '{' || first == '[') && depth > MaxDepth {
		return part{}, fmt.Errorf("more than %d levels", MaxDepth)
	}
	switch first {
	case '{':
		return r.object(depth)
	case '[':
		return r.list(depth)
	case '"':
		text, err := r.string()
		return part{canonical: AppendText(nil, text), size: len(text)}, err
	case 't', 'n':
		return r.word(4), nil
	case 'f':
		return r.word(5), nil
	}
	return r.number()
}

func (r *reader) word(length int) part {
	r.at += length
	return part{canonical: r.text[r.at-length : r.at], size: 1}
}

// What a list or an object takes beside its members, and each member beside
// itself.
const (
	aroundMembers = 3
	aroundEach    = 1
)

func (r *reader) list(depth int) (part, error) {
	list := part{canonical: []byte{'['}, size: aroundMembers}
	for r.at++; r.next() != ']'; {
		if r.text[r.at] == ',' {
			r.at++
			list.canonical = append(list.canonical, ',')
		}
		member, err := r.value(depth + 1)
		if err != nil {
			return part{}, err
		}
		list.canonical = append(list.canonical, member.canonical...)
		list.size += aroundEach + member.size
	}
	r.at++
	list.canonical = append(list.canonical, ']')
	return list, nil
}

func (r *reader) object(depth int) (part, error) {
	members := map[string]part{}
	var names []string
	for r.at++; r.next() != '}'; {
		if r.text[r.at] == ',' {
			r.at++
			r.next()
		}
		name, err := r.name()
		if err != nil {
			return part{}, err
		}
		if _, twice := members[name]; twice {
			return part{}, fmt.Errorf("the member %.40q is there twice", name)
		}
		if members[name], err = r.value(depth + 1); err != nil {
			return part{}, err
		}
		names = append(names, name)
	}
	r.at++
	slices.Sort(names)
	return join(names, members), nil
}

// name reads a member's name and the colon after it.
func (r *reader) name() (string, error) {
	name, err := r.string()
	switch {
	case err != nil:
		return "", err
	case name == "":
		return "", errors.New("a member without a name")
	case len(name) > maxName:
		return "", fmt.Errorf("a member's name of %d bytes", len(name))
	}
	r.next()
	r.at++
	return name, nil
}

func join(names []string, members map[string]part) part {
	object := part{canonical: []byte{'{'}, size: aroundMembers, entries: members[Entries].canonical}
	for i, name := range names {
		if i > 0 {
			object.canonical = append(object.canonical, ',')
		}
		object.canonical = append(AppendText(object.canonical, name), ':')
		object.canonical = append(object.canonical, members[name].canonical...)
		object.size += aroundEach + len(name) + members[name].size
	}
	object.canonical = append(object.canonical, '}')
	return object
}

// number takes whole numbers alone: there is no float in the books, and DynamoDB
// keeps a number's value and not how it was written.
func (r *reader) number() (part, error) {
	begin := r.at
	for r.at < len(r.text) && strings.IndexByte("+-.0123456789eE", r.text[r.at]) >= 0 {
		r.at++
	}
	text := r.text[begin:r.at]
	digits := bytes.TrimPrefix(text, []byte{'-'})
	switch {
	case bytes.ContainsAny(text, ".eE"):
		return part{}, fmt.Errorf("the number %.40q is not written as a whole one", text)
	case len(digits) > maxDigits:
		return part{}, fmt.Errorf("a number of %d digits", len(digits))
	case string(text) == "-0":
		return part{}, errors.New("the number -0")
	}
	return part{canonical: text, size: 1 + len(text) - len(digits) + pairs(digits)}, nil
}

// pairs is how many pairs of digits DynamoDB keeps of a whole number.
func pairs(digits []byte) int {
	if string(digits) == "0" {
		return 0
	}
	zeros := len(digits) - len(bytes.TrimRight(digits, "0"))
	return (len(digits)+1)/2 - zeros/2
}

// string reads a text and takes its escapes away.
func (r *reader) string() (string, error) {
	var text []byte
	for r.at++; r.text[r.at] != '"'; r.at++ {
		if r.text[r.at] != '\\' {
			text = append(text, r.text[r.at])
			continue
		}
		r.at++
		if r.text[r.at] != 'u' {
			text = append(text, escaped[r.text[r.at]])
			continue
		}
		char, err := r.unicode()
		if err != nil {
			return "", err
		}
		text = utf8.AppendRune(text, char)
	}
	r.at++
	return string(text), nil
}

// escaped is what stands behind a backslash in JSON, and what is meant.
var escaped = map[byte]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// unicode reads the four digits behind \u, and those of a second half; it ends on
// the last digit.
func (r *reader) unicode() (rune, error) {
	char := r.hex(r.at + 1)
	r.at += 4
	if !utf16.IsSurrogate(char) {
		return char, nil
	}
	if bytes.HasPrefix(r.text[r.at+1:], []byte(`\u`)) {
		if pair := utf16.DecodeRune(char, r.hex(r.at+3)); pair != utf8.RuneError {
			r.at += 6
			return pair, nil
		}
	}
	return 0, fmt.Errorf("half of a surrogate pair, %04x", char)
}

func (r *reader) hex(at int) rune {
	n, _ := strconv.ParseUint(string(r.text[at:at+4]), 16, 16) // well formed
	return rune(n)
}

// AppendText appends a text in its canonical form: with the escapes that RFC 8259 demands and no others,
// in the form RFC 8785 gives them.
func AppendText(out []byte, text string) []byte {
	out = append(out, '"')
	for i := range len(text) {
		c := text[i]
		if short := strings.IndexByte("\"\\\b\f\n\r\t", c); short >= 0 {
			out = append(out, '\\', `"\bfnrt`[short])
		} else if c < ' ' {
			out = fmt.Appendf(out, `\u%04x`, c)
		} else {
			out = append(out, c)
		}
	}
	return append(out, '"')
}
