package paypal

// Funding is what the buyer pays with, and so how the capture ends. The list
// is closed.
type Funding string

const (
	// Balance is good money: the capture is COMPLETED.
	Balance Funding = "balance"
	// Declined is a card the bank declines: the capture is refused with
	// INSTRUMENT_DECLINED, and the buyer may approve the order again with other
	// funding.
	Declined Funding = "declined"
	// ECheck is bank money on its way: the capture is PENDING for days. PayPal
	// does not offer it when IMMEDIATE_PAYMENT_REQUIRED was asked; here it may
	// happen even then, since a preference is no proof.
	ECheck Funding = "echeck"
	// UnderReview is a payment PayPal looks at by hand: PENDING, PENDING_REVIEW.
	UnderReview Funding = "review"
	// OnItsWay is a bank's money that arrives within days or not at all: PENDING,
	// TRANSACTION_APPROVED_AWAITING_FUNDING.
	OnItsWay Funding = "on its way"
	// Unheld is money in a currency the merchant does not hold: PENDING until
	// the merchant accepts it by hand.
	Unheld Funding = "unheld"
	// Bounced answers 201 and order COMPLETED with a capture DECLINED: the trap
	// for a client that reads only the order's status.
	Bounced Funding = "bounced"
	// Refused is refused for good with TRANSACTION_REFUSED; the order stays
	// APPROVED and will never be captured.
	Refused Funding = "refused"
	// Restricted is a buyer's account under restriction:
	// PAYER_ACCOUNT_RESTRICTED, for good.
	Restricted Funding = "restricted"
	// Confirm is a bank that wants the buyer once more: PAYER_ACTION_REQUIRED,
	// and the order has to be approved again.
	Confirm Funding = "confirm"
	// Limit is a merchant who may not receive so much:
	// TRANSACTION_RECEIVING_LIMIT_EXCEEDED, no fault of the buyer's.
	Limit Funding = "limit"
)

// outcome is how a capture ends.
type outcome struct {
	status string // of the capture, when there is one
	reason string // status_details.reason
	issue  string // of the refusal, when there is none
	reopen bool   // the buyer may approve the order again
}

var outcomes = map[Funding]outcome{
	Balance:     {status: completed},
	Declined:    {issue: "INSTRUMENT_DECLINED", reopen: true},
	ECheck:      {status: pending, reason: "ECHECK"},
	UnderReview: {status: pending, reason: "PENDING_REVIEW"},
	OnItsWay:    {status: pending, reason: "TRANSACTION_APPROVED_AWAITING_FUNDING"},
	Unheld:      {status: pending, reason: "RECEIVING_PREFERENCE_MANDATES_MANUAL_ACTION"},
	Bounced:     {status: declined, reason: "OTHER"},
	Refused:     {issue: "TRANSACTION_REFUSED"},
	Restricted:  {issue: "PAYER_ACCOUNT_RESTRICTED"},
	Confirm:     {issue: "PAYER_ACTION_REQUIRED", reopen: true},
	Limit:       {issue: "TRANSACTION_RECEIVING_LIMIT_EXCEEDED"},
}

// Fundings lists every funding of PayPal's wallet, good money first.
func Fundings() []Funding {
	return []Funding{Balance, Declined, ECheck, UnderReview, Unheld, Bounced, Refused, Restricted, Confirm, Limit}
}

// BankFundings are what can happen where a bank pays.
func BankFundings() []Funding { return []Funding{Balance, OnItsWay, Bounced, Refused} }

// labelAt is the label on a bank's page, or on PayPal's own.
func (f Funding) labelAt(bank string) string {
	if label := bankLabels[f]; bank != "" && label != "" {
		return label
	}
	return f.label()
}

var bankLabels = map[Funding]string{
	Balance: "The bank pays", OnItsWay: "The money is on its way: pending for days",
	Bounced: "The bank does not pay after all", Refused: "PayPal refuses the payment",
}

// label tells a person at the approval page what the choice does.
func (f Funding) label() string {
	switch f {
	case Balance:
		return "Balance: the payment goes through"
	case Declined:
		return "Card that is declined: choose again"
	case ECheck:
		return "eCheck: pending for days"
	case UnderReview:
		return "Payment under review: pending"
	case Unheld:
		return "Currency the shop does not hold: pending"
	case Bounced:
		return "Capture that is declined afterwards"
	case Refused:
		return "Payment refused for good"
	case Restricted:
		return "Restricted buyer account: refused for good"
	case Confirm:
		return "Bank wants another confirmation"
	case Limit:
		return "Shop over its receiving limit"
	}
	return string(f)
}
