package checkout

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// putHours puts the rows of some hours of a day onto their payments, each payment's in
// one write, keeps one by one what only a person can judge, names the payments of which
// money moved, and counts the rows: as ours those that stand on a payment, so that the
// books and the payments tell the same.
func (r *reportRun) putHours(ctx context.Context, d *reading, hours map[string]bool) error {
	r.learn(d.rows)
	owned := map[string][]settlement.Row{}
	var order []string
	for _, row := range d.rows {
		if !hours[settlement.HourOf(row)] {
			continue
		}
		id, err := r.owner(ctx, row)
		if err != nil {
			return err
		}
		if reason := r.words().Odd(row); reason != "" {
			if err := r.keepRow(ctx, d.Day, id, row, reason); err != nil {
				return err
			}
		}
		if owned[id] == nil {
			order = append(order, id)
		}
		owned[id] = append(owned[id], row)
	}
	moved := map[string][]string{}
	for _, id := range order {
		p, err := r.putOwned(ctx, d.Day, id, owned[id])
		if err != nil {
			return err
		}
		if err := d.count(r.words(), owned[id], p); err != nil {
			return err
		}
		addMoved(moved, p, owned[id])
	}
	return r.noteMoved(ctx, moved)
}

// putOwned puts rows onto their payment; it is nil where there is none to put them on.
func (r *reportRun) putOwned(ctx context.Context, day, id string, rows []settlement.Row) (*payment.Payment, error) {
	if id == "" {
		return nil, nil
	}
	if r.left(ctx) < lookTime {
		return nil, errShort
	}
	p, err := r.putRows(ctx, day, id, rows)
	if err != nil && KindOf(err) == KindInternal {
		// Trying again would not help, and the others have to go on.
		r.Log.Error("settlement: a payment could not be handled", "payment", id, "error", err)
		return nil, r.keepRows(ctx, day, id, rows, settlement.ReasonPayment)
	}
	return p, err
}

// count counts rows in the hours they belong to, as those of a payment or as foreign.
func (d *reading) count(w settlement.Words, rows []settlement.Row, p *payment.Payment) error {
	for _, row := range rows {
		hour := settlement.HourOf(row)
		if _, begun := d.Hours[hour]; !begun {
			d.Hours[hour] = settlement.NewHour()
		}
		var err error
		if _, ok := w.Entry(row); ok && p != nil {
			err = d.Hours[hour].AddOurs(row, *p)
		} else {
			err = d.Hours[hour].Add(row)
		}
		if err != nil {
			return &Error{Kind: KindInternal, Err: err}
		}
	}
	return nil
}

// learn notes whose the sales are that name their payment, so that what refers to one
// of them on the same day needs no question.
func (r *reportRun) learn(rows []settlement.Row) {
	for _, row := range rows {
		if code, _ := r.words().Means(row.Code); code.Kind == payment.EntrySale && row.ID != "" {
			r.owners[row.ID], _ = r.words().Owner(row)
		}
	}
}

// owner is the payment that a row belongs to; "" for a foreign one.
func (r *reportRun) owner(ctx context.Context, row settlement.Row) (string, error) {
	id, ask := r.words().Owner(row)
	if id != "" || ask == "" {
		return id, nil
	}
	if id, known := r.owners[ask]; known {
		return id, nil
	}
	if r.left(ctx) < lookTime {
		return "", errShort
	}
	call, cancel := r.spend(ctx, 3*lookTime) // capture, refund, capture
	defer cancel()
	id, err := r.desk.PaymentOf(call, ask)
	if err != nil {
		return "", orderFailed(err)
	}
	r.owners[ask] = payment.IDIn(id)
	return r.owners[ask], nil
}

