package paypal

import "testing"

// Every kind of fault on a refund: what the client sees, whether the money is
// given back all the same, and that the same id finishes the job once.
func TestEveryKindOnARefund(t *testing.T) {
	fitting := 0
	for _, kind := range Kinds() {
		if !kind.Fits(CallRefund) {
			continue
		}
		fitting++
		t.Run(string(kind), func(t *testing.T) {
			b := newKeptBench(t)
			_, k := b.paid("p1")
			b.must(b.sim.Inject(Fault{Kind: kind, Call: CallRefund}))
			g := b.refund(k, "r1", euros("20.00"))
			want := captureFaults[kind]
			if kind == InsufficientFunds {
				want.status, want.charged = 422, false
				b.want("issue", g.issues(), "REFUND_FAILED_INSUFFICIENT_FUNDS")
			}
			b.want("status", g.status, want.status)
			b.restart()
			b.want("given back", len(b.sim.Books().Refunds) == 1, want.charged)
			switch kind {
			case Pending:
				b.want("state", b.sim.Books().Refunds[0].State, "PENDING")
			case Minimal:
				b.want("members", len(g.body), 3)
			case UnknownStatus:
				b.want("status", g.body["status"], "SOMETHING_NEW")
			case OtherAmount:
				b.want("amount", at(g.body, "amount", "value"), "20.01")
				b.want("gross", at(g.body, "seller_payable_breakdown", "gross_amount", "value"), "20.01")
			case OtherCurrency:
				b.want("currency", at(g.body, "amount", "currency_code"), "USD")
			case OtherID:
				b.want("id", g.body["id"] != b.sim.Books().Refunds[0].ID, true)
			}
			status := 201
			if want.charged {
				status = 200
				b.want("amount in the books", b.sim.Books().Refunds[0].Amount, int64(2000))
			}
			b.want("again", b.refund(k, "r1", euros("20.00")).status, status)
			b.want("refunds", len(b.sim.Books().Refunds), 1)
			b.balanced()
		})
	}
	if fitting < 20 {
		t.Errorf("only %d kinds fit a refund", fitting)
	}
}

// The faults fit where they make sense, and nowhere else.
func TestFaultsOfTheOtherCalls(t *testing.T) {
	for _, c := range []struct {
		kind Kind
		call CallName
		fits bool
	}{
		{InsufficientFunds, CallCapture, false}, {Decline, CallRefund, false}, {Missing, CallRefund, false},
		{Missing, CallDispute, true}, {Missing, CallCert, true}, {TokenDropped, CallCert, false},
		{InProgress, CallRefund, true}, {HugeBody, CallCert, true}, {BadGatewayBefore, CallVerify, true},
		{OtherAmount, CallDispute, false}, {UnknownStatus, CallDispute, true},
	} {
		if c.kind.Fits(c.call) != c.fits {
			t.Errorf("%s on %s: fits %t", c.kind, c.call, !c.fits)
		}
	}
	b := newBench(t)
	for _, c := range []struct {
		call         CallName
		method, path string
	}{
		{CallDispute, "GET", disputePath}, {CallCert, "GET", certPath}, {CallVerify, "POST", verifyPath}, {CallControl, "GET", controlPath},
	} {
		b.must(b.sim.Inject(Fault{Kind: BadGatewayBefore, Call: c.call}))
		b.want(c.path, b.do(c.method, c.path, "{}").status, 502)
		call := b.sim.Calls()[len(b.sim.Calls())-1]
		b.want("name", call.Name, c.call)
	}
}
