package bolt_test

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
	"github.com/serverless-checkout/serverless-checkout/shared/store/bolt"
	"github.com/serverless-checkout/serverless-checkout/shared/store/storetest"
)

func TestContract(t *testing.T) { storetest.Run(t, open) }

// TestContractUnsynced: what is not synced is a table all the same.
func TestContractUnsynced(t *testing.T) {
	storetest.Run(t, func(t *testing.T, now func() time.Time) store.Store {
		s, err := bolt.OpenUnsynced(filepath.Join(t.TempDir(), "store"), now)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	})
}

func TestRaces(t *testing.T) { storetest.RunRaces(t, open) }

func open(t *testing.T, now func() time.Time) store.Store {
	return openAt(t, filepath.Join(t.TempDir(), "store"), now)
}

func openAt(t *testing.T, path string, now func() time.Time) *bolt.Store {
	t.Helper()
	s, err := bolt.Open(path, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

var due = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

const day = "2030-01-02"

func TestReopeningKeepsEverything(t *testing.T) {
	path := filepath.Join(t.TempDir(), "made", "on the way", "store")
	s := openAt(t, path, nil)
	want := store.Item{
		Key: store.Key{Partition: "p", Sort: "s"}, WriteID: "w", Version: 1,
		Due: due, Expires: due.Add(time.Hour), Day: day, Document: []byte(`{"a":1}`),
	}
	if err := s.Write(t.Context(), store.Put{After: want}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	early := func() time.Time { return due }
	s = openAt(t, path, early)
	got, err := s.Get(t.Context(), want.Key)
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	page, err := s.Query(t.Context(), store.Query{DueBefore: due, Shard: store.DueShard(want.Key), Limit: 2})
	if err != nil || len(page.Items) != 1 || page.Items[0].Key != want.Key {
		t.Errorf("due: got %+v, %v", page.Items, err)
	}
	page, err = s.Query(t.Context(), store.Query{Day: day, Limit: 2})
	if err != nil || len(page.Items) != 1 || page.Items[0].Key != want.Key {
		t.Errorf("day: got %+v, %v", page.Items, err)
	}
}

func TestClosedIsUnavailable(t *testing.T) {
	s := openAt(t, filepath.Join(t.TempDir(), "store"), nil)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	k := store.Key{Partition: "p", Sort: "s"}
	_, getErr := s.Get(t.Context(), k)
	_, queryErr := s.Query(t.Context(), store.Query{Partition: "p", Limit: 1})
	writeErr := s.Write(t.Context(), store.Put{After: store.Item{Key: k, WriteID: "w", Document: []byte(`{}`)}})
	for name, err := range map[string]error{"get": getErr, "query": queryErr, "write": writeErr} {
		if !errors.Is(err, store.ErrUnavailable) || errors.Unwrap(err) == nil && err.Error() == store.ErrUnavailable.Error() {
			t.Errorf("%s: got %v, want ErrUnavailable with its cause", name, err)
		}
	}
}

// TestForgedCursor: a cursor is base64 that anybody can write. One that names no
// possible row is refused even where its shard is right.
func TestForgedCursor(t *testing.T) {
	s := openAt(t, filepath.Join(t.TempDir(), "store"), nil)
	for forged, q := range map[string]store.Query{
		`{"p":"","s":"","d":1}`:                      {DueBefore: due, Shard: store.DueShard(store.Key{}), Limit: 1},
		`{"p":"","s":"","day":"2030-01-02"}`:         {Day: day, Limit: 1},
		`{"p":"p","s":"s","d":1,"day":"2030-01-02"}`: {Day: day, Limit: 1},
		`{"p":"p","s":"s","day":"2030-01-02","d":1}`: {DueBefore: due, Shard: store.DueShard(store.Key{Partition: "p"}), Limit: 1},
		`{"p":"p","s":"s","day":"2030-01-0"}`:        {Day: day, Limit: 1},
		`{"p":"p","s":"s","day":"2030-01-02"}`:       {Partition: "p", Limit: 1},
		`{"p":"p","s":"s","d":1893553446}`:           {DueBefore: due, Shard: store.DueShard(store.Key{Partition: "p"}), Limit: 1}, // past its end
	} {
		q.Cursor = base64.RawURLEncoding.EncodeToString([]byte(forged))
		if _, err := s.Query(t.Context(), q); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("%s: got %v, want ErrInvalid", forged, err)
		}
	}
}

func TestOpenRefusesWhatCannotBeMade(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "text")
	if err := os.WriteFile(file, []byte("not a store, though long enough to look at"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"nothing":           "",
		"a folder":          folder,
		"below a file":      filepath.Join(file, "store"),
		"another file kind": file,
	} {
		s, err := bolt.Open(path, nil)
		if err == nil {
			s.Close()
		}
		if err == nil || errors.Is(err, bolt.ErrLocked) {
			t.Errorf("%s: got %v, want an error that is not ErrLocked", name, err)
		}
	}
}

func TestLockedInThisProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store")
	s := openAt(t, path, nil)
	wantLocked(t, path)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	openAt(t, path, nil)
}

// holdEnv names the file that this test binary, started as another process,
// opens and holds until its input ends.
const holdEnv = "BOLT_TEST_HOLD"

func TestLockedByAnotherProcess(t *testing.T) {
	if path := os.Getenv(holdEnv); path != "" {
		openAt(t, path, nil)
		fmt.Println("held")
		io.Copy(io.Discard, os.Stdin)
		return
	}
	path := filepath.Join(t.TempDir(), "store")
	other := exec.Command(os.Args[0], "-test.run=^TestLockedByAnotherProcess$")
	other.Env = append(os.Environ(), holdEnv+"="+path)
	in, inErr := other.StdinPipe()
	out, outErr := other.StdoutPipe()
	if err := errors.Join(inErr, outErr, other.Start()); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		t.Fatalf("the other process says %q, %v", line, err)
	}
	wantLocked(t, path)

	// A process that dies holds nothing: the next one goes on with the file.
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	other.Wait()
	in.Close()
	openAt(t, path, nil)
}

