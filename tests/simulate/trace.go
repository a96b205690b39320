package main

import (
	"fmt"
	"io"
	"time"
)

// trace is what happened, line by line. Its hash tells whether two runs were one.
type trace struct {
	hash  uint64
	lines int
	out   io.Writer // nil: nobody reads it
	text  []byte
}

// note adds a line. What differs from process to process, such as a signature, has no
// place in it.
func (w *world) note(format string, args ...any) {
	t := &w.trace
	t.text = time.Now().AppendFormat(t.text[:0], "01-02 15:04:05.000 ")
	t.text = fmt.Appendf(t.text, format, args...)
	t.text = append(t.text, '\n')
	t.lines++
	hash := t.hash
	for _, b := range t.text {
		hash = (hash ^ uint64(b)) * 1099511628211 // FNV-1a, over all lines
	}
	t.hash = hash
	if t.out != nil {
		t.out.Write(t.text)
	}
}
