package paypal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
)

// schema is the number of the file's form. Raise it with every change of what a
// state renders as: an old file is then refused by name instead of misread.
const schema = 2

// keep writes the state to the file if it is not what the file holds. It draws
// up the whole state to find out, so that no change can forget to say that it
// was one, and a write that failed is made up for by the next. The caller holds
// mu, which keeps the writes in the order of the changes.
func (s *Simulator) keep() error {
	if s.config.File == "" {
		return nil
	}
	body, err := json.MarshalIndent(s.state(), "", " ")
	if err == nil && bytes.Equal(body, s.written) {
		return nil
	}
	if err == nil {
		err = replaceFile(s.config.File, body)
	}
	if err != nil {
		return fmt.Errorf("%w to %s: %w", ErrNotKept, s.config.File, err)
	}
	s.written = body
	return nil
}

// kept passes an answer on once everything it may speak of is on disk, before
// any fault can spoil it: an answer that gets lost has had its effect. When the
// disk fails, it is 500, which tells a client that it cannot know.
func (s *Simulator) kept(c *visit, a answer) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.keep(); err != nil {
		failed := refuseDetails(c, http.StatusInternalServerError, []detail{{
			Issue: "STATE_NOT_KEPT", Description: err.Error(),
		}})
		failed.played = "state-not-kept" // PayPal gives no details with 500
		return failed
	}
	return a
}

// replaceFile puts body in the place of the file in one step: a process that
// dies in between leaves the old file or the new one, whole. The temporary file
// has one name, so that a killed process leaves one at most; the next write
// begins it anew.
//
// The folder is not synced: that the machine's power fails between two answers
// is no concern of a simulator's, and not every system can do it.
func replaceFile(path string, body []byte) error {
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

// readState reads the file; one that is not there is an empty state. The schema
// is looked at first, because of another one nothing else need make sense.
func readState(path string) (state, error) {
	body, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return state{Schema: schema}, nil
	}
	if err != nil {
		return state{}, err
	}
	var head struct {
		Schema int `json:"schema"`
	}
	if err := json.Unmarshal(body, &head); err != nil {
		return state{}, err
	}
	if head.Schema != schema {
		return state{}, fmt.Errorf("it has schema %d, not %d", head.Schema, schema)
	}
	var st state
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&st); err != nil {
		return state{}, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return state{}, errMalformed
	}
	return st, nil
}
