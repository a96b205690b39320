package providertest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// fault is one way in which a call goes wrong, and the class that the failure has.
type fault struct {
	name  string
	kind  string // the simulators' name
	class provider.Class
	how   func(b *bench) // what the wire does beside it; nil for nothing
	lies  bool           // the answer is about other money, or says what nobody knows
}

// faults are all there are. What may have had its effect is Look; a class is definite
// where the answer proves that nothing has happened.
var faults = []fault{
	{name: "refused by the bank", kind: "decline", class: provider.PayerMustAct},
	{name: "no money to give back", kind: "insufficient-funds", class: provider.RefundRefused},
	{name: "pending", kind: "pending", class: Answered},

	{name: "closed before", kind: "timeout-before", class: provider.Look, how: closes},
	{name: "closed after", kind: "timeout-after", class: provider.Look, how: closes},
	{name: "silent before", kind: "timeout-before", class: provider.Look, how: silent},
	{name: "silent after", kind: "timeout-after", class: provider.Look, how: silent},
	{name: "slow", kind: "slow", class: Answered},
	{name: "502 before", kind: "502-before", class: provider.Look},
	{name: "502 after", kind: "502-after", class: provider.Look},
	{name: "500 before", kind: "500-before", class: provider.Look},
	{name: "500 that is kept", kind: "500-stored", class: provider.Look},
	{name: "500 after", kind: "500-after", class: provider.Look},
	{name: "503", kind: "503", class: provider.Look},

	{name: "empty", kind: "empty-body", class: provider.Look},
	{name: "cut", kind: "cut-body", class: provider.Look},
	{name: "huge", kind: "huge-body", class: provider.Look},
	{name: "wrong shape", kind: "wrong-shape", class: provider.Look},
	{name: "a page", kind: "wrong-shape", class: provider.Look, how: func(b *bench) { b.wire.asPage.Store(true) }},
	{name: "minimal", kind: "minimal", class: Answered},
	{name: "unknown status", kind: "unknown-status", class: Answered, lies: true},
	{name: "status twice", kind: "twice-status", class: provider.Look},
	{name: "another amount", kind: "other-amount", class: provider.Look, lies: true},
	{name: "another currency", kind: "other-currency", class: provider.Look, lies: true},
	{name: "another id", kind: "other-id", class: provider.Look},

	{name: "401", kind: "401", class: provider.MerchantSetup},
	{name: "403", kind: "403", class: provider.MerchantSetup},
	{name: "404", kind: "404", class: Answered}, // absence is an answer: see what it says
	{name: "409", kind: "409", class: provider.Look},
	{name: "429 locked", kind: "429-lock", class: provider.Retry},
	{name: "429", kind: "429", class: provider.Retry},
	{name: "429 bare", kind: "429-bare", class: provider.Retry},
	{name: "308", kind: "308", class: provider.Look},
}

// closes: no connection is used twice, or net/http would ask again by itself.
func closes(b *bench) { b.wire.asFresh.Store(true) }

// silent waits for as long as the client does.
func silent(b *bench) {
	wait := func(ctx context.Context, _ time.Duration) { b.giveUp(); <-ctx.Done() }
	b.wire.waits.Store(&wait)
}

// faultCases are each question with each fault that its call can befall.
func faultCases(s Subject) (cases []testCase) {
	for _, q := range s.asked() {
		for _, f := range faults {
			if s.Fits(f.kind, s.Calls[q.call]) {
				cases = append(cases, testCase{q.name + ", " + f.name, func(b *bench) { b.strikes(q, f) }})
			}
		}
	}
	return cases
}

// strikes asks once under a fault, judges the answer and what has become of the money, and
// asks again.
func (b *bench) strikes(q question, f fault) {
	s, ask := q.put(b)
	before := b.Books(s.Order.Payment)
	b.must(b.Inject(f.kind, b.subject.Calls[q.call]))
	if f.how != nil {
		f.how(b)
	}
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	b.giveUp = cancel
	answer, err := ask(ctx)
	b.wire.restore()
	if b.Waiting() {
		b.Fatal("the fault never struck")
	}
	b.judge(q, f, s, answer, err)
	if class := provider.ClassOf(err); err != nil && class.Definite() && b.Books(s.Order.Payment) != before {
		b.Errorf("%v, and the books went from %+v to %+v", err, before, b.Books(s.Order.Payment))
	}
	switch q.call {
	case Create, Identify, Promise, Prepare:
		b.opensAfter(s, answer, err)
	case Capture:
		b.capturesAfter(s, f)
	case Refund:
		b.refundsAfter(s, ask)
	case Expire, Cancel:
		b.expiresAfter(s, answer, err)
	}
}

