package store

import (
	"strings"
	"testing"
	"time"
)

// FuzzCursor: a cursor that comes back through a browser leads nowhere but to a row the
// very query could have come by, and the cursor of that row leads to the same one.
func FuzzCursor(f *testing.F) {
	at := time.Unix(1_795_251_600, 0).UTC()
	queries := []Query{{Partition: "p", Limit: 1}, {Partition: "p", SortPrefix: "s", Limit: 1}, {DueBefore: at, Limit: 1}, {DueBefore: at, Shard: 3, Limit: 1}, {Day: "2026-11-21", Limit: 1}}
	rows := []Item{{Key: Key{"p", "s"}}, {Key: Key{"p", "t\x00"}}, {Key: Key{"payment#x", "payment"}, Due: at}, {Key: Key{"payment#x", "payment"}, Day: "2026-11-21"}, {Key: Key{"", ""}}}
	for i, q := range queries {
		for _, row := range rows {
			f.Add(uint8(i), q.CursorAfter(row))
		}
	}
	f.Add(uint8(0), "!")
	f.Add(uint8(4), "bnVsbA")
	f.Fuzz(func(t *testing.T, which uint8, text string) {
		q := queries[int(which)%len(queries)]
		q.Cursor = text
		row, ok, err := q.After()
		if err != nil || !ok {
			if (err == nil) != (text == "") || ok {
				t.Fatalf("%q: %t, %v", text, ok, err)
			}
			return
		}
		switch {
		case CheckKey(row.Key) != nil:
			t.Errorf("%q leads to the key %q", text, row.Key)
		case q.Partition != "" && (row.Key.Partition != q.Partition || !strings.HasPrefix(row.Key.Sort, q.SortPrefix)):
			t.Errorf("%q leads from %q to %q", text, q.Partition, row.Key)
		case q.Day != "" && row.Day != q.Day:
			t.Errorf("%q leads from %q to %q", text, q.Day, row.Day)
		case !q.DueBefore.IsZero() && (row.Due.After(q.DueBefore) || DueShard(row.Key) != q.Shard):
			t.Errorf("%q leads to %q, due %s", text, row.Key, row.Due)
		}
		q.Cursor = q.CursorAfter(row)
		if again, ok, err := q.After(); err != nil || !ok || again.Key != row.Key || !again.Due.Equal(row.Due) || again.Day != row.Day {
			t.Errorf("%q leads to %+v, and its own cursor to %+v, %v", text, row, again, err)
		}
	})
}
