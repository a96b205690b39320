package providertest

import (
	"context"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// Call is a call to a provider that a fault can befall, whichever way it is made.
type Call string

// The calls there are.
const (
	Identify Call = "identify" // whose the credentials are, or a token for them
	Create   Call = "create"
	Prepare  Call = "prepare" // what an order wants before it can be opened
	Promise  Call = "promise" // to open such an order
	Look     Call = "look"
	Parts    Call = "parts" // the second half of a look, where one call is not all
	Capture  Call = "capture"
	Refund   Call = "refund"
	Expire   Call = "expire"
	Cancel   Call = "cancel" // the money of an order that is promised
	Control  Call = "control"
	Trace    Call = "trace" // of a movement, to the payment that it carries
	Dispute  Call = "dispute"
	Disputes Call = "disputes"
	Report   Call = "report"
	Balance  Call = "balance"
	Payouts  Call = "payouts"
	PaidOut  Call = "paid out"

	Certificate Call = "certificate" // that deliveries are signed with
	Verify      Call = "verify"      // a delivery, where there is none
)

// ask is a question that is put to the client.
type ask func(ctx context.Context) (any, error)

// question is one call of the seam, with what has to be there before it and what the
// world looks like afterwards.
type question struct {
	name string
	call Call // the one of it that a fault is aimed at
	put  func(b *bench) (s sale, a ask)
}

// questions are every call of the interface and of every optional one.
var questions = []question{
	{"create before it is known who asks", Identify, func(b *bench) (sale, ask) {
		s := sale{Purchase: b.plain, Order: b.intent(b.plain)}
		newcomer := b.Client()
		return s, func(ctx context.Context) (any, error) { return newcomer.CreateOrder(ctx, s.Order) }
	}},
	{"create", Create, func(b *bench) (sale, ask) { return b.opening(b.plain) }},
	{"create what is promised", Promise, func(b *bench) (sale, ask) { return b.opening(b.awaited()) }},
	{"prepare what is promised", Prepare, func(b *bench) (sale, ask) { return b.opening(b.awaited()) }},
	{"look", Look, func(b *bench) (sale, ask) { return b.looking(b.buys(b.plain)) }},
	{"look for the parts", Parts, func(b *bench) (sale, ask) { return b.looking(b.buys(b.plain)) }},
	{"control", Control, func(b *bench) (sale, ask) {
		s := b.opens(b.plain)
		s.id = another(s.id)
		return b.looking(s)
	}},
	{"capture", Capture, func(b *bench) (sale, ask) {
		s := b.opens(b.plain)
		b.must(b.Pay(s.id, b.plain))
		return s, func(ctx context.Context) (any, error) { return b.client.Capture(ctx, s.captures(0)) }
	}},
	{"refund", Refund, func(b *bench) (sale, ask) {
		s := b.buys(b.plain)
		return s, func(ctx context.Context) (any, error) { return b.client.Refund(ctx, s.refund("r1", s.half())) }
	}},
	{"expire", Expire, func(b *bench) (sale, ask) {
		s := b.opens(b.plain)
		return s, func(ctx context.Context) (any, error) { return b.client.(provider.Expirer).Expire(ctx, s.id) }
	}},
	{"expire what is promised", Cancel, func(b *bench) (sale, ask) {
		s := b.promised()
		return s, func(ctx context.Context) (any, error) { return b.client.(provider.Expirer).Expire(ctx, s.id) }
	}},
	{"payment of a capture", Trace, func(b *bench) (sale, ask) {
		s := b.buys(b.plain)
		return s, func(ctx context.Context) (any, error) {
			return b.client.(provider.Disputes).PaymentOfCapture(ctx, s.capture.ID)
		}
	}},
	{"payment of a movement", Trace, func(b *bench) (sale, ask) {
		s := b.buys(b.plain)
		return s, func(ctx context.Context) (any, error) {
			return b.client.(provider.Reports).PaymentOf(ctx, s.capture.ID)
		}
	}},
	{"trace", Trace, func(b *bench) (sale, ask) {
		s := b.buys(b.plain)
		return s, func(ctx context.Context) (any, error) {
			return b.bell().Trace(ctx, provider.Ring{Type: "x", Known: true, Capture: s.capture.ID})
		}
	}},
	{"look at a dispute", Dispute, func(b *bench) (sale, ask) {
		s, id := b.disputes(b.plain)
		return s, func(ctx context.Context) (any, error) { return b.client.(provider.Disputes).LookDispute(ctx, id) }
	}},
	{"changed disputes", Disputes, func(b *bench) (sale, ask) {
		s, _ := b.disputes(b.plain)
		return s, func(ctx context.Context) (any, error) {
			ids, _, err := b.client.(provider.Disputes).ChangedDisputes(ctx, start, "")
			return ids, err
		}
	}},
	{"rows", Report, func(b *bench) (sale, ask) {
		s := b.reported()
		return s, func(ctx context.Context) (any, error) {
			return b.client.(provider.Reports).Rows(ctx, start, b.clock.Now(), "")
		}
	}},
	{"balances", Balance, func(b *bench) (sale, ask) {
		s := b.reported()
		return s, func(ctx context.Context) (any, error) {
			return b.client.(provider.Reports).Balances(ctx, b.clock.Now())
		}
	}},
	{"payouts", Payouts, func(b *bench) (sale, ask) {
		s := b.reported()
		return s, func(ctx context.Context) (any, error) {
			list, _, err := b.client.(provider.Payouts).Payouts(ctx, start, b.clock.Now(), "")
			return list, err
		}
	}},
	{"paid out", PaidOut, func(b *bench) (sale, ask) {
		s, id := b.paysOut()
		return s, func(ctx context.Context) (any, error) {
			rows, _, err := b.client.(provider.Payouts).PaidOut(ctx, id, "")
			return rows, err
		}
	}},
}

func (b *bench) opening(p Purchase) (sale, ask) {
	b.opens(b.plain) // and so the client is known
	s := sale{Purchase: p, Order: b.intent(p)}
	return s, func(ctx context.Context) (any, error) { return b.client.CreateOrder(ctx, s.Order) }
}

func (b *bench) looking(s sale) (sale, ask) {
	return s, func(ctx context.Context) (any, error) { return b.client.Look(ctx, s.id) }
}

// awaited is a way to pay in which the buyer is done before the money has come.
func (b *bench) awaited() Purchase {
	b.Helper()
	for _, p := range b.subject.Purchases {
		if p.Awaited {
			return p
		}
	}
	b.Fatal("no way to pay is awaited")
	return Purchase{}
}

// promised is a sale whose buyer is done and whose money is awaited.
func (b *bench) promised() sale {
	b.Helper()
	s := b.opens(b.awaited())
	b.must(b.Pay(s.id, s.Purchase))
	return s
}

// reported is a sale that is in the report.
func (b *bench) reported() sale {
	b.Helper()
	s := b.buys(b.plain)
	b.clock.move(b.subject.ReportedAfter)
	return s
}

// asked are the questions that are put to this provider.
func (s Subject) asked() (list []question) {
	for _, q := range questions {
		if s.Calls[q.call] != "" {
			list = append(list, q)
		}
	}
	return list
}

// told is the state of everything an answer says of a movement of money.
func told(answer any) (states []payment.State) {
	switch got := answer.(type) {
	case payment.Snapshot:
		for _, c := range got.Captures {
			states = append(states, c.State)
		}
		for _, r := range got.Refunds {
			states = append(states, r.State)
		}
	case payment.Refund:
		states = append(states, got.State)
	}
	return states
}
