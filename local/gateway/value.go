package gateway

import (
	"iter"
	"math"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// reading walks a template with its parameters at hand, and collects faults.
type reading struct {
	faults
	parameters map[string]string
}

// field is the value under a name, or nil if n is no mapping or lacks it.
func field(n *yaml.Node, name string) *yaml.Node {
	for key, value := range fields(n) {
		if key.Value == name {
			return value
		}
	}
	return nil
}

// at is field, several names deep.
func at(n *yaml.Node, names ...string) *yaml.Node {
	for _, name := range names {
		n = field(n, name)
	}
	return n
}

// fields are the names and values of a mapping in the order written; none if n
// is anything else.
func fields(n *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(key, value *yaml.Node) bool) {
		if n == nil || n.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i < len(n.Content); i += 2 {
			if !yield(n.Content[i], n.Content[i+1]) {
				return
			}
		}
	}
}

// only notes every name in n that is not among the known ones: what this
// package overlooks would behave otherwise on AWS.
func (r *reading) only(n *yaml.Node, known ...string) {
	if n != nil && n.Kind != yaml.MappingNode {
		r.add(n, "a plain mapping is wanted here")
	}
	set := map[string]bool{}
	for _, name := range known {
		set[name] = true
	}
	for key := range fields(n) {
		if !set[key.Value] {
			r.add(key, "%s is not imitated", key.Value)
		}
	}
}

// mapping notes a fault unless n is absent or a mapping.
func (r *reading) mapping(n *yaml.Node, what string) *yaml.Node {
	if n != nil && (n.Kind != yaml.MappingNode || strings.HasPrefix(intrinsic(n), "Fn::")) {
		r.add(n, "%s is not a plain mapping", what)
		return nil
	}
	return n
}

// intrinsic is the function a node calls, in its long name ("Ref", "Fn::Sub"),
// or "" if the node is a plain value.
func intrinsic(n *yaml.Node) string {
	if tag := n.ShortTag(); strings.HasPrefix(tag, "!") && !strings.HasPrefix(tag, "!!") {
		name := strings.TrimPrefix(tag, "!")
		if name == "Ref" || name == "Condition" {
			return name
		}
		return "Fn::" + name
	}
	if n.Kind == yaml.MappingNode && len(n.Content) == 2 {
		if name := n.Content[0].Value; name == "Ref" || strings.HasPrefix(name, "Fn::") {
			return name
		}
	}
	return ""
}

// operand is what an intrinsic function is called with.
func operand(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.MappingNode && len(n.Content) == 2 {
		return n.Content[1]
	}
	return n
}

// text is the value of a scalar, with its parameters filled in.
func (r *reading) text(n *yaml.Node) (string, bool) {
	switch call, arg := intrinsic(n), operand(n); {
	case call == "" && n.Kind == yaml.ScalarNode && n.ShortTag() != "!!null":
		return n.Value, true
	case call == "":
		r.add(n, "a single value is wanted here")
	case call == "Ref" && arg.Kind == yaml.ScalarNode:
		return r.parameter(n, arg.Value)
	case call == "Fn::Sub" && arg.Kind == yaml.ScalarNode:
		return r.substitute(n, arg.Value)
	default:
		r.add(n, "%s cannot be worked out without AWS", call)
	}
	return "", false
}

func (r *reading) parameter(n *yaml.Node, name string) (string, bool) {
	value, ok := r.parameters[name]
	if !ok {
		r.add(n, "no value for %s", name)
	}
	return value, ok
}

var placeholder = regexp.MustCompile(`\$\{[^}]*\}`)

// substitute fills ${Name}; ${!Name} stands for ${Name} itself.
func (r *reading) substitute(n *yaml.Node, text string) (string, bool) {
	good := true
	filled := placeholder.ReplaceAllStringFunc(text, func(hole string) string {
		name := strings.TrimSpace(hole[2 : len(hole)-1])
		if literal, ok := strings.CutPrefix(name, "!"); ok {
			return "${" + literal + "}"
		}
		value, ok := r.parameter(n, name)
		good = good && ok
		return value
	})
	return filled, good
}

// number is a finite value above zero.
func (r *reading) number(n *yaml.Node) (float64, bool) {
	text, ok := r.text(n)
	if !ok {
		return 0, false
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || !(value > 0) || math.IsInf(value, 1) {
		r.add(n, "%q is not a number above zero", text)
		return 0, false
	}
	return value, true
}

// whole is an integer above zero, and small enough to be seconds or requests.
func (r *reading) whole(n *yaml.Node) (int, bool) {
	text, ok := r.text(n)
	if !ok {
		return 0, false
	}
	value, err := strconv.ParseInt(text, 10, 32)
	if err != nil || value <= 0 {
		r.add(n, "%q is not a whole number above zero", text)
		return 0, false
	}
	return int(value), true
}

// texts is a list of single values; nil if n is absent.
func (r *reading) texts(n *yaml.Node) []string {
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode || intrinsic(n) != "" {
		r.add(n, "a list is wanted here")
		return nil
	}
	var list []string
	for _, item := range n.Content {
		if text, ok := r.text(item); ok {
			list = append(list, text)
		}
	}
	return list
}
