package handler

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
)

// entries is GET /merchant/entries: one JSON object a line (jsonlines.org), so that a
// program reads it as it comes and adds it up. Each amount that moves a balance says
// which: "total" moves what is available with it, "available" leaves the total alone.
func (h Handlers) entries(ctx context.Context, in request) (answer, error) {
	page, err := h.Checkout.Entries(ctx, in.query["from"], in.query["to"], in.query["cursor"])
	if err != nil {
		return answer{}, err
	}
	var lines []any
	for _, b := range page.Opening {
		lines = append(lines, showBalance("opening", b))
	}
	for _, e := range page.Entries {
		lines = append(lines, showEntry(e))
	}
	for _, f := range page.Foreign {
		lines = append(lines, showForeign(f))
	}
	for _, b := range page.Closing {
		lines = append(lines, showBalance("closing", b))
	}
	text, err := jsonLines(lines)
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusOK, media: "application/jsonl; charset=utf-8", text: text, next: in.later(entriesPath, page.Next, nil)}, nil
}

func jsonLines(lines []any) (string, error) {
	var out strings.Builder
	write := json.NewEncoder(&out) // a line for each
	for _, line := range lines {
		if err := write.Encode(line); err != nil {
			return "", err
		}
	}
	return out.String(), nil
}

// balanceLine is what a provider has of a currency, before the day or at its end.
type balanceLine struct {
	Type      string     `json:"type"` // opening or closing
	Provider  string     `json:"provider"`
	Currency  string     `json:"currency"`
	Day       string     `json:"day"`
	Total     amountBody `json:"total"`
	Available amountBody `json:"available"`
}

func showBalance(what string, b checkout.Balance) balanceLine {
	return balanceLine{what, b.Provider, string(b.Total.Currency), b.Day, amount(b.Total), amount(b.Available)}
}

// movedEntry is what a row of a payment moved: all of it, or, where the provider has
// changed the row, by how much. Provider, Ref and Code together are one row's alone.
type movedEntry struct {
	Type     string      `json:"type"` // entry
	Provider string      `json:"provider"`
	Payment  string      `json:"payment"`
	Day      string      `json:"day"` // on which it moved
	Kind     string      `json:"kind"`
	Moves    string      `json:"moves"`
	Ref      string      `json:"ref"`
	Code     string      `json:"code"`
	Amount   amountBody  `json:"amount"`
	Fee      *amountBody `json:"fee,omitempty"`
	At       string      `json:"at"`
	Updated  string      `json:"updated"`
}

func showEntry(e checkout.MovedEntry) movedEntry {
	return movedEntry{
		Type: "entry", Provider: e.Provider, Payment: e.Payment, Day: e.Moved.Format(time.DateOnly), Kind: string(e.Kind), Moves: string(e.Means.Balance),
		Ref: e.Ref, Code: e.Code, Amount: amount(e.Amount), Fee: some(e.Fee), At: stamp(e.At), Updated: stamp(e.Updated),
	}
}

// foreignLine is what rows of one code that are no payment's moved on one day.
type foreignLine struct {
	Type     string      `json:"type"` // foreign
	Provider string      `json:"provider"`
	Day      string      `json:"day"`
	Currency string      `json:"currency"`
	Kind     string      `json:"kind"`
	Moves    string      `json:"moves"`
	Code     string      `json:"code"`
	Count    int64       `json:"count"`
	Gross    amountBody  `json:"gross"`
	Fee      *amountBody `json:"fee,omitempty"`
}

func showForeign(f checkout.ForeignSum) foreignLine {
	return foreignLine{
		Type: "foreign", Provider: f.Provider, Day: f.Day, Currency: string(f.Currency), Kind: string(f.Means.Kind), Moves: string(f.Means.Balance),
		Code: f.Code, Count: f.Count, Gross: amount(f.Gross), Fee: some(f.Fee),
	}
}
