package main

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// shaky is a table that fails on request: reads that are not answered, writes that are
// not done, and writes that are done and not answered. It is also where a settlement is
// killed, and where a second one comes in between.
type shaky struct {
	store.Store
	dice  *rand.Rand
	tally tally

	failing string // one of the faults of the store, while its window is open

	armed  int    // writes until strike; 0 is never
	after  bool   // strike comes after the write
	strike func() // may panic with errKilled
}

// oneIn is how many calls of the table one fails of, while they do.
const oneIn = 12

// The faults of the store.
const (
	faultRead        = "store: a read fails"
	faultWriteBefore = "store: a write is not done"
	faultWriteAfter  = "store: a write is done and not answered"
)

// fails tells whether a call fails in this way.
func (s *shaky) fails(how string) bool {
	if s.failing != how || s.dice.IntN(oneIn) > 0 {
		return false
	}
	s.tally[how]++
	return true
}

func (s *shaky) unavailable() error { return fmt.Errorf("%w: %s", store.ErrUnavailable, s.failing) }

func (s *shaky) Get(ctx context.Context, key store.Key) (store.Item, error) {
	if s.fails(faultRead) {
		return store.Item{}, s.unavailable()
	}
	return s.Store.Get(ctx, key)
}

func (s *shaky) Query(ctx context.Context, q store.Query) (store.Page, error) {
	if s.fails(faultRead) {
		return store.Page{}, s.unavailable()
	}
	return s.Store.Query(ctx, q)
}

func (s *shaky) Write(ctx context.Context, puts ...store.Put) error {
	now := s.due()
	if now && !s.after {
		s.strike()
	}
	if s.fails(faultWriteBefore) {
		return s.unavailable()
	}
	err := s.Store.Write(ctx, puts...)
	if now && s.after {
		s.strike()
	}
	if err == nil && s.fails(faultWriteAfter) {
		return s.unavailable()
	}
	return err
}

// arm lets something happen before or after the nth write from now.
func (s *shaky) arm(n int, after bool, strike func()) { s.armed, s.after, s.strike = n, after, strike }

func (s *shaky) disarm() { s.armed = 0 }

// due counts a write and tells whether it is the one.
func (s *shaky) due() bool {
	if s.armed == 0 {
		return false
	}
	s.armed--
	return s.armed == 0
}
