package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/handler"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// witnessOf is the merchant's view of a payment, beside the simulation: nothing befalls
// its calls, and they take no time. So it sees each version of a row, one that was
// overwritten before anybody asked as well.
func witnessOf(w *world) handler.HTTP {
	service := &checkout.Service{Config: checkout.Config{Store: standing{world: w}}}
	return handler.Handlers{Checkout: service, Log: slog.New(slog.DiscardHandler)}.ShowPayments()
}

// standing is the table as it stands now, to look at and no more.
type standing struct {
	store.Store
	world *world
}

func (s standing) Get(ctx context.Context, key store.Key) (store.Item, error) {
	return s.world.table.Get(ctx, key)
}

// shown is the status that a merchant would be told of a payment in this moment; ""
// where the row is none. It hangs on the row's document alone, and many lives write the same.
func (w *world) shown(key store.Key) string {
	id, ours := strings.CutPrefix(key.Partition, "payment#")
	if !ours {
		return ""
	}
	return statuses.of(w.table.Row(key).Document, func() string { return w.asked(id) })
}

// asked is what the witness is told.
func (w *world) asked(id string) string {
	answer, err := w.witness(context.Background(), event("witness", "", map[string]string{"id": id}, map[string]string{}))
	var h heard
	if w.must(err); json.Unmarshal([]byte(answer.Body), &h) != nil {
		return ""
	}
	status, _ := h.Status.(string)
	return status
}

// statuses are those that were shown of documents.
var statuses = remembered{status: map[string]string{}}

// remembered is what documents were found to say, of all lives together.
type remembered struct {
	mu     sync.Mutex
	status map[string]string
}

// mostRemembered is how many documents are kept, of a kilobyte or so each.
const mostRemembered = 20_000

func (r *remembered) of(document []byte, ask func() string) string {
	r.mu.Lock()
	status, known := r.status[string(document)]
	r.mu.Unlock()
	if known {
		return status
	}
	status = ask()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.status) >= mostRemembered {
		clear(r.status)
	}
	r.status[string(document)] = status
	return status
}