// judge holds what was told under a fault against the table.
func (b *bench) judge(q question, f fault, s sale, answer any, err error) {
	b.Helper()
	class := b.subject.expects(q, f)
	switch {
	case err == nil && class == Answered, err == nil && f.lies && class != Answered && !b.passesForOurs(s, answer):
	case err == nil && slices.Contains(b.subject.Heals, q.call):
		if got, ok := answer.(payment.Snapshot); !ok || !got.Fits(s.payment()) || got.Missing {
			b.Errorf("made good by itself, it is %+v", answer)
		}
	case err == nil:
		b.Errorf("it is told as %+v, want the class %q", answer, class)
	case class == Answered:
		b.Errorf("it fails with %v", err)
	default:
		failed := b.fails(err, class)
		if want := map[string]time.Duration{"429": 2 * time.Second}[f.kind]; failed.RetryAfter != want {
			b.Errorf("it is to be tried again after %s, want %s", failed.RetryAfter, want)
		}
	}
	got, ok := answer.(payment.Snapshot)
	if ok && got.Missing && f.kind != "404" && q.call != Control {
		b.Error("an order that is there is told as missing")
	}
	if f.kind == "404" && class == Answered && err == nil && !isAbsence(answer) {
		b.Errorf("what is not known is told as %+v", answer)
	}
	if f.kind != "unknown-status" || err != nil {
		return
	}
	for _, state := range told(answer) {
		if state != payment.Unclear {
			b.Errorf("a status that nobody knows is told as %q", state)
		}
	}
	if ok && got.State != payment.OrderUnknown {
		b.Errorf("a status that nobody knows is told as %q", got.State)
	}
}

// isAbsence reports whether an answer says that there is nothing.
func isAbsence(answer any) bool {
	switch got := answer.(type) {
	case payment.Snapshot:
		return got.Missing
	case string:
		return got == ""
	case []provider.Disputed:
		return len(got) == 0
	}
	return false
}

// expects is the class a question fails with under a fault.
func (s Subject) expects(q question, f fault) provider.Class {
	for _, name := range []string{q.name + ", " + f.name, f.name} {
		if class, departs := s.Departures[name]; departs {
			return class
		}
	}
	return usual(q, f)
}

func usual(q question, f fault) provider.Class {
	switch class := f.class; {
	case f.kind == "404" && !slices.Contains([]Call{Look, Trace, Dispute}, q.call):
		return provider.Look // it may be there all the same
	case f.lies && q.call == Trace:
		return Answered // which payment it is says no amount
	case class == Answered || class == provider.MerchantSetup:
		return class
	case q.call == Identify:
		return provider.Retry // the call behind it was never sent
	case q.call == Control:
		return provider.Look // absence is not proved, and nothing else either
	default:
		return class
	}
}

// passesForOurs reports whether an answer would be taken for one about this sale.
func (b *bench) passesForOurs(s sale, answer any) bool {
	got, ok := answer.(payment.Snapshot)
	return !ok || got.Fits(payment.Payment{ID: s.Order.Payment, Quote: s.Quote})
}

// opensAfter: the same order is had by asking again, and is paid once.
func (b *bench) opensAfter(s sale, answer any, err error) {
	b.Helper()
	s.opened = b.create(s.Order)
	if told, ok := answer.(payment.Snapshot); ok && err == nil && told.Order != s.opened.Order {
		b.Errorf("the buyer was sent to %s, and we keep %s", told.Approve, told.Order)
	}
	if again := b.create(s.Order); again.Order != s.opened.Order || s.opened.Approve == "" || again.Approve != s.opened.Approve {
		b.Errorf("opened %s and then %s for one intent", s.opened.Order, again.Order)
	}
	s.id = s.opened.Order
	b.must(b.Pay(s.id, s.Purchase))
	_, err = b.takes(s)
	b.must(err)
	if s.Awaited {
		b.must(b.Conclude(s.id, true))
	}
	b.paidOnce(s)
}

