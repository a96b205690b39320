package report

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// element is one of a page, with what is in it. The page is written so that it can be
// read as XML, but for the tags that HTML leaves open.
type element struct {
	Name     string // "" of a text
	Attr     map[string]string
	Children []*element
	own      string // what a text says
}

// parsed reads a page. One that is not well formed fails the test.
func parsed(t *testing.T, page string) *element {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(page))
	decoder.Strict, decoder.AutoClose, decoder.Entity = false, []string{"meta", "input"}, xml.HTMLEntity
	open := []*element{{Name: "page"}}
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		top := open[len(open)-1]
		switch token := token.(type) {
		case xml.StartElement:
			e := &element{Name: token.Name.Local, Attr: map[string]string{}}
			for _, a := range token.Attr {
				e.Attr[a.Name.Local] = a.Value
			}
			top.Children = append(top.Children, e)
			open = append(open, e)
		case xml.EndElement:
			if top.Name != token.Name.Local {
				t.Fatalf("<%s> ends as </%s>", top.Name, token.Name.Local)
			}
			open = open[:len(open)-1]
		case xml.CharData:
			top.Children = append(top.Children, &element{own: string(token)})
		}
	}
	if len(open) != 1 {
		t.Fatalf("<%s> does not end", open[len(open)-1].Name)
	}
	return open[0]
}

// all are the elements of a name that have a class, "" for any.
func (e *element) all(name, class string) (found []*element) {
	for _, c := range e.Children {
		if c.Name == name && (class == "" || slices.Contains(strings.Fields(c.Attr["class"]), class)) {
			found = append(found, c)
		}
		found = append(found, c.all(name, class)...)
	}
	return found
}

// text is what it says, and all in it.
func (e *element) text() string {
	parts := []string{e.own}
	for _, c := range e.Children {
		parts = append(parts, c.text())
	}
	return strings.Join(parts, "")
}

// words is the text with its white space set right.
func (e *element) words() string { return strings.Join(strings.Fields(e.text()), " ") }

// rows are the cells of a table's body, in words.
func (e *element) rows() (rows [][]string) {
	for _, body := range e.all("tbody", "") {
		for _, tr := range body.all("tr", "") {
			var cells []string
			for _, c := range tr.Children {
				if c.Name != "" {
					cells = append(cells, c.words())
				}
			}
			rows = append(rows, cells)
		}
	}
	return rows
}
