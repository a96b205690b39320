package dynamo

import (
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// condition is what must be true of the row that a put replaces. Every name has
// its placeholder, since DynamoDB reserves many (day is one).
type condition struct {
	expression string
	names      map[string]string
	values     attributes
}

// absent is that there is no row, or one that has expired: the table's own sweeper
// may take days to remove it. One that this very write made does not count, so that
// a repeated write is told from a new one.
func absent(writeID string, now time.Time) condition {
	return condition{
		expression: "attribute_not_exists(#pk) OR (#expires <= :now AND #write <> :write)",
		names:      map[string]string{"#pk": partitionAttribute, "#expires": expiresAttribute, "#write": writeAttribute},
		values:     attributes{":now": number(now.Unix()), ":write": text(writeID)},
	}
}

// asRead is that the row is still the one that was read, and that what the laws of
// entries and of the day were held against is what stands.
func asRead(before store.Item) (condition, error) {
	c := condition{
		expression: "#version = :version AND #write = :write",
		names: map[string]string{
			"#version": versionAttribute, "#write": writeAttribute,
			"#day": dayAttribute, "#document": documentAttribute, "#entries": store.Entries,
		},
		values: attributes{":version": number(before.Version), ":write": text(before.WriteID)},
	}
	if before.Day == "" {
		c.expression += " AND attribute_not_exists(#day)"
	} else {
		c.expression += " AND #day = :day"
		c.values[":day"] = text(before.Day)
	}
	entries, err := store.EntriesRead(before.Document)
	if err != nil {
		return condition{}, err
	}
	if entries == nil {
		c.expression += " AND attribute_not_exists(#document.#entries)"
		return c, nil
	}
	c.expression += " AND #document.#entries = :entries"
	c.values[":entries"], err = valueAttributes(entries)
	return c, err
}
