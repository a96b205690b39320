package main

var ofTheAttempt = []mutant{
	{
		number: 122, what: "a session that can be paid is not ended before another attempt",
		file: "shared/checkout/attempt.go",
		old:  `if !ok || !p.Endable() {`,
		new:  `if !ok || live.SelfCompleting {`,
		test: suite{"tests", "^TestFromStripeToAnother$"},
	},
	{
		number: 123, what: "another attempt is opened beside an order that completes by itself",
		file: "shared/payment/next.go",
		old:  `if a, ok := p.Live(); ok && a.SelfCompleting && !p.spent(a) {`,
		new:  `if a, ok := p.Live(); ok && a.SelfCompleting && !a.Dead() && a.State != OrderWaiting {`,
		test: suite{"shared/payment", "^TestStatusAndStep$"},
	},
	{
		number: 124, what: "a transfer of which a part has arrived is cancelled",
		file: "shared/provider/stripe/expiry.go",
		old:  `c.Reason == "canceled" || c.Reason == underfunded {`,
		new:  `c.Reason == "canceled" {`,
		test: suite{"tests", "^TestBankTransfer$"},
	},
	{
		number: 125, what: "the first carrier of a method is used although it is out",
		file: "shared/checkout/trouble.go",
		old:  `return all[max(0, working)]`,
		new:  `return all[max(0, working-len(all))]`,
		test: suite{"tests", "^TestNextProvider$"},
	},
	{
		number: 126, what: "a provider without its secret is offered",
		file: "shared/checkout/trouble.go",
		old:  `return err == nil && missing != ""`,
		new:  `return err != nil && missing != ""`,
		test: suite{"tests", "^TestProviderWithoutItsSecret$"},
	},
	{
		number: 127, what: "a webhook of Stripe's is believed without its signature",
		file: "shared/provider/stripe/webhook.go",
		old:  `if !signed.by(secrets, d.Body) {`,
		new:  `if signed.by(nil, d.Body) {`,
		test: suite{"tests", "^TestForgedRingOfStripe$"},
	},
	{
		number: 128, what: "a session stays open beside an order that was taken",
		file: "shared/payment/next.go",
		old:  `if p.needless(a) && !v.Ended[a.Number] {`,
		new:  `if p.needless(a) && v.Ended[a.Number] {`,
		test: suite{"shared/payment", "^TestStatusAndStep$"},
	},
	{
		number: 129, what: "a session that is not found is gone while its buyer can pay it",
		file: "shared/payment/attempt.go",
		old:  `a.Gone.After(a.Alive) && !a.Gone.Before(a.Ends)`,
		new:  `a.Gone.After(a.Alive)`,
		test: suite{"shared/payment", "^TestStatusAndStep$"},
	},
	{
		number: 130, what: "two refunds under one id of ours are no reason for review",
		file: "shared/payment/review.go",
		old:  `return append(append(ids, p.doubleRefunds()...), p.contradictedRows()...)`,
		new:  `return append(ids, p.contradictedRows()...)`,
		test: suite{"shared/payment", "^TestStatusAndStep$"},
	},
	{
		number: 131, what: "a capture is sent before it is written down, although the buyer may turn to what is paid by itself",
		file: "shared/checkout/reconcile.go",
		old:  `v.intends != step.Attempt && s.rivals()`,
		new:  `v.intends != step.Attempt && false`,
		test: suite{"tests", "^TestCaptureMeetsATurn$"},
	},
}
