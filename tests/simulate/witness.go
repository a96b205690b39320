package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"

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
// where the row is none.
func (w *world) shown(key store.Key) string {
	id, ours := strings.CutPrefix(key.Partition, "payment#")
	if !ours {
		return ""
	}
	answer, err := w.witness(context.Background(), event("witness", "", map[string]string{"id": id}, map[string]string{}))
	var h heard
	if w.must(err); json.Unmarshal([]byte(answer.Body), &h) != nil {
		return ""
	}
	status, _ := h.Status.(string)
	return status
}