// capturesAfter: a look tells what the fault has hidden, and whoever captures again takes
// nothing twice.
func (b *bench) capturesAfter(s sale, f fault) {
	b.Helper()
	b.isTold(s)
	if f.kind == "decline" {
		b.must(b.Pay(s.id, s.Purchase)) // with other means, and so it is another intent
		_, err := b.client.Capture(b.Context(), s.captures(1))
		b.must(err)
	} else if _, err := b.takes(s); err != nil {
		b.fails(err, provider.Look)
	}
	if f.kind == "pending" {
		b.must(b.Conclude(s.id, true))
	}
	b.captured(s, payment.Completed)
	b.paidOnce(s)
}

// refundsAfter: the same of a refund. What the provider has kept under its id stays so.
func (b *bench) refundsAfter(s sale, again ask) {
	b.Helper()
	b.isTold(s)
	before := b.Books(s.Order.Payment)
	if _, err := again(b.Context()); err != nil {
		b.fails(err, provider.Look, provider.RefundRefused)
		if b.Books(s.Order.Payment) != before {
			b.Errorf("%v, and the books went from %+v to %+v", err, before, b.Books(s.Order.Payment))
		}
	}
	if given := b.Books(s.Order.Payment); given.Refunds > 1 || given.Given.Minor > s.half() {
		b.Errorf("given back twice: %+v", given)
	}
	b.isTold(s)
}

// expiresAfter: what was told as dead is, and what was not can still be ended.
func (b *bench) expiresAfter(s sale, answer any, err error) {
	b.Helper()
	if got, ok := answer.(payment.Snapshot); err != nil || !ok || !payment.MaySwitch(payment.Observe(s.payment(), got)) {
		_, err := b.client.(provider.Expirer).Expire(b.Context(), s.id)
		b.must(err)
	}
	if err := b.Pay(s.id, s.Purchase); err == nil {
		b.Error("it is dead, and the buyer pays")
	}
	if s.Awaited {
		b.must(b.Conclude(s.id, true))
	}
	b.stands(s, 0, 0, 0, 0)
}

// isTold holds what a look finds against the books.
func (b *bench) isTold(s sale) {
	b.Helper()
	got, books := b.look(s.id), b.Books(s.Order.Payment)
	taken, given, refunds := int64(0), int64(0), 0
	for _, c := range got.Captures {
		if c.State.Done() {
			taken += c.Amount.Minor
		}
	}
	for _, r := range got.Refunds {
		if r.State != payment.Failed {
			given, refunds = given+r.Amount.Minor, refunds+1
		}
	}
	if taken != books.Taken.Minor || given != books.Given.Minor || refunds != books.Refunds {
		b.Errorf("a look tells of %d taken and %d given back by %d refunds, the books of %+v", taken, given, refunds, books)
	}
}

// knobs holds that nothing a simulator can do wrong is left out, and that no departure
// stands here that is not needed.
func knobs(t *testing.T, s Subject) {
	used, departs := map[string]bool{}, map[string]bool{}
	for _, q := range s.asked() {
		for _, f := range faults {
			if !s.Fits(f.kind, s.Calls[q.call]) {
				continue
			}
			used[f.kind] = true
			for _, name := range []string{q.name + ", " + f.name, f.name} {
				if class, found := s.Departures[name]; found && class != usual(q, f) {
					departs[name] = true
				}
			}
		}
	}
	for _, kind := range s.Kinds {
		if !used[kind] {
			t.Errorf("the contract never injects %s", kind)
		}
	}
	for name := range s.Departures {
		if !departs[name] {
			t.Errorf("the departure %q is none", name)
		}
	}
	for call, name := range s.Calls {
		if call == Certificate || call == Verify {
			continue // Deliveries asks them
		}
		if !slices.ContainsFunc(questions, func(q question) bool { return q.call == call }) {
			t.Errorf("no question is asked by the call %s (%s)", call, name)
		}
	}
}
