package main

var ofTheDoorbell = []mutant{
	{
		number: 17, what: "a delivery that says nothing new has PayPal asked again",
		stead: "nothing is kept of deliveries: what the payment holds already is no news",
		file:  "shared/checkout/webhook.go",
		old:   `case !news:`,
		new:   `case !known && !news:`,
		test:  suite{"tests", "^TestNothingNewCostsNothing$"},
	},
	{
		number: 18, what: "a delivery is acknowledged though the table refused what it led to",
		stead: "there is no inbox: what has to stand in the table is the payment",
		file:  "shared/checkout/webhook.go",
		old:   `if _, err := s.reconcile(ctx, r, aim{}); err != nil && !isAsking(err) {`,
		new:   `if _, err := s.reconcile(ctx, r, aim{}); err != nil && isAsking(nil) {`,
		test:  suite{"tests", "^TestDeliveredAgainUntilItCanBeKept$"},
	},
	{
		number: 19, what: "what a delivery says is believed, and PayPal not asked",
		file: "shared/checkout/webhook.go",
		old:  `if _, err := s.reconcile(ctx, r, aim{}); err != nil && !isAsking(err) {`,
		new:  `if _, err := s.save(ctx, r, payment.Observe(r.payment, ring.Says), false); err != nil {`,
		test: suite{"tests", "^TestForgedDeliveries$"},
	},
	{
		number: 20, what: "a certificate may lie on any host whose name ends like PayPal's",
		file: "shared/provider/paypal/certificate.go",
		old:  `name, ok := strings.CutPrefix(address, origin+certPath)`,
		new:  `_, name, ok := strings.Cut(address, strings.TrimPrefix(origin, "https://")+certPath)`,
		test: suite{"shared/provider/paypal", "^TestCertLookAlikes$"},
	},
	{
		number: 21, what: "any algorithm is taken",
		file: "shared/provider/paypal/webhook.go",
		old:  `if header("PAYPAL-AUTH-ALGO") != algorithm {`,
		new:  `if header("PAYPAL-AUTH-ALGO") == "" {`,
		test: suite{"shared/provider/paypal", "^TestHearBadHeaders$"},
	},
	{
		number: 22, what: "a certificate serves for ever",
		file: "shared/provider/paypal/certificate.go",
		old:  `case at.Before(c.leaf.NotBefore) || at.After(c.leaf.NotAfter) || k.now().After(c.leaf.NotAfter.Add(certGrace)):`,
		new:  `case at.Before(c.leaf.NotBefore):`,
		test: suite{"shared/provider/paypal", "^(TestCertGrace|TestCertRefused)$"},
	},
	{
		number: 23, what: "a signature is checked over the body as we would write it",
		file: "shared/provider/paypal/webhook.go",
		old:  `crc32.ChecksumIEEE(body)`,
		new:  `crc32.ChecksumIEEE(func() []byte { var v any; stdjson.Unmarshal(body, &v); b, _ := stdjson.Marshal(v); return b }())`,
		test: suite{"shared/provider/paypal", "^TestHearRawBytes$"},
	},
	{
		number: 47, what: "a signature is not checked at all",
		file: "shared/provider/paypal/webhook.go",
		old:  `if rsa.VerifyPKCS1v15(c.leaf.PublicKey.(*rsa.PublicKey), crypto.SHA256, digest[:], t.sum) != nil {`,
		new:  `if rsa.VerifyPKCS1v15(c.leaf.PublicKey.(*rsa.PublicKey), crypto.SHA256, digest[:], t.sum) == errors.ErrUnsupported {`,
		test: suite{"shared/provider/paypal", "^TestHearForged$"},
	},
	{
		number: 48, what: "a delivery sends the refunds that wait",
		file: "shared/checkout/webhook.go",
		old:  `s.reconcile(ctx, r, aim{})`,
		new:  `s.reconcile(ctx, r, aim{refunds: true})`,
		test: suite{"tests", "^TestRefund"},
	},
}
