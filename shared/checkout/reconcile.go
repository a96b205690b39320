package checkout

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/method"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// aim is what a reconcile is for.
type aim struct {
	asked    bool // the buyer asks for the capture
	told     bool // there is said to be something new, even where nothing is owed any more
	lookOnly bool // take nothing: the buyer wants another way to pay
	refunds  bool // send what is reserved: the refund function and the sweep alone
}

// rounds is how often a reconcile starts over because another one came first.
// Each of them did the same work, so the second round usually finds it done.
const rounds = 4

// visit is what one reconcile knows and does beside the payment.
type visit struct {
	payment.Visit
	aim
	intends int // the attempt whose capture is in the table before it is sent
	made    tries
}

func (goal aim) visit() *visit {
	return &visit{aim: goal, Visit: payment.Visit{
		Looked: map[int]bool{}, Unasked: map[int]bool{}, Asked: goal.asked, Told: goal.told, Refunds: goal.refunds, Sent: map[string]bool{}, Ended: map[int]bool{},
	}}
}

// reconcile asks the provider what is true of the payment, does the step that is
// still owed, and saves. The error tells that the provider could not be asked
// (KindProviderDown, KindSetup) or the store not be written; the record is then
// what is known, and its due stands in the table.
func (s *Service) reconcile(ctx context.Context, r record, goal aim) (record, error) {
	v := goal.visit()
	for range rounds + 1 { // and one for a capture that is written down first
		intended := v.intends
		p, asking := s.advance(ctx, r.payment, v)
		saved, err := s.save(ctx, r, p, asking != nil)
		switch {
		case err == nil && v.intends != intended && asking == nil:
			r = saved // and now the capture
			continue
		case err == nil:
			s.tally(ctx, p, v.made)
			return saved, asking
		case !errors.Is(err, store.ErrConflict):
			return r, err
		}
		// What the provider said was said of a version that is gone: ask again.
		if r, err = s.load(ctx, r.payment.ID); err != nil {
			return r, err
		}
		v = goal.visit()
	}
	return r, storeFailed(store.ErrConflict)
}

// rivals reports whether this shop offers a way to pay by which the provider takes the
// money by itself: a buyer who turns to it can pay while a capture is on its way.
func (s *Service) rivals() bool {
	return slices.ContainsFunc(s.Methods, func(m method.Method) bool { return m.SelfCompleting && s.providers[m.Provider] != nil })
}

// advance takes the steps the payment owes until none is left that can be taken
// now. It writes nothing. A provider that cannot be asked, or that the shop has left, does
// not keep what another one knows from being known: its error comes last.
func (s *Service) advance(ctx context.Context, p payment.Payment, v *visit) (payment.Payment, error) {
	var unasked error
	// One look at each attempt and one end, one capture, each refund once, and the
	// question that ends it.
	for range 2*len(p.Attempts) + len(p.Reservations) + 2 {
		step := payment.Next(p, v.Visit)
		switch {
		case step.Do == payment.ActionLook:
			looked, err := s.look(ctx, p, step.Attempt)
			if err != nil {
				unasked, v.Unasked[step.Attempt] = cmp.Or(unasked, orderFailed(err)), true
				continue
			}
			p, v.Looked[step.Attempt] = looked, true
		case step.Do == payment.ActionEnd:
			v.Ended[step.Attempt] = true
			ended, err := s.end(ctx, p, step.Attempt)
			if err != nil {
				return p, err
			}
			p = ended
		case step.Do == payment.ActionCapture && !v.lookOnly && s.left(ctx) >= captureTime:
			if v.intends != step.Attempt && s.rivals() {
				v.intends = step.Attempt
				return p.Intend(step.Attempt, s.now()), nil
			}
			var told bool
			if p, told = s.capture(ctx, p, step.Attempt, &v.made); !told {
				return p, nil
			}
			v.Asked = false // one wish, one try
		case step.Do == payment.ActionRefund && s.left(ctx) >= captureTime:
			v.Sent[step.Refund] = true
			p = s.sendRefund(ctx, p, step.Refund)
		default:
			return p, unasked
		}
	}
	return p, unasked
}

// look asks for one attempt's order and merges the answer.
func (s *Service) look(ctx context.Context, p payment.Payment, n int) (payment.Payment, error) {
	a, _ := p.Attempt(n)
	from, ok := s.providers[a.Provider]
	if !ok {
		return p, &provider.Error{Class: provider.MerchantSetup, Code: "PROVIDER_NOT_CONFIGURED"}
	}
	ctx, cancel := s.spend(ctx, lookTime)
	defer cancel()
	snapshot, err := from.Look(ctx, a.Order)
	if err != nil {
		s.Log.Warn("look failed", "payment", p.ID, "attempt", n, "class", provider.ClassOf(err), "error", err)
		return p, err
	}
	return payment.Observe(p, snapshot), nil
}

// capture takes the money of an approved attempt. told is false where the answer
// did not tell what happened, or nothing happened that trying on would mend: the
// payment then says so, and its due finds it. What was sent is added to made.
func (s *Service) capture(ctx context.Context, p payment.Payment, n int, made *tries) (result payment.Payment, told bool) {
	a, _ := p.Attempt(n)
	intent := a.Refusals
	// A capture that has begun is given all there is, the reserve apart.
	call, cancel := s.spend(ctx, time.Hour)
	defer cancel()
	snapshot, err := s.providers[a.Provider].Capture(call, provider.Capture{Order: a.Order, RequestID: p.CaptureRequest(n)})
	made.sent++
	if err == nil {
		taken := payment.Observe(p, snapshot)
		made.declined += taken.Declines() - p.Declines()
		return taken, true
	}
	class, code := provider.ClassOf(err), codeOf(err)
	s.Log.Warn("capture failed", "payment", p.ID, "attempt", n, "intent", intent, "class", class, "code", code, "error", err)
	if class.Definite() && class != provider.Retry {
		// How the order stands after the refusal is what a new approval is told
		// from. Where the look fails, the refusal is as definite without it.
		p, _ = s.look(ctx, p, n)
		if class == provider.Declined || class == provider.PayerMustAct {
			made.declined++
		}
		return p.Refuse(n, intent, code, class == provider.Declined, s.now()), true
	}
	return s.lookAfter(ctx, p, n, class, code), false
}

// lookAfter follows a capture that told nothing: one look after about a second,
// and what that does not settle is unknown, never failed.
func (s *Service) lookAfter(ctx context.Context, p payment.Payment, n int, class provider.Class, code string) payment.Payment {
	if class != provider.Retry {
		if class != provider.Review {
			code = ""
		}
		p = p.Wonder(n, code, s.now())
	}
	if s.left(ctx) < again+lookTime {
		return p
	}
	s.Clock.Sleep(ctx, again)
	looked, err := s.look(ctx, p, n)
	if err != nil {
		return p
	}
	return looked
}

func codeOf(err error) string {
	var failed *provider.Error
	if errors.As(err, &failed) {
		return failed.Code
	}
	return ""
}
