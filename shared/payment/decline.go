package payment

// MaxDeclines is how often the captures of one purchase may be refused, over all of
// its attempts, before it takes no further attempt. Nobody has ten cards that fail;
// whoever tries stolen ones has thousands.
const MaxDeclines = 10

// OpenedFrom notes from where the last attempt was opened. The mark is a keyed hash
// and is stored only until the purchase is paid (see Encode); what is never paid
// leaves the table with it (see Expires).
func (p Payment) OpenedFrom(mark string) Payment {
	return p.edit(len(p.Attempts), func(a *Attempt) { a.From = mark })
}

// Declines is how often a capture of the purchase was refused, or was made and failed.
func (p Payment) Declines() int {
	n := 0
	for _, a := range p.Attempts {
		n += a.Refusals
	}
	for _, c := range p.Captures {
		if c.State == Failed {
			n++
		}
	}
	return n
}
