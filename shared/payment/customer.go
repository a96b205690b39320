package payment

// BoughtBy is the payment as a customer's, which the customer's list does not name yet.
// customer is a keyed hash and never a name; with an empty one the payment is nobody's.
func (p Payment) BoughtBy(customer string) Payment {
	p.Customer, p.Unlisted = customer, customer != ""
	return p
}

// OwesListing reports whether the customer's list has to name the payment now: money has
// moved, so that neither of the two ever leaves the table. What was only begun is in no
// list, and goes after a while without a trace of whose it was.
func (p Payment) OwesListing() bool { return p.Unlisted && len(p.Entries) > 0 }

// Listed is the payment once the customer's list names it.
func (p Payment) Listed() Payment {
	p.Unlisted = false
	return p
}
