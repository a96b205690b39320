package main

var ofTheSweep = []mutant{
	{
		number: 36, what: "an outcome that stays unknown is called a failure",
		file: "shared/payment/attempt.go",
		old:  "if a.Doubt.IsZero() {\n\t\t\ta.Doubt = now\n\t\t}",
		new:  "if a.Doubt.IsZero() {\n\t\t\ta.Doubt = now\n\t\t} else if now.Sub(a.Doubt) > time.Hour {\n\t\t\ta.Refusals, a.Final, a.Doubt = a.Refusals+1, true, time.Time{}\n\t\t}",
		test: suite{"tests", "^TestOutcomeThatStaysUnknown$"},
	},
	{
		number: 37, what: "the sweep reads the first page and no other",
		file: "shared/checkout/sweep.go",
		old:  `if page.Next == "" {`,
		new:  `if page.Next != "-" {`,
		test: suite{"tests", "^TestSweepReadsToTheEnd$"},
	},
	{
		number: 62, what: "the sweep believes the index",
		file: "shared/checkout/sweep.go",
		old:  `if err != nil || item.Due.IsZero() || item.Due.After(now) {` + "\n\t\treturn // the index",
		new:  `if err != nil {` + "\n\t\treturn // the index",
		test: suite{"tests", "^TestSweepBelievesNoIndex$"},
	},
	{
		number: 63, what: "one payment that cannot be handled stands first in every sweep",
		file: "shared/checkout/sweep.go",
		old:  `after.WriteID, after.Due = s.WriteID(), now.Add(time.Hour)`,
		new:  `after.WriteID, after.Due = s.WriteID(), item.Due`,
		test: suite{"tests", "^TestSweepGoesOnPastWhatFails$"},
	},
	{
		number: 64, what: "a payment that waits for a person is never looked at again",
		file: "shared/payment/due.go",
		old:  "case StatusReview:\n\t\treturn now.Add(day)",
		new:  "case StatusReview:\n\t\treturn time.Time{}",
		test: suite{"shared/payment", "^(TestDue|TestSomethingIsOwedOrItIsFinal)$"},
	},
	{
		number: 65, what: "a payment expires by the clock, whatever moved",
		file: "shared/payment/due.go",
		old:  `if !Final(p) || len(p.Entries) > 0 {`,
		new:  `if !Final(p) {`,
		test: suite{"shared/payment", "^(TestDue|TestStatusAndStep)$"},
	},
}
