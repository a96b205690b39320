package paypal

// The made-up fee: 3.49% of the charge, rounded half up, and a fixed part. It
// follows no price list of PayPal's; a client must read the fee, not know it.
const (
	feeShare = 349
	feeWhole = 10_000
)

// fee is what PayPal keeps of a charge, never more than the charge. The share
// is taken of the whole ten-thousands and of the rest apart, so that the
// largest amount PayPal allows does not overflow.
func fee(m money) money {
	share := m.count/feeWhole*feeShare + (m.count%feeWhole*feeShare+feeWhole/2)/feeWhole
	return money{m.currency, min(share+currencies[m.currency].fixedFee, m.count)}
}
