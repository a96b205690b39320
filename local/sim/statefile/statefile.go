// Package statefile keeps the state of a simulated provider in a file, so that it
// outlives the process however that ends.
package statefile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// File is where a state lives. It is not safe for concurrent use: whoever changes the
// state has to keep the writes in the order of the changes anyhow.
type File struct {
	Path    string // empty: nothing is kept
	written []byte // what the file holds
}

// Keep writes a state if it is not what the file holds. It is given the whole state to
// find out, so that no change can forget to say that it was one, and a write that failed
// is made up for by the next.
func (f *File) Keep(state func() any) error {
	if f.Path == "" {
		return nil
	}
	body, err := json.MarshalIndent(state(), "", " ")
	if err == nil && bytes.Equal(body, f.written) {
		return nil
	}
	if err == nil {
		err = replace(f.Path, body)
	}
	if err != nil {
		return err
	}
	f.written = body
	return nil
}

// replace puts body in the place of the file in one step: a process that dies in between
// leaves the old file or the new one, whole. The temporary file has one name, so that a
// killed process leaves one at most; the next write begins it anew.
//
// The folder is not synced: that the machine's power fails between two answers is no
// concern of a simulator's, and not every system can do it.
func replace(path string, body []byte) error {
	temporary := path + ".tmp"
	f, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(body)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}

// Read reads a state; one whose file is not there is not found. The schema, the number
// of the file's form in its member of that name, is looked at first, because of another
// one nothing else need make sense.
func Read[S any](path string, schema int) (state S, found bool, err error) {
	body, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return state, false, nil
	}
	if err != nil {
		return state, false, err
	}
	var head struct {
		Schema int `json:"schema"`
	}
	if err := json.Unmarshal(body, &head); err != nil {
		return state, false, err
	}
	if head.Schema != schema {
		return state, false, fmt.Errorf("it has schema %d, not %d", head.Schema, schema)
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&state); err != nil {
		return state, false, err
	}
	return state, true, nil
}