// putRows puts rows onto their payment, in one write. Where they tell of something
// that the payment may not know, its orders are looked at first: a refund that was
// made in the dashboard, a second charge, money that was taken back.
//
// It is nil where there is no such payment: its rows are kept one by one.
func (r *reportRun) putRows(ctx context.Context, day, id string, rows []settlement.Row) (*payment.Payment, error) {
	var entries []payment.Entry
	for _, row := range rows {
		if e, ok := r.words().Entry(row); ok {
			entries = append(entries, e)
		}
	}
	for range rounds {
		held, err := r.load(ctx, id)
		if KindOf(err) == KindNotFound {
			return nil, r.keepRows(ctx, day, id, rows, settlement.ReasonNoPayment)
		}
		if err != nil {
			return nil, err
		}
		p := held.payment
		for i := range entries {
			entries[i].Provider = p.Elsewhere(r.provider)
		}
		if p.Unexplained(entries...) {
			if p, err = r.lookAtAll(ctx, p); err != nil {
				return nil, err
			}
		}
		saved, err := r.save(ctx, held, payment.ObserveRows(p, entries...), false)
		if err == nil {
			r.done.Rows += len(entries)
		}
		switch {
		case err == nil:
			return &saved.payment, nil
		case !errors.Is(err, store.ErrConflict):
			return nil, err
		}
	}
	return nil, storeFailed(store.ErrConflict)
}

// lookAtAll asks for every order of the payment that this provider has. One that it
// cannot be asked for for good does not keep the rows out of the payment: what they
// tell and no look has found is then for a person.
func (r *reportRun) lookAtAll(ctx context.Context, p payment.Payment) (payment.Payment, error) {
	for _, a := range p.Attempts {
		if a.Provider != r.provider {
			continue
		}
		looked, err := r.look(ctx, p, a.Number)
		if err != nil && KindOf(orderFailed(err)) == KindProviderDown {
			return p, orderFailed(err)
		}
		if err == nil {
			p = looked
		}
	}
	return p, nil
}

func (r *reportRun) keepRows(ctx context.Context, day, id string, rows []settlement.Row, reason settlement.Reason) error {
	for _, row := range rows {
		if err := r.keepRow(ctx, day, id, row, reason); err != nil {
			return err
		}
	}
	return nil
}

// UnmatchedRow is a row of a provider's account that is kept by itself, with the
// reason why.
type UnmatchedRow struct {
	Provider  string            `json:"provider"`
	Reason    settlement.Reason `json:"reason"`
	Payment   string            `json:"payment,omitempty"`
	ID        string            `json:"id,omitempty"`
	Code      string            `json:"code,omitempty"`
	Status    settlement.Status `json:"status,omitempty"`
	Amount    string            `json:"amount,omitempty"`
	Fee       string            `json:"fee,omitempty"`
	Reference string            `json:"reference,omitempty"`
	Fault     string            `json:"fault,omitempty"`
	Initiated time.Time         `json:"initiated"`
	Updated   time.Time         `json:"updated"`
	At        time.Time         `json:"at"`
}

// keepRow keeps a row, once. It stays for good: it is about money.
func (r *reportRun) keepRow(ctx context.Context, day, id string, row settlement.Row, reason settlement.Reason) error {
	document, err := json.Marshal(UnmatchedRow{
		Provider: r.provider, Reason: reason, Payment: id, ID: row.ID, Code: row.Code, Status: row.Status,
		Amount: row.Amount.String(), Fee: row.Fee.String(), Reference: row.Reference, Fault: row.Fault,
		Initiated: row.Initiated, Updated: row.Updated, At: r.now,
	})
	if err != nil {
		return &Error{Kind: KindInternal, Err: err}
	}
	// What changes about it makes another row of it.
	name := cmp.Or(row.ID, "-") + "/" + row.Code + "/" + row.Digest()
	err = r.write(ctx, store.Put{After: store.Item{
		Key: store.UnmatchedRowKey(r.provider, day, name), WriteID: r.WriteID(), Document: document,
	}})
	if errors.Is(err, store.ErrConflict) {
		return nil // it stands there
	}
	if err != nil {
		return storeFailed(err)
	}
	r.done.Unmatched++
	r.Log.Warn("a row of the account waits for a person", "provider", r.provider, "row", row.Key(), "reason", reason, "payment", id)
	return nil
}
