package paypal

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"unicode/utf8"
)

var errMalformed = errors.New("malformed JSON")

// maxDepth is deeper than any request PayPal documents.
const maxDepth = 16

// parseBody reads one JSON value and nothing after it. A name given twice is
// malformed: which of the two PayPal would take is nobody's promise.
func parseBody(body []byte) (any, error) {
	if !utf8.Valid(body) {
		return nil, errMalformed
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	v, err := parseValue(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errMalformed
	}
	return v, nil
}

func parseValue(d *json.Decoder, depth int) (any, error) {
	t, err := d.Token()
	if err != nil || depth > maxDepth {
		return nil, errMalformed
	}
	switch t {
	case json.Delim('{'):
		return parseObject(d, depth)
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := parseValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := d.Token()
		return list, err
	}
	return t, nil
}

func parseObject(d *json.Decoder, depth int) (any, error) {
	object := map[string]any{}
	for d.More() {
		t, err := d.Token()
		name, isName := t.(string)
		if _, twice := object[name]; err != nil || !isName || twice {
			return nil, errMalformed
		}
		if object[name], err = parseValue(d, depth+1); err != nil {
			return nil, err
		}
	}
	_, err := d.Token()
	return object, err
}

// findings collects what is wrong with a body: first what breaks the schema
// (400), and only when there is none of that, what breaks a rule (422).
type findings struct {
	schema, rules []detail
	strange       string // the issue of a member nobody knows; "" is NOT_SUPPORTED
}

// part is one place in a body that is being read. Reading a place that is
// absent gives zero values and finds nothing; only need complains of absence.
type part struct {
	findings *findings
	at       string // JSON pointer
	value    any
	found    bool
}

func (p part) refuse(issue string) {
	p.findings.schema = append(p.findings.schema, p.detail(issue))
}

func (p part) breaks(issue string) {
	p.findings.rules = append(p.findings.rules, p.detail(issue))
}

func (p part) detail(issue string) detail {
	value, _ := p.value.(string)
	return detail{Field: p.at, Value: value, Location: "body", Issue: issue, Description: descriptions[issue]}
}

// object tells whether the place holds an object, and refuses every member
// that is not among known.
func (p part) object(known ...string) bool {
	if !p.found {
		return false
	}
	members, ok := p.value.(map[string]any)
	if !ok {
		p.refuse("INVALID_PARAMETER_SYNTAX")
		return false
	}
	var strange []string
	for name := range members {
		if !slices.Contains(known, name) {
			strange = append(strange, name)
		}
	}
	slices.Sort(strange)
	for _, name := range strange {
		p.member(name).refuse(cmp.Or(p.findings.strange, "NOT_SUPPORTED"))
	}
	return true
}

func (p part) member(name string) part {
	members, _ := p.value.(map[string]any)
	v, found := members[name]
	return part{p.findings, p.at + "/" + name, v, found}
}

// need is member for what has to be there.
func (p part) need(name string) part {
	m := p.member(name)
	if !m.found {
		m.refuse("MISSING_REQUIRED_PARAMETER")
	}
	return m
}

// list gives the elements of an array of least to most.
func (p part) list(least, most int) []part {
	if !p.found {
		return nil
	}
	elements, ok := p.value.([]any)
	switch {
	case !ok:
		p.refuse("INVALID_PARAMETER_SYNTAX")
	case len(elements) < least:
		p.refuse("INVALID_ARRAY_MIN_ITEMS")
	case len(elements) > most:
		p.refuse("INVALID_ARRAY_MAX_ITEMS")
	}
	var parts []part
	for i, v := range elements {
		parts = append(parts, part{p.findings, p.at + "/" + strconv.Itoa(i), v, true})
	}
	return parts
}

// text gives a string of least to most characters.
func (p part) text(least, most int) string {
	if !p.found {
		return ""
	}
	s, ok := p.value.(string)
	if !ok {
		p.refuse("INVALID_PARAMETER_SYNTAX")
		return ""
	}
	if n := utf8.RuneCountInString(s); n < least || n > most {
		p.refuse("INVALID_STRING_LENGTH")
		return ""
	}
	return s
}

// matching gives a text that a pattern allows.
func (p part) matching(pattern *regexp.Regexp, least, most int) string {
	s := p.text(least, most)
	if s != "" && !pattern.MatchString(s) {
		p.refuse("INVALID_PARAMETER_SYNTAX")
		return ""
	}
	return s
}

// oneOf gives one of a closed list of words, or the first when absent.
func (p part) oneOf(list ...string) string {
	if !p.found {
		return list[0]
	}
	s := p.text(1, 255)
	if s != "" && !slices.Contains(list, s) {
		p.refuse("INVALID_PARAMETER_VALUE")
	}
	return s
}

// country gives a country code.
func (p part) country() string {
	s := p.text(2, 2)
	if s != "" && !countries[s] {
		p.refuse("INVALID_COUNTRY_CODE")
	}
	return s
}

// money gives an amount of least or more. tooLow is the issue otherwise.
func (p part) money(least int64, tooLow string, alsoKnown ...string) money {
	if !p.object(append(alsoKnown, "currency_code", "value")...) {
		return money{}
	}
	code := p.need("currency_code").text(3, 3)
	text := p.need("value").matching(moneyPattern, 1, maxMoneyText)
	if code == "" || text == "" {
		return money{}
	}
	if c, known := currencies[code]; !known || c.inCountry {
		p.member("currency_code").breaks("INVALID_CURRENCY_CODE")
		return money{}
	}
	m, issue := parseMoney(code, text)
	if issue == "" && m.count < least {
		issue = tooLow
	}
	if issue != "" {
		p.member("value").breaks(issue)
		return money{}
	}
	return m
}
