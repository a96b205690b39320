package main

import (
	"container/heap"
	"time"
)

// diary is what is going to happen, by its time; of one time, in the order in which it
// was written down.
type diary struct {
	entries entries
	written int
}

type entry struct {
	at     time.Time
	number int
	do     func()
}

type entries []entry

func (e entries) Len() int { return len(e) }

func (e entries) Less(i, j int) bool {
	if !e[i].at.Equal(e[j].at) {
		return e[i].at.Before(e[j].at)
	}
	return e[i].number < e[j].number
}

func (e entries) Swap(i, j int) { e[i], e[j] = e[j], e[i] }

func (e *entries) Push(one any) { *e = append(*e, one.(entry)) }

func (e *entries) Pop() any {
	last := len(*e) - 1
	one := (*e)[last]
	(*e)[last] = entry{}
	*e = (*e)[:last]
	return one
}

// at writes down that something happens at a time.
func (d *diary) at(when time.Time, do func()) {
	d.written++
	heap.Push(&d.entries, entry{when, d.written, do})
}

// next takes out what happens first; ok is false where nothing is left.
func (d *diary) next() (e entry, ok bool) {
	if len(d.entries) == 0 {
		return e, false
	}
	return heap.Pop(&d.entries).(entry), true
}