func wantLocked(t *testing.T, path string) {
	t.Helper()
	s, err := bolt.Open(path, nil)
	if err == nil {
		s.Close()
	}
	if !errors.Is(err, bolt.ErrLocked) {
		t.Errorf("got %v, want ErrLocked", err)
	}
}

// TestCounts goes through one item's life; each step names what it adds.
func TestCounts(t *testing.T) {
	s := openAt(t, filepath.Join(t.TempDir(), "store"), nil)
	k := store.Key{Partition: "p", Sort: "s"}
	put := func(version int64, due time.Time) store.Put {
		p := store.Put{After: store.Item{Key: k, WriteID: fmt.Sprintf("w%d", version+1), Due: due, Document: []byte(`{}`)}}
		if version > 0 {
			p.Before = store.Item{Key: k, Version: version, WriteID: fmt.Sprintf("w%d", version), Document: []byte(`{}`)}
		}
		return p
	}
	write := func(puts ...store.Put) func() error {
		return func() error { return s.Write(t.Context(), puts...) }
	}
	other := put(0, due)
	other.After.Key.Sort = "other"
	far := time.Now().Add(time.Hour).Truncate(time.Second)
	holdCounts(t, s, []countStep{
		{"get of nothing", func() error { _, err := s.Get(t.Context(), k); return err }, bolt.Counts{Reads: 1}, store.ErrNotFound},
		{"due set", write(put(0, due)), bolt.Counts{Writes: 1, IndexWrites: 1, Bytes: 2}, nil},
		{"retry", write(put(0, due)), bolt.Counts{}, nil},
		{"due left alone", write(put(1, due)), bolt.Counts{Writes: 1, Bytes: 2}, nil},
		{"due moved", write(put(2, far)), bolt.Counts{Writes: 1, IndexWrites: 2, Bytes: 2}, nil},
		{"due cleared", write(put(3, time.Time{})), bolt.Counts{Writes: 1, IndexWrites: 1, Bytes: 2}, nil},
		{"none left none", write(put(4, time.Time{})), bolt.Counts{Writes: 1, Bytes: 2}, nil},
		{"conflict", write(other, put(2, due)), bolt.Counts{}, store.ErrConflict},
		{"refused", write(put(0, due.Add(1))), bolt.Counts{}, store.ErrInvalid},
		{"two puts", write(other, put(5, due)), bolt.Counts{Writes: 2, IndexWrites: 2, Bytes: 4}, nil},
		{"get", func() error { _, err := s.Get(t.Context(), k); return err }, bolt.Counts{Reads: 1}, nil},
		{"query", func() error {
			_, err := s.Query(t.Context(), store.Query{Partition: "p", Limit: 9})
			return err
		}, bolt.Counts{Queries: 1}, nil},
	})
}

