package providertest

import (
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// payoutCases: what was paid out together comes to nothing together.
var payoutCases = []testCase{
	{"MadeOfRows", madeOfRows},
}

// paysOut is a payout whose rows are known, with a sale in it.
func (b *bench) paysOut() (sale, string) {
	b.Helper()
	s := b.buys(b.plain)
	b.clock.move(10 * 24 * time.Hour) // until it is available
	id, known, err := b.World.(Settles).PayOut(s.Total.Currency)
	b.must(err)
	b.clock.move(known)
	return s, id
}

func madeOfRows(b *bench) {
	payouts, ok := b.client.(provider.Payouts)
	if _, settles := b.World.(Settles); ok != settles {
		b.Fatalf("the client tells of payouts: %t, the simulator: %t", ok, settles)
	}
	if !ok {
		return // it does not say what a payout is made of
	}
	s := b.buys(b.plain)
	b.clock.move(10 * 24 * time.Hour)
	id, known, err := b.World.(Settles).PayOut(s.Total.Currency)
	b.must(err)
	_, _, err = payouts.PaidOut(b.Context(), id, "")
	b.fails(err, provider.NotYet)
	b.clock.move(known)
	rows, next, err := payouts.PaidOut(b.Context(), id, "")
	b.must(err)
	sum, sold := money.Zero(s.Total.Currency), false
	for _, r := range rows {
		sum, err = sum.Plus(r.Net)
		b.must(err)
		sold = sold || r.Row.ID == s.capture.ID
		if r.Available.Before(r.Row.Initiated) {
			b.Errorf("%+v is available from %s", r.Row, r.Available)
		}
	}
	if !sum.IsZero() || next != "" || !sold {
		b.Errorf("the %d rows come to %s, the sale is among them: %t", len(rows), sum, sold)
	}
	list, next, err := payouts.Payouts(b.Context(), start, b.clock.Now(), "")
	b.must(err)
	if len(list) != 1 || next != "" || list[0].ID != id || list[0].Amount != s.capture.Net || !list[0].Itemised || list[0].State != provider.PayoutOnItsWay {
		b.Errorf("the payouts are %+v", list)
	}
}
