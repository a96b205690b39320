package wire

import (
	"context"
	"sync/atomic"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// Turn keeps something that is asked for once and then used by all: a token, whose a key
// is. One caller asks while the others wait, none longer than its own context lasts: a
// question that hangs costs everybody their deadline and no more. Make it with NewTurn.
type Turn[T any] struct {
	kept  atomic.Pointer[T]
	asker chan struct{} // full while somebody asks
}

// NewTurn keeps nothing yet.
func NewTurn[T any]() *Turn[T] { return &Turn[T]{asker: make(chan struct{}, 1)} }

// Kept is what was last asked for; nil before, and after Drop.
func (t *Turn[T]) Kept() *T { return t.kept.Load() }

// Drop keeps it no longer.
func (t *Turn[T]) Drop() { t.kept.Store(nil) }

// Get is what usable gives, and where that is nil and no error, what ask gives when it is
// this caller's turn; that is kept. Errors are theirs; where the context ends first, the
// code, to be tried again: the call that it was for was never sent.
func (t *Turn[T]) Get(ctx context.Context, code string, usable, ask func() (*T, error)) (*T, error) {
	if kept, err := usable(); kept != nil || err != nil {
		return kept, err
	}
	if err := ctx.Err(); err != nil {
		// Of two ready cases the select below takes either: what begins after its time
		// must not hang on that.
		return nil, new(Answer).Failed(provider.Retry, code, err)
	}
	select {
	case t.asker <- struct{}{}:
		defer func() { <-t.asker }()
	case <-ctx.Done():
		return nil, new(Answer).Failed(provider.Retry, code, ctx.Err())
	}
	if kept, err := usable(); kept != nil || err != nil {
		return kept, err // asked for by whose turn it was before
	}
	got, err := ask()
	if err != nil {
		return nil, err
	}
	t.kept.Store(got)
	return got, nil
}