// TestCountsOfADay: a day costs one index write in an item's whole life, whatever
// becomes of the rest of it.
func TestCountsOfADay(t *testing.T) {
	now := due
	s := openAt(t, filepath.Join(t.TempDir(), "store"), func() time.Time { return now })
	made := map[string]store.Item{}
	// put writes the item of that name as it is, changed by change.
	put := func(name string, change func(*store.Item)) func() error {
		return func() error {
			before := made[name]
			after := before
			after.Key, after.Document = store.Key{Partition: name, Sort: "s"}, []byte(`{}`)
			after.WriteID = fmt.Sprintf("w%d", s.Counts().Writes)
			change(&after)
			if err := s.Write(t.Context(), store.Put{Before: before, After: after}); err != nil {
				return err
			}
			after.Version = before.Version + 1
			made[name] = after
			return nil
		}
	}
	again := func(name string, change func(*store.Item)) func() error {
		return func() error {
			now = now.Add(2 * time.Hour)
			delete(made, name)
			return put(name, change)()
		}
	}
	writes := func(index int64) bolt.Counts { return bolt.Counts{Writes: 1, IndexWrites: index, Bytes: 2} }
	shortLived := func(it *store.Item) { it.Day, it.Expires = day, now.Add(time.Hour) }
	holdCounts(t, s, []countStep{
		{"day set", put("a", func(it *store.Item) { it.Day = day }), writes(1), nil},
		{"day left alone", put("a", func(*store.Item) {}), writes(0), nil},
		{"due set beside it", put("a", func(it *store.Item) { it.Due = due }), writes(1), nil},
		{"due moved beside it", put("a", func(it *store.Item) { it.Due = due.Add(time.Second) }), writes(2), nil},
		{"day cleared", put("a", func(it *store.Item) { it.Day = "" }), bolt.Counts{}, store.ErrInvalid},
		{"day and due set", put("b", func(it *store.Item) { it.Day, it.Due = day, due }), writes(2), nil},
		{"due cleared beside it", put("b", func(it *store.Item) { it.Due = time.Time{} }), writes(1), nil},
		{"none", put("c", func(*store.Item) {}), writes(0), nil},
		{"day set later", put("c", func(it *store.Item) { it.Day = day }), writes(1), nil},
		{"one that expires", put("d", shortLived), writes(1), nil},
		{"made again on its day", again("d", shortLived), writes(0), nil},
		{"made again on another", again("d", func(it *store.Item) { it.Day, it.Expires = "2030-01-03", now.Add(time.Hour) }), writes(2), nil},
		{"made again without", again("d", func(*store.Item) {}), writes(1), nil},
		{"query", func() error {
			_, err := s.Query(t.Context(), store.Query{Day: day, Limit: 9})
			return err
		}, bolt.Counts{Queries: 1}, nil},
	})
}

// countStep is something done, what it adds to the counts and how it ends.
type countStep struct {
	name string
	do   func() error
	adds bolt.Counts
	err  error
}

func holdCounts(t *testing.T, s *bolt.Store, steps []countStep) {
	t.Helper()
	for _, step := range steps {
		before := s.Counts()
		if err := step.do(); !errors.Is(err, step.err) {
			t.Errorf("%s: got %v, want %v", step.name, err, step.err)
		}
		after := s.Counts()
		adds := bolt.Counts{
			Reads:       after.Reads - before.Reads,
			Queries:     after.Queries - before.Queries,
			Writes:      after.Writes - before.Writes,
			IndexWrites: after.IndexWrites - before.IndexWrites,
			Bytes:       after.Bytes - before.Bytes,
		}
		if adds != step.adds {
			t.Errorf("%s: adds %+v, want %+v", step.name, adds, step.adds)
		}
	}
}

// TestDayIndexKeepsOddKeysApart has partitions and sort keys with the very bytes
// that stand between the two in the index.
func TestDayIndexKeepsOddKeysApart(t *testing.T) {
	s := openAt(t, filepath.Join(t.TempDir(), "store"), nil)
	want := []store.Key{
		{Partition: "\x00", Sort: "\x00\x00"}, {Partition: "\x00\x00", Sort: "\x00"}, {Partition: "a", Sort: "\x00"},
		{Partition: "a", Sort: "\x00\x00b"}, {Partition: "a", Sort: "b"}, {Partition: "a\x00", Sort: "\x00b"},
		{Partition: "a\x00", Sort: "b"}, {Partition: "a\x00\x00", Sort: "b"}, {Partition: "a\x00\x01", Sort: "a"},
		{Partition: "a\x01", Sort: "a"}, {Partition: "aÿ", Sort: "a"},
	}
	for n := range want {
		k := want[n*4%len(want)]
		if err := s.Write(t.Context(), store.Put{After: store.Item{Key: k, WriteID: "w", Day: day, Document: []byte(`{}`)}}); err != nil {
			t.Fatal(err)
		}
	}
	var got []store.Key
	q := store.Query{Day: day, Limit: 1}
	for range 2 * len(want) { // an end, whatever the cursors say
		page, err := s.Query(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range page.Items {
			got = append(got, it.Key)
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
