//go:build binaries

package binaries

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/serverless-checkout/serverless-checkout/tests/runtime"
)

// table is the one table, spoken to in DynamoDB's own JSON and by no code of ours:
// the oracle must not share a misreading with what it judges.
type table struct{ url, name string }

// value is an attribute as DynamoDB writes it: {"S": "text"}.
type value map[string]json.RawMessage

// row is an item of the table, decoded.
type row struct {
	PK, SK   string
	Version  int64
	Due      int64 // epoch seconds; 0: none
	Document map[string]any
}

func (t table) call(operation string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	r, err := http.NewRequest(http.MethodPost, t.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	r.Header.Set("X-Amz-Target", "DynamoDB_20120810."+operation)
	// DynamoDB Local wants a signature and looks at whose it is, not whether it is right.
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+runtime.AccessKey+"/20261121/"+runtime.Region+"/dynamodb/aws4_request, SignedHeaders=host, Signature=0")
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		return err
	}
	if got.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %d %s", operation, got.StatusCode, text)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(text, out)
}

// dump is every item there is.
func (t table) dump() ([]row, error) {
	var rows []row
	in := map[string]any{"TableName": t.name, "ConsistentRead": true}
	for {
		var page struct {
			Items            []map[string]value
			LastEvaluatedKey map[string]value
		}
		if err := t.call("Scan", in, &page); err != nil {
			return nil, err
		}
		for _, item := range page.Items {
			r, err := readRow(item)
			if err != nil {
				return nil, err
			}
			rows = append(rows, r)
		}
		if page.LastEvaluatedKey == nil {
			return rows, nil
		}
		in["ExclusiveStartKey"] = page.LastEvaluatedKey
	}
}

func readRow(item map[string]value) (r row, err error) {
	plain := map[string]any{}
	for name, v := range item {
		if plain[name], err = v.plain(); err != nil {
			return r, fmt.Errorf("%s: %w", name, err)
		}
	}
	number := func(name string) (n int64) {
		if text, ok := plain[name].(json.Number); ok {
			n, err = text.Int64()
		}
		return n
	}
	r.PK, _ = plain["pk"].(string)
	r.SK, _ = plain["sk"].(string)
	r.Version, r.Due = number("version"), number("due")
	r.Document, _ = plain["document"].(map[string]any)
	if _, sharded := plain["shard"].(string); sharded != (r.Due > 0) {
		return r, fmt.Errorf("%s has due %d and shard %v: the index would miss it", r.PK, r.Due, plain["shard"])
	}
	if r.PK == "" || r.SK == "" || r.Version < 1 || r.Document == nil {
		return r, fmt.Errorf("a row that is none of ours: %v", plain)
	}
	return r, err
}

// plain is an attribute's value in Go's own types; numbers stay as written.
func (v value) plain() (any, error) {
	for kind, raw := range v {
		var text string
		var flag bool
		var list []value
		var object map[string]value
		switch kind {
		case "S":
			err := json.Unmarshal(raw, &text)
			return text, err
		case "N":
			err := json.Unmarshal(raw, &text)
			return json.Number(text), err
		case "BOOL":
			err := json.Unmarshal(raw, &flag)
			return flag, err
		case "NULL":
			return nil, nil
		case "L":
			if err := json.Unmarshal(raw, &list); err != nil {
				return nil, err
			}
			plain := []any{}
			for _, one := range list {
				p, err := one.plain()
				if err != nil {
					return nil, err
				}
				plain = append(plain, p)
			}
			return plain, nil
		case "M":
			if err := json.Unmarshal(raw, &object); err != nil {
				return nil, err
			}
			plain := map[string]any{}
			for name, one := range object {
				p, err := one.plain()
				if err != nil {
					return nil, err
				}
				plain[name] = p
			}
			return plain, nil
		}
	}
	return nil, fmt.Errorf("an attribute of another type: %v", v)
}

// makeDue lets the time come at which each item wants to be looked at. Nothing
// else of it is touched, the version included.
func (t table) makeDue() error {
	rows, err := t.dump()
	if err != nil {
		return err
	}
	now := time.Now().Unix() - 1
	for _, r := range rows {
		if r.Due == 0 || r.Due <= now {
			continue
		}
		err := t.call("UpdateItem", map[string]any{
			"TableName": t.name, "Key": map[string]any{"pk": map[string]string{"S": r.PK}, "sk": map[string]string{"S": r.SK}},
			"UpdateExpression":          "SET due = :now",
			"ConditionExpression":       "attribute_exists(due)",
			"ExpressionAttributeValues": map[string]any{":now": map[string]string{"N": fmt.Sprint(now)}},
		}, nil)
		if err != nil {
			return err
		}
	}
	return nil
}

// clear takes everything out but the prices.
func (t table) clear() error {
	rows, err := t.dump()
	if err != nil {
		return err
	}
	for _, r := range rows {
		if strings.HasPrefix(r.PK, "prices") {
			continue
		}
		err := t.call("DeleteItem", map[string]any{
			"TableName": t.name, "Key": map[string]any{"pk": map[string]string{"S": r.PK}, "sk": map[string]string{"S": r.SK}},
		}, nil)
		if err != nil {
			return err
		}
	}
	return nil
}

// stored is a payment as the table has it.
type stored struct {
	ID       string            `json:"id"`
	Attempts []attempt         `json:"attempts"`
	Captures []moved           `json:"captures"`
	Refunds  []moved           `json:"refunds"`
	Reserved []reserved        `json:"reserved"`
	Disputes []dispute         `json:"disputes"`
	Notes    []json.RawMessage `json:"notes"`
	Entries  []json.RawMessage `json:"entries"`

	due int64
}

type attempt struct {
	Order string `json:"order"`
	State string `json:"state"`
}

// reserved is a refund that the merchant asked for.
type reserved struct {
	ID      string `json:"id"`
	Amount  string `json:"amount"`
	Refused string `json:"refused"`
}

type dispute struct {
	ID   string `json:"id"`
	Open bool   `json:"open"`
}

// moved is a capture or a refund.
type moved struct {
	ID     string `json:"id"`
	Own    string `json:"own"`
	State  string `json:"state"`
	Amount string `json:"amount"` // "EUR 75.00"
}

// done reports whether the money is said to have moved.
func (m moved) done() bool {
	return slices.Contains([]string{"completed", "partially_refunded", "refunded"}, m.State)
}

// payments are all payments of a dump, by id.
func payments(rows []row) (map[string]stored, error) {
	all := map[string]stored{}
	for _, r := range rows {
		id, ok := strings.CutPrefix(r.PK, "payment#")
		if !ok || r.SK != "payment" {
			continue
		}
		text, err := json.Marshal(r.Document)
		if err != nil {
			return nil, err
		}
		p := stored{due: r.Due}
		if err := json.Unmarshal(text, &p); err != nil {
			return nil, fmt.Errorf("%s: %w", r.PK, err)
		}
		if p.ID != id {
			return nil, fmt.Errorf("%s holds the payment %s", r.PK, p.ID)
		}
		all[id] = p
	}
	return all, nil
}
