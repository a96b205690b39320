package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"time"
)

// trace is what happened, line by line. Its hash, of each moment to the nanosecond and what
// happened then, tells whether two runs were one.
type trace struct {
	hash  uint64
	lines int
	out   io.Writer // nil: nobody reads it
	text  []byte
}

// note adds a line. What differs from process to process, such as a signature, has no
// place in it.
func (w *world) note(format string, args ...any) {
	t, now := &w.trace, time.Now()
	t.text = binary.BigEndian.AppendUint64(t.text[:0], uint64(now.UnixNano()))
	t.text = append(fmt.Appendf(t.text, format, args...), '\n')
	t.lines++
	hash := t.hash
	for _, b := range t.text {
		hash = (hash ^ uint64(b)) * 1099511628211 // FNV-1a, over all lines
	}
	t.hash = hash
	if t.out != nil {
		fmt.Fprintf(t.out, "%s %s", now.Format("01-02 15:04:05.000"), t.text[8:])
	}
}
