package main

import (
	"fmt"
	"strings"
)

// call is one call of an invocation to what is outside of it.
type call struct {
	seam seam
	what string // get, query, write; or what a simulated provider calls it

	// What it touches, and whether it changes it: two calls that touch different
	// things, or change nothing, may come in any order. What one touches may be all whose
	// names begin so. Empty is nobody else's.
	touches string
	changes bool
}

// seam is where a call leaves the invocation. The set is closed.
type seam string

const (
	seamTable  seam = "table"
	seamPayPal seam = "paypal"
	seamStripe seam = "stripe"
	seamSecret seam = "secret"
	seamClock  seam = "clock"
)

// String is what the call is named by: "table write", "paypal capture".
func (c call) String() string { return string(c.seam) + " " + c.what }

// disturbs reports whether the order of two calls counts.
func (c call) disturbs(other call) bool {
	return c.touches != "" && other.touches != "" && (c.changes || other.changes) &&
		(strings.HasPrefix(c.touches, other.touches) || strings.HasPrefix(other.touches, c.touches))
}

// verdict is what becomes of a call, and of whoever makes it.
type verdict struct {
	dies  moment
	fault fault // "" is a good call
}

// moment is when an invocation dies at a call. From then on it does nothing any more:
// not even what it has deferred.
type moment string

const (
	lives  moment = ""
	before moment = "before" // the call is never made
	lost   moment = "lost"   // its effect is done and it waits for the answer until its deadline
	after  moment = "after"  // the answer is there
	told   moment = "told"   // all is done; only the client hears nothing
)

// moments are those at each call.
var moments = []moment{before, lost, after}

// strike is a verdict on one call: the nth of an invocation, both from 0. The client
// of one that dies comes again, or is gone.
type strike struct {
	invocation, call int
	verdict
}

func (s strike) String() string {
	return fmt.Sprintf("invocation %d, call %d: %s%s", s.invocation, s.call, s.dies, s.fault)
}
