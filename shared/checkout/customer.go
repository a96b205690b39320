package checkout

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// customerClaims is the payload of the JWS by which the shop's server vouches for the
// customer who is signed in, and all of it.
type customerClaims struct {
	Audience audience `json:"aud"` // the stack's name
	Subject  string   `json:"sub"` // what the shop calls the customer: 1 to 255 bytes, always the same
	Issued   int64    `json:"iat"` // Unix seconds
	Expires  int64    `json:"exp"` // Unix seconds, at most customerTokenLife after Issued
}

const (
	// customerTokenLife is the longest a customer token may be good for: a page asks its
	// shop for another one, and one that was stolen is soon worth nothing.
	customerTokenLife = 15 * time.Minute

	// maxSubject is the longest name of a customer, in bytes.
	maxSubject = 255

	// customerPage is how many payments one page of a customer's has. Each is read by
	// itself, and all of them must come within one request.
	customerPage = 20
)

// customerOf is the customer whom a token names, as a keyed hash. Errors: KindCustomer and
// those of secrets.
func (s *Service) customerOf(ctx context.Context, token string) (customer string, fault error) {
	_, err := s.fitting(ctx, func(k *Secrets) bool {
		customer, fault = s.openCustomer(token, k)
		return len(k.Customers) > 0 && !errors.Is(fault, jwt.ErrTokenSignatureInvalid)
	})
	return customer, cmp.Or(err, fault)
}

// openCustomer is customerOf with these secrets. Errors: KindCustomer.
func (s *Service) openCustomer(token string, k *Secrets) (string, error) {
	if len(k.Customers) == 0 {
		return "", refuse(KindCustomer, "This shop takes no customer tokens.")
	}
	if token == "" {
		return "", refuse(KindCustomer, "Send the header Customer-Token, signed by the shop's server.")
	}
	text, err := s.unseal(token, k.Customers)
	if err != nil {
		return "", unsealed(KindCustomer, "customer token", err)
	}
	var claims customerClaims
	if slips := readStrict(text, &claims); len(slips) > 0 {
		return "", customerFault("The customer token's claims cannot be taken. "+slips[0].String()+".", slips[0].what)
	}
	if err := claims.check(s.now()); err != nil {
		return "", err
	}
	return k.customer(claims.Subject), nil
}

// check holds the claims against their own rules; that the token is not from the future
// was checked with its signature. Errors: KindCustomer.
func (c customerClaims) check(now time.Time) error {
	switch life := c.Expires - c.Issued; {
	case !plain(c.Subject, maxSubject):
		return customerFault("The customer token's claim sub is missing or does not have the form it should have.", "sub")
	case c.Issued < 1 || c.Issued > lastSecond || c.Expires < 1 || c.Expires > lastSecond:
		return customerFault("The customer token needs the claims iat and exp, in seconds since 1970.", "times")
	case life < 1 || life > int64(customerTokenLife/time.Second):
		return customerFault("A customer token is good for 15 minutes at most: exp is that far behind iat.", "life")
	case now.Unix() >= c.Expires:
		return customerFault("The customer token has expired; ask the shop's server for another one.", "expired")
	}
	return nil
}

func customerFault(detail, cause string) error {
	return &Error{Kind: KindCustomer, Detail: detail, Err: errors.New("customer token: " + cause)}
}

// customer is what a customer is called in the table. Its key outlives the secrets that
// tokens are signed with, so that a customer's list survives their rotation; without the
// key nobody can try names until one fits.
func (k *Secrets) customer(subject string) string {
	mac := hmac.New(sha256.New, k.CustomerKey)
	mac.Write([]byte("customer\n" + subject))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:12])
}

// CustomerPayments is one page of the payments of the customer whom a token names, newest
// first: all those that were opened with a token of that customer's and for which money
// has moved, whatever became of it. cursor is next of the page before, empty for the first;
// a page may be shorter than others before the last one, which has an empty next.
//
// The list only names payments: each is read by itself, consistently, and shown only if it
// says itself whose it is.
//
// Errors: KindCustomer, KindCursor, those of secrets and of storeFailed.
func (s *Service) CustomerPayments(ctx context.Context, token, cursor string) (payments []payment.Payment, next string, err error) {
	customer, err := s.customerOf(ctx, token)
	if err != nil {
		return nil, "", err
	}
	list := store.CustomerKey(customer, time.Time{}, "").Partition
	page, err := s.Store.Query(ctx, store.Query{Partition: list, Limit: customerPage, Cursor: cursor})
	if errors.Is(err, store.ErrInvalid) {
		return nil, "", &Error{Kind: KindCursor, Err: err,
			Detail: "The cursor does not belong to this list: take it from the page before, or leave it out."}
	}
	if err != nil {
		return nil, "", storeFailed(err)
	}
	for _, item := range page.Items {
		var named listing
		if err := json.Unmarshal(item.Document, &named); err != nil {
			return nil, "", &Error{Kind: KindInternal, Err: err}
		}
		r, err := s.load(ctx, named.Payment)
		switch {
		case KindOf(err) == KindNotFound:
			continue // its write is still to come
		case err != nil:
			return nil, "", err
		case r.payment.Customer == customer:
			payments = append(payments, r.payment)
		}
	}
	return payments, page.Next, nil
}

// OwnPayment is a payment of the customer whom a token names, as the table has it.
// Somebody else's and one that is not there are one and the same answer. Errors:
// KindCustomer, KindNotFound, those of secrets and of storeFailed.
func (s *Service) OwnPayment(ctx context.Context, id, token string) (payment.Payment, error) {
	customer, err := s.customerOf(ctx, token)
	if err != nil {
		return payment.Payment{}, err
	}
	if !IsPaymentID(id) {
		return payment.Payment{}, &Error{Kind: KindNotFound}
	}
	r, err := s.load(ctx, id)
	if err == nil && r.payment.Customer != customer {
		return payment.Payment{}, &Error{Kind: KindNotFound}
	}
	return r.payment, err
}

// listing is a row of a customer's list.
type listing struct {
	Payment string `json:"payment"`
}

// list has the customer's list name a payment that it owes to, before the payment is
// written: whoever dies in between leaves a row whose payment is about to follow, since
// its due still stands, and never a payment that no list will name. A list that cannot be
// written keeps no write about money from being made: the payment then still owes it, and
// is not final until it is named.
func (s *Service) list(ctx context.Context, p payment.Payment) payment.Payment {
	if !p.OwesListing() {
		return p
	}
	document, _ := json.Marshal(listing{p.ID}) // a text always marshals
	err := s.write(ctx, store.Put{After: store.Item{
		Key: store.CustomerKey(p.Customer, p.Created, p.ID), WriteID: s.WriteID(), Document: document,
	}})
	if err != nil && !errors.Is(err, store.ErrConflict) { // there already: by whoever died
		s.Log.Warn("a payment is in no customer's list yet", "payment", p.ID, "error", err)
		return p
	}
	return p.Listed()
}
