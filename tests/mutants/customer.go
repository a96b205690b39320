package main

// Mistakes about whose payment it is, and what its buyer is given of it.
var ofTheCustomer = []mutant{
	{
		number: 99, what: "every customer has the same list",
		file: "shared/checkout/customer.go",
		old:  `mac.Write([]byte("customer\n" + subject))`,
		new:  `mac.Write([]byte("customer\n"))`,
		test: suite{"tests", "^TestCustomersSeeTheirOwn$"},
	},
	{
		number: 100, what: "a customer token never expires",
		file: "shared/checkout/customer.go",
		old:  `case now.Unix() >= c.Expires:`,
		new:  `case now.Unix() >= c.Expires && c.Issued == 0:`,
		test: suite{"tests", "^TestNobodyElseIsLetToACustomersList$"},
	},
	{
		number: 101, what: "a customer token is good for as long as it says",
		file: "shared/checkout/customer.go",
		old:  `case life < 1 || life > int64(customerTokenLife/time.Second):`,
		new:  `case life < 1:`,
		test: suite{"tests", "^TestNobodyElseIsLetToACustomersList$"},
	},
	{
		number: 102, what: "a row of a list is believed, whosever payment it names",
		file: "shared/checkout/customer.go",
		old:  `case r.payment.Customer == customer:`,
		new:  `default:`,
		test: suite{"tests", "^TestAListAloneShowsNothing$"},
	},
	{
		number: 103, what: "a cursor leads into another customer's list",
		file: "shared/store/cursor.go",
		old:  `return row.Due.IsZero() && row.Key.Partition == q.Partition && strings`,
		new:  `return row.Due.IsZero() && strings`,
		test: suite{"tests", "^TestPagesOfACustomer$"},
	},
	{
		number: 104, what: "a payment is final that no list of its customer's names yet",
		file: "shared/payment/next.go",
		old:  ` || p.OwesListing()`,
		new:  ``,
		test: suite{"tests", "^TestAListKeepsNoMoneyFromBeingWritten$"},
	},
	{
		number: 105, what: "a receipt is given before the money has moved",
		file: "shared/handler/receipt.go",
		old:  `if !hasReceipt(payment.StatusOf(p)) {`,
		new:  `if payment.StatusOf(p) == payment.StatusReview {`,
		test: suite{"tests", "^TestReceiptOnlyOnceMoneyMoved$"},
	},
	{
		number: 106, what: "what a shop calls its goods is HTML in a receipt",
		file: "shared/handler/receiptpage.go",
		old:  `html.EscapeString(text)`,
		new:  `html.UnescapeString(text)`,
		test: suite{"tests", "^TestReceiptPage$"},
	},
}
