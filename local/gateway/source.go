package gateway

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v3"
)

// Source is a template as it is written: its references to parameters are still
// open. Resolve closes them.
//
// It is kept as nodes, because a plain decoding forgets the tags: `!Ref Origin`
// would become the text "Origin".
type Source struct {
	file string // base name, for faults
	root *yaml.Node
}

// ReadTemplate reads a SAM template. A file that is no single YAML mapping, or
// that gives a name twice, is refused here; what its values say is judged by
// Resolve.
func ReadTemplate(path string) (Source, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Source{}, err
	}
	return parse(filepath.Base(path), text)
}

func parse(file string, text []byte) (Source, error) {
	f := &faults{file: file}
	var document yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(&document); err != nil {
		f.add(nil, "%v", err) // yaml's own text names the line
		return Source{}, f.err()
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		f.add(nil, "more than one document")
		return Source{}, f.err()
	}
	root := document.Content[0]
	if root.Kind != yaml.MappingNode {
		f.add(root, "not a mapping")
		return Source{}, f.err()
	}
	checkNames(f, root)
	if err := f.err(); err != nil {
		return Source{}, err
	}
	return Source{file: file, root: root}, nil
}

// checkNames finds names given twice: which one counts is anybody's guess, and
// a second Auth could open a route behind the first one's back. Anchors are
// followed nowhere, and SAM knows no merge keys.
func checkNames(f *faults, n *yaml.Node) {
	if n.Kind == yaml.AliasNode {
		f.add(n, "an alias (*%s): write the value out", n.Value)
		return
	}
	if n.Kind == yaml.MappingNode {
		lines := map[string]int{}
		for i := 0; i < len(n.Content); i += 2 {
			key := n.Content[i]
			if line, ok := lines[key.Value]; ok {
				f.add(key, "%s is given twice, first in line %d", key.Value, line)
			}
			lines[key.Value] = key.Line
		}
	}
	for _, child := range n.Content {
		checkNames(f, child)
	}
}
