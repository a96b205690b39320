package tests

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/handler"
	"github.com/serverless-checkout/serverless-checkout/shared/setup"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// roles are the handlers, each with the name of its function of the template in the
// context of all that it calls.
type roles struct{ handler.Handlers }

func (r roles) CreatePayment() handler.HTTP {
	return inRole("CreatePaymentFunction", r.Handlers.CreatePayment())
}
func (r roles) CapturePayment() handler.HTTP {
	return inRole("CapturePaymentFunction", r.Handlers.CapturePayment())
}
func (r roles) GetPayment() handler.HTTP {
	return inRole("GetPaymentFunction", r.Handlers.GetPayment())
}
func (r roles) Receipt() handler.HTTP {
	return inRole("GetPaymentFunction", r.Handlers.Receipt())
}
func (r roles) CustomerPayments() handler.HTTP {
	return inRole("CustomerPaymentsFunction", r.Handlers.CustomerPayments())
}
func (r roles) PaymentMethods() handler.HTTP {
	return inRole("PaymentMethodsFunction", r.Handlers.PaymentMethods())
}
func (r roles) NewAttempt() handler.HTTP {
	return inRole("NewAttemptFunction", r.Handlers.NewAttempt())
}
func (r roles) Webhook() handler.HTTP { return inRole("WebhookFunction", r.Handlers.Webhook()) }
func (r roles) Refund() handler.HTTP  { return inRole("RefundFunction", r.Handlers.Refund()) }
func (r roles) MerchantPayments() handler.HTTP {
	return inRole("MerchantPaymentsFunction", r.Handlers.MerchantPayments())
}
func (r roles) MerchantSettlements() handler.HTTP {
	return inRole("MerchantSettlementsFunction", r.Handlers.MerchantSettlements())
}
func (r roles) Review() handler.HTTP    { return inRole("ReviewFunction", r.Handlers.Review()) }
func (r roles) PriceList() handler.HTTP { return inRole("PriceListFunction", r.Handlers.PriceList()) }
func (r roles) Sweep() func(context.Context, json.RawMessage) (checkout.Swept, error) {
	return inRole("SweepFunction", r.Handlers.Sweep())
}
func (r roles) Settlement() func(context.Context, json.RawMessage) (checkout.Settlement, error) {
	return inRole("SettlementFunction", r.Handlers.Settlement())
}

type roleKey struct{}

func inRole[E, A any](function string, f func(context.Context, E) (A, error)) func(context.Context, E) (A, error) {
	return func(ctx context.Context, event E) (A, error) {
		return f(context.WithValue(ctx, roleKey{}, function), event)
	}
}

// roleOf is the function that a call belongs to; "" is a test's own hand.
func roleOf(ctx context.Context) string {
	function, _ := ctx.Value(roleKey{}).(string)
	return function
}

// granted are the rights of every function, as template.yaml gives them.
var granted = struct {
	sync.Once
	rights map[string]map[string]bool
}{}

// policy holds a call against what the policy of its function grants, as AWS would, in
// every world: what a function may not do fails the test that lets it try.
type policy struct{ t *testing.T }

func policyOf(t *testing.T) policy {
	t.Helper()
	granted.Do(func() {
		template := readTemplate(t)
		granted.rights = map[string]map[string]bool{}
		for _, id := range namesOf(valueAt(template, "Resources")) {
			if valueAt(template, "Resources", id, "Type") == "AWS::Serverless::Function" {
				granted.rights[id] = grants(t, template, id)
			}
		}
	})
	return policy{t}
}

func (p policy) allows(ctx context.Context, right string) error {
	function := roleOf(ctx)
	if function == "" || granted.rights[function][right] {
		return nil
	}
	p.t.Errorf("%s takes %s, and may not", function, right)
	return fmt.Errorf("AccessDeniedException: %s: %s", function, right)
}

// table is a store that grants each function what its policy does.
func (p policy) table(s store.Store) store.Store {
	return tally{s, func(ctx context.Context, right string) { _ = p.allows(ctx, right) }}
}

// secrets is a source that only those can read whose policy has the secret.
func (p policy) secrets(s setup.SecretSource) setup.SecretSource {
	return func(ctx context.Context, refused *setup.Secrets) (*setup.Secrets, error) {
		if err := p.allows(ctx, readSecret); err != nil {
			return nil, err
		}
		return s(ctx, refused)
	}
}
