// Package stripe is a simulated Stripe: the part of its API that a shop needs to be
// paid on Stripe's own page and to give money back, with the state, the money and the
// bad days of the real one. Nothing in it moves real money. Its state ends with the
// process, or with [Config].File lives on in a file: see [Open].
//
// It imports nothing of this project but what simulators share. A client and a
// simulator that shared a money type or a table of codes would share their misreadings
// too; so every rule below is read anew from Stripe's own documents: the API reference
// and guides on docs.stripe.com, and its OpenAPI file as
// github.com/stripe/stripe-mock v0.203.0 has it (2026-08-26.dahlia).
//
// # What it imitates
//
//   - POST /v1/checkout/sessions in mode payment with one way to pay: card, alipay,
//     wechat_pay, samsung_pay, customer_balance (bank transfers), crypto, ideal,
//     bancontact, blik, eps or p24; GET of a session, and its end (expire). A session lives 24 hours.
//   - The page a buyer pays on, at /c/pay: Visa, Mastercard, UnionPay, Apple Pay,
//     Google Pay, 3-D Secure passed and failed, whose outcome is on the charge, declines
//     after which the session stays open, ways that take their time, and going back to
//     the shop, which changes nothing.
//   - PaymentIntents and charges behind a session, and the cancelling of one whose money
//     is only promised.
//   - Bank transfers: an account of the customer's own and a reference, in the
//     PaymentIntent and on a page; the money comes later, in part or too much; what paid
//     nothing stays the customer's cash.
//   - POST /v1/refunds in part and in full, pending, succeeded, failed before and after
//     it had succeeded, and made in the dashboard; lists of them.
//   - Disputes: inquiries, chargebacks with their fee, answered in the dashboard, won and
//     lost; a charge refunded during an inquiry, after which nothing is withdrawn; events of
//     the last 30 days (GET /v1/events).
//   - Its own books: a balance transaction for every movement, with fee, net,
//     available_on and conversion; the balance, available and pending, after as many days
//     as are asked for; payouts of every midnight, with the rows they are made of, and by
//     hand.
//   - Idempotency keys: status and body of the first answer for 24 hours, 500 included,
//     with Idempotent-Replayed; the same key with other parameters is 400; a second
//     call while the first runs is 409; what failed validation is not kept.
//   - Signed webhooks, each try signed anew, by as many secrets as there are; tried
//     again for three days, by itself or when asked; lost, doubled, late and out of order
//     on request.
//   - A Stripe that outlives the shop: with a file, whatever a call has done is on disk
//     before it is answered, and also when it never is.
//   - Faults on request or by chance, all drawn from one seed: see [Kind].
//
// # Where it is stricter than Stripe, on purpose
//
//   - A parameter that is not imitated is parameter_unknown, documented or not; so is
//     nothing silently ignored. An empty one and one that is there twice are refused.
//   - A request has to pin an API version with a release train, and a POST the form's
//     content type.
//   - A key is forgotten at 24 hours: Stripe promises no more.
//   - A currency is in small letters. Bank transfers need a customer and the kind of
//     transfer that fits the currency.
//   - A PaymentIntent of an open session cannot be cancelled; the session has to expire.
//   - A pending refund counts as given back until it fails.
//   - A charge whose money a dispute has taken is not refunded, however that ended.
//
// # What it does not know
//
// Other modes than payment, saved cards and setup, manual capture, coupons, taxes,
// shipping rates, adaptive pricing, Connect, thin events, search, the answering of
// disputes by call, disputes that end by themselves, evidence, rate limits of its own, and
// live mode.
//
// UNVERIFIED, and so nothing to rely on: that Checkout refuses a bank transfer without
// a customer; all fees, rates and delays; which charges' ids begin with py_ and which
// refunds' with pyr_; that failed refunds are listed with the others; that an over-full
// refund has no code; how the tries of a delivery are spaced; that a challenge which
// failed leaves a charge, and which indicator goes with which network; that a bank takes
// back the whole of a charge of which a part was refunded.
//
// Records are never thrown away; a simulator is meant for a test or an afternoon, not
// for a month.
package stripe
