package fault

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
)

// Any aims a fault at the next call it can befall.
const Any = "any"

// Table is what can go wrong with a provider's calls: K are its kinds, C the names of
// its calls.
type Table[K, C ~string] struct {
	// Calls are those a fault can be aimed at, Any among them.
	Calls []C
	// Kinds are all there are, each with the calls it can befall.
	Kinds []Reach[K, C]
	// Refused is the error for a fault that could never happen.
	Refused error
}

// Reach is the calls a kind can befall; nil is all of them.
type Reach[K, C ~string] struct {
	Kind  K
	Calls []C
}

// Names lists every kind, for printing and for loops over all of them.
func (t *Table[K, C]) Names() []K {
	list := make([]K, 0, len(t.Kinds))
	for _, k := range t.Kinds {
		list = append(list, k.Kind)
	}
	return list
}

// Fits tells whether a kind can befall a call of this name.
func (t *Table[K, C]) Fits(kind K, name C) bool {
	i := slices.IndexFunc(t.Kinds, func(r Reach[K, C]) bool { return r.Kind == kind })
	if i < 0 || !slices.Contains(t.Calls, name) {
		return false
	}
	return name == Any || t.Kinds[i].Calls == nil || slices.Contains(t.Kinds[i].Calls, name)
}

// Fault is a kind aimed at the next calls of one name.
type Fault[K, C ~string] struct {
	Kind  K
	Call  C   // "" is Any
	Times int // how many calls; 0 is one
}

// String is how a desk shows a queued fault.
func (f Fault[K, C]) String() string {
	return fmt.Sprintf("%s on %s, %d more", f.Kind, f.Call, f.Times)
}

// Queue is what is to go wrong with the calls to come. It is safe for concurrent use.
type Queue[K, C ~string] struct {
	table *Table[K, C]
	dice  *rand.Rand

	mu      sync.Mutex
	queued  []Fault[K, C]
	percent int
	lucky   []K // the kinds of the random mode
}

// NewQueue makes a queue without faults. The dice decide every chance fault.
func NewQueue[K, C ~string](table *Table[K, C], dice *rand.Rand) *Queue[K, C] {
	return &Queue[K, C]{table: table, dice: dice}
}

// Inject queues a fault. Faults befall calls in the order they were queued, each as
// soon as a call comes that it fits. One that could never happen is refused.
func (q *Queue[K, C]) Inject(f Fault[K, C]) error {
	if f.Call == "" {
		f.Call = Any
	}
	if f.Times == 0 {
		f.Times = 1
	}
	if !q.table.Fits(f.Kind, f.Call) || f.Times < 0 {
		return fmt.Errorf("%w: %s on %s, %d times", q.table.Refused, f.Kind, f.Call, f.Times)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.queued = append(q.queued, f)
	return nil
}

// Queued lists what has not happened yet.
func (q *Queue[K, C]) Queued() []Fault[K, C] {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.queued)
}

// Chaos lets each call fail with a chance of percent, in one of the kinds (all of them
// when none is named). Every choice comes from the dice in the order in which calls
// arrive, so a client that calls one after the other meets the same faults again under
// the same seed. Chaos(0) ends it. Queued faults come first.
func (q *Queue[K, C]) Chaos(percent int, kinds ...K) error {
	if percent < 0 || percent > 100 {
		return fmt.Errorf("%w: a chance of %d percent", q.table.Refused, percent)
	}
	for _, k := range kinds {
		if !q.table.Fits(k, Any) {
			return fmt.Errorf("%w: %s", q.table.Refused, k)
		}
	}
	if len(kinds) == 0 {
		kinds = q.table.Names()
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.percent, q.lucky = percent, slices.Clone(kinds)
	return nil
}

// Chance is the percentage of the random mode, 0 while there is none.
func (q *Queue[K, C]) Chance() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.percent
}

// Draw picks the fault of a call that arrives, "" for none. While a chance is set it
// takes two numbers for every call whatever comes of it, so that an injected fault does
// not shift the later ones.
func (q *Queue[K, C]) Draw(name C) K {
	q.mu.Lock()
	defer q.mu.Unlock()
	lucky := q.roll(name)
	for i := range q.queued {
		f := &q.queued[i]
		if f.Call != Any && f.Call != name || !q.table.Fits(f.Kind, name) {
			continue
		}
		kind := f.Kind
		if f.Times--; f.Times == 0 {
			q.queued = slices.Delete(q.queued, i, i+1)
		}
		return kind
	}
	return lucky
}

// roll is what chance has for a call.
func (q *Queue[K, C]) roll(name C) (lucky K) {
	if q.percent == 0 {
		return ""
	}
	hit, pick := q.dice.IntN(100) < q.percent, q.dice.Uint64()
	fitting := slices.DeleteFunc(slices.Clone(q.lucky), func(k K) bool { return !q.table.Fits(k, name) })
	if hit && len(fitting) > 0 {
		lucky = fitting[pick%uint64(len(fitting))]
	}
	return lucky
}
