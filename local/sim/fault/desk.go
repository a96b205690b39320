package fault

import (
	"net/http"
	"strconv"
)

// Desk is what a provider's desk shows of what is to go wrong.
type Desk[K, C ~string] struct {
	Kinds  []K
	Calls  []C
	Queued []Fault[K, C]
	Chance int
}

// Desk draws up what a desk shows.
func (q *Queue[K, C]) Desk() Desk[K, C] {
	return Desk[K, C]{Kinds: q.table.Names(), Calls: q.table.Calls, Queued: q.Queued(), Chance: q.Chance()}
}

// Fill queues the fault that a desk's form names.
func (q *Queue[K, C]) Fill(r *http.Request) error {
	times, err := strconv.Atoi(r.FormValue("times"))
	if err != nil {
		return err
	}
	return q.Inject(Fault[K, C]{Kind: K(r.FormValue("kind")), Call: C(r.FormValue("call")), Times: times})
}
