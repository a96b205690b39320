package stripe

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// params are a request's parameters by their names, as they are written:
// "line_items[0][quantity]".
type params map[string]string

// readParams reads a form. A parameter that is not among those known, that is there
// twice or is empty is refused: nothing is silently ignored. known are the names with
// spaces between them, "*" for an index or a key of metadata.
func readParams(text, known string) (params, *outcome) {
	values, err := url.ParseQuery(text)
	if err != nil {
		a := invalid("", "Invalid request: the form cannot be read.", "")
		return nil, &a
	}
	read := params{}
	patterns := strings.Fields(known)
	for name, all := range values {
		switch {
		case !slices.ContainsFunc(patterns, func(p string) bool { return matches(p, name) }):
			a := invalid("parameter_unknown", "Received unknown parameter: "+name, name)
			return nil, &a
		case len(all) > 1:
			a := invalid("", "Received duplicate parameter: "+name, name)
			return nil, &a
		case all[0] == "":
			a := invalid("parameter_invalid_empty", "You passed an empty string for '"+name+"'.", name)
			return nil, &a
		}
		read[name] = all[0]
	}
	return read, nil
}

// matches tells whether a name is of a pattern.
func matches(pattern, name string) bool {
	want, have := strings.Split(pattern, "["), strings.Split(name, "[")
	if len(want) != len(have) {
		return false
	}
	for i := range want {
		if want[i] != have[i] && !(want[i] == "*]" && strings.HasSuffix(have[i], "]") && len(have[i]) > 1) {
			return false
		}
	}
	return true
}

// number is a parameter that is a whole number; ok is false where it is none.
func (p params) number(name string) (n int64, given, ok bool) {
	text, given := p[name]
	if !given {
		return 0, false, true
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, true, err == nil
}

// under are the members of a hash: metadata.
func (p params) under(name string) map[string]string {
	found := map[string]string{}
	for key, value := range p {
		if rest, ok := strings.CutPrefix(key, name+"["); ok && strings.HasSuffix(rest, "]") && !strings.Contains(rest, "[") {
			found[strings.TrimSuffix(rest, "]")] = value
		}
	}
	return found
}

// items is how many elements an array has, which are numbered from 0 without a gap.
func (p params) items(name string) int {
	for n := 0; ; n++ {
		prefix := name + "[" + strconv.Itoa(n) + "]"
		if !slices.ContainsFunc(p.names(), func(key string) bool { return strings.HasPrefix(key, prefix) }) {
			return n
		}
	}
}

func (p params) names() []string {
	names := make([]string, 0, len(p))
	for name := range p {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// list are the elements of an array of texts.
func (p params) list(name string) (all []string) {
	for n := range p.items(name) {
		all = append(all, p[name+"["+strconv.Itoa(n)+"]"])
	}
	return all
}

// expansions are the fields that are asked for whole: "a.b" asks for a as well.
type expansions []string

func (p params) expand() expansions { return p.list("expand") }

// has tells whether a field is asked for, here.
func (e expansions) has(field string) bool {
	return slices.ContainsFunc(e, func(f string) bool { return f == field || strings.HasPrefix(f, field+".") })
}

// of are the expansions within a field.
func (e expansions) of(field string) (inner expansions) {
	for _, f := range e {
		if rest, ok := strings.CutPrefix(f, field+"."); ok {
			inner = append(inner, rest)
		}
	}
	return inner
}
