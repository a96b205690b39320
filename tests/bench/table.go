package main

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"strings"
	"sync"
)

// table answers for DynamoDB at once, out of a map, so that what is measured is
// the caller: every put succeeds, and the index of days is empty. What may be written is
// not its business; that is tested against DynamoDB Local.
type table struct {
	mu    sync.Mutex
	items map[string]attributes // by pk and sk
}

// attributes are an item in DynamoDB's JSON.
type attributes map[string]map[string]any

func (a attributes) key() string { return fmt.Sprint(a["pk"]["S"], "\n", a["sk"]["S"]) }

// ServeHTTP speaks DynamoDB's protocol (JSON 1.0): the operation is in a header.
func (t *table) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Key, Item                 attributes
		IndexName                 string
		ExpressionAttributeValues attributes
		TransactItems             []struct {
			Put *struct{ Item attributes }
		}
	}
	text, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(text, &in)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	out := map[string]any{}
	switch _, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), "."); operation {
	case "GetItem":
		if found, ok := t.items[in.Key.key()]; ok {
			out["Item"] = found
		}
	case "PutItem":
		t.items[in.Item.key()] = in.Item
	case "TransactWriteItems":
		for _, w := range in.TransactItems {
			if w.Put != nil {
				t.items[w.Put.Item.key()] = w.Put.Item
			}
		}
	case "Query":
		found := []attributes{}
		switch in.IndexName {
		case "":
			found = t.partition(in.ExpressionAttributeValues)
		case "due":
			found = t.due(in.ExpressionAttributeValues)
		}
		out["Items"], out["Count"], out["ScannedCount"] = found, len(found), len(found)
	default:
		http.Error(w, operation+" is not known here", http.StatusBadRequest)
		return
	}
	body, err := json.Marshal(out)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.Header().Set("X-Amzn-Requestid", "V5S8PJ2NNBD2QIOEP07G13PP3NVV4KQNSO5AEMVJF66Q9ASUAAJG")
	w.Header().Set("X-Amz-Crc32", fmt.Sprint(crc32.ChecksumIEEE(body)))
	w.Write(body)
}

// partition are the items whose pk is one of the values. The caller holds mu.
func (t *table) partition(values attributes) []attributes {
	found := []attributes{}
	for _, item := range t.items {
		for _, v := range values {
			if v["S"] != nil && v["S"] == item["pk"]["S"] {
				found = append(found, item)
			}
		}
	}
	return found
}

// put writes a row of texts.
func (t *table) put(row map[string]string) {
	item := attributes{}
	for name, value := range row {
		item[name] = map[string]any{"S": value}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.items[item.key()] = item
}

// due are the keys of one shard of the due index, as far as they were made ripe.
// The caller holds mu.
func (t *table) due(values attributes) []attributes {
	found := []attributes{}
	for _, item := range t.items {
		if item["due"]["N"] == ripe && item["shard"]["S"] == values[":shard"]["S"] {
			found = append(found, attributes{"pk": item["pk"], "sk": item["sk"], "due": item["due"], "shard": item["shard"]})
		}
	}
	return found
}

// ripe is a due long past.
const ripe = "1"

// ripen makes a payment due.
func (t *table) ripen(p paid) {
	t.mu.Lock()
	defer t.mu.Unlock()
	item := t.items["payment#"+p.id+"\npayment"]
	item["due"] = map[string]any{"N": ripe}
	if item["shard"] == nil {
		item["shard"] = map[string]any{"S": "0"}
	}
}
