package handler

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

// refundBody is POST /merchant/payments/{id}/refunds. Without an amount all that
// is left is given back.
type refundBody struct {
	Amount         *refundAmount `json:"amount"`
	Reason         string        `json:"reason"`
	Remark         string        `json:"remark"`
	DespiteDispute bool          `json:"despite_dispute"`
}

type refundAmount struct {
	Currency string `json:"currency"`
	Minor    int64  `json:"minor"`
}

// refundReasons is the closed list of why a merchant gives money back.
var refundReasons = []string{"requested_by_buyer", "not_delivered", "returned", "damaged", "wrong_price", "duplicate", "goodwill", "other"}

// maxRemark is the longest remark, in characters: PayPal's note_to_payer.
const maxRemark = 255

// Refund is POST /merchant/payments/{id}/refunds: 201 when the provider has made
// the refund, 200 for one that a key stands for already, 202 while its outcome is
// not known or not over, 409 and 422 when it cannot be.
func (h Handlers) Refund() HTTP {
	return h.serve("refund", func(ctx context.Context, in request) (answer, error) {
		key := in.header["idempotency-key"]
		if !keyForm.MatchString(key) {
			return answer{}, keyInvalid("Make one per refund and keep it until the refund is known.")
		}
		var body refundBody
		if err := in.decode(&body); err != nil {
			return answer{}, err
		}
		wish, err := body.giveBack(key)
		if err != nil {
			return answer{}, err
		}
		p, id, created, err := h.Checkout.Refund(ctx, in.path["id"], wish)
		var refused *checkout.Error
		if errors.As(err, &refused) && (refused.Kind == checkout.KindRefund || refused.Kind == checkout.KindDisputed) && p.ID != "" {
			return answer{}, refusedRefund(refused, p)
		}
		if err != nil {
			return answer{}, err
		}
		return refunded(p, id, created)
	})
}

func (b refundBody) giveBack(key string) (checkout.GiveBack, error) {
	wish := checkout.GiveBack{Key: key, Reason: b.Reason, Remark: b.Remark, Confirmed: b.DespiteDispute}
	switch {
	case !slices.Contains(refundReasons, b.Reason):
		return wish, badRequest(http.StatusBadRequest, "body-invalid", "The field /reason is one of requested_by_buyer, not_delivered, returned, damaged, wrong_price, duplicate, goodwill, other.")
	case !within(b.Remark, 0, maxRemark) || hasCardNumber(b.Remark):
		return wish, badRequest(http.StatusBadRequest, "body-invalid", "The field /remark is a line of at most 255 characters, without a card number.")
	case b.Amount == nil:
		return wish, nil
	case !currencyForm.MatchString(b.Amount.Currency):
		return wish, badRequest(http.StatusBadRequest, "body-invalid", "The field /amount/currency does not have the form it should have.")
	}
	if b.Amount.Minor < 1 {
		return wish, &checkout.Error{Kind: checkout.KindRefund, Detail: "The field /amount/minor has to be 1 or more; without an amount all that is left is given back."}
	}
	wish.Amount = money.New(b.Amount.Minor, money.Currency(b.Amount.Currency))
	return wish, nil
}

// refunded says what became of a refund.
func refunded(p payment.Payment, id string, created bool) (answer, error) {
	shown := showRefund(p, id)
	out := answer{status: http.StatusOK, body: shown, location: "/merchant/payments/" + p.ID}
	switch shown.State {
	case "refused":
		return answer{}, &fault{status: http.StatusConflict, slug: "refund-not-made", code: shown.Code,
			detail: "The provider refused the refund. Nothing was given back, and the amount is free again."}
	case string(payment.Failed):
		return answer{}, &fault{status: http.StatusConflict, slug: "refund-not-made", code: shown.Code,
			detail: "The provider could not give the money back. Nothing was given back, and the amount is free again."}
	case string(payment.Completed):
		if created {
			out.status = http.StatusCreated
		}
	default:
		out.status, out.retryAfter = http.StatusAccepted, 2*time.Second
	}
	return out, nil
}

func refusedRefund(refused *checkout.Error, p payment.Payment) *fault {
	left := amount(p.Refundable())
	return &fault{status: statuses[refused.Kind], slug: string(refused.Kind), detail: refused.Detail, left: &left}
}

// refundShown is a refund as the merchant sees it: the wish, and what the
// provider made of it.
type refundShown struct {
	ID       string      `json:"id"`
	Payment  string      `json:"payment_id"`
	Amount   amountBody  `json:"amount"`
	State    string      `json:"state"`              // reserved, checking, refused, or the provider's: pending, completed, failed, unclear
	Code     string      `json:"code,omitempty"`     // the provider's, for a refusal or a state
	Reason   string      `json:"reason,omitempty"`   // ours
	Remark   string      `json:"remark,omitempty"`   // what the merchant wrote to the buyer
	Provider string      `json:"provider,omitempty"` // the provider's id
	At       string      `json:"at"`
	Left     *amountBody `json:"left,omitempty"` // what may still be refunded
}

func showRefund(p payment.Payment, id string) refundShown {
	wish, _ := p.Reservation(id)
	left := amount(p.Refundable())
	b := refundShown{ID: id, Payment: p.ID, Amount: amount(wish.Amount), State: "reserved", Reason: wish.Reason,
		Remark: p.Remarks[id], At: stamp(wish.At), Left: &left}
	made, became := p.RefundOf(id)
	switch {
	case became:
		b.State, b.Code, b.Provider = string(made.State), made.Movement.Reason, made.ID
	case !wish.Refused.IsZero():
		b.State, b.Code = "refused", wish.Refusal
	case !wish.Doubt.IsZero():
		b.State, b.Code = "checking", wish.Puzzle
	}
	return b
}
