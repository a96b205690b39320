package paypal

// rowStatuses are the statuses of captures and refunds as a row has them.
var rowStatuses = map[string]string{completed: rowDone, pending: rowPending, declined: rowDenied, failed: rowDenied}

// enterSale writes the row of a new capture. The caller holds mu.
func (s *Simulator) enterSale(k *capture, code string) {
	sum, kept := saleAmounts(k)
	s.enter(saleRow(k, code), rowStatuses[k.status], sum, kept)
	s.convertSale(k)
}

// saleRow is the row of a capture. It names the order: that PayPal's does is
// UNVERIFIED.
func saleRow(k *capture, code string) row {
	return row{
		id: k.id, code: code, capture: k.id, reference: k.order.id, referenceType: "ODR",
		customID: k.unit.CustomID, invoiceID: k.unit.InvoiceID, currency: k.unit.sum.currency,
	}
}

// saleAmounts are a capture's gross amount and its fee, which is kept as soon as
// the money has moved and is negative in a row.
func saleAmounts(k *capture) (sum, kept int64) {
	if k.status != completed {
		return k.unit.sum.count, 0
	}
	return k.unit.sum.count, -fee(k.unit.sum).count
}

// settleSale brings the row of a capture that was pending to how it ended. The
// caller holds mu.
func (s *Simulator) settleSale(k *capture) {
	sum, kept := saleAmounts(k)
	s.change(s.statement.sales[k.id], rowStatuses[k.status], sum, kept)
	s.convertSale(k)
}

// enterRefund writes the row of a new refund, reversal or chargeback. Only the
// shop's own refund carries its ids. The caller holds mu.
func (s *Simulator) enterRefund(r *refund, code string) {
	if r.status == completed {
		s.lift(r.capture, disputeHoldCode) // or the held money would be taken twice
	}
	s.enter(refundRow(r, code), rowStatuses[r.status], -r.amount.count, 0)
	if r.status == completed {
		s.afterRefund(r)
	}
}

func refundRow(r *refund, code string) row {
	return row{
		id: r.id, code: code, capture: r.capture.id, reference: r.capture.id,
		customID: r.customID, invoiceID: r.invoiceID, currency: r.amount.currency,
	}
}

// settleRefundRow brings the row of a refund that was pending to how it ended.
// The caller holds mu.
func (s *Simulator) settleRefundRow(r *refund) {
	entry := s.statement.byKey[rowKey{r.id, refundCode}]
	if r.status == completed {
		s.lift(r.capture, disputeHoldCode)
	}
	s.change(entry, rowStatuses[r.status], -r.amount.count, 0)
	if r.status == completed {
		s.afterRefund(r)
	}
}

// afterRefund covers what a currency without a balance now lacks, and shows the
// sale as reversed once all of it is given back. The caller holds mu.
func (s *Simulator) afterRefund(r *refund) {
	s.level(r.amount.currency, r.capture.id)
	sale := s.statement.sales[r.capture.id]
	if v := *sale.now(); v.status == rowDone && r.capture.shown() == fullyRefunded {
		s.change(sale, rowReversed, v.amount, v.fee)
	}
}
