// Package paypal is a simulated PayPal: the part of its REST interface that a
// shop needs to be paid once, with the state, the money and the bad days of
// the real one. Nothing in it moves real money. Its state ends with the process,
// or with [Config].File lives on in a file: see [Open].
//
// It imports nothing of this project. A client and a simulator that shared a
// money type or a table of codes would share their misreadings too; so every
// rule below is read anew from PayPal's own documents: the OpenAPI files
// checkout_orders_v2.json 2.13 ("the Orders spec"), payments_payment_v2.json
// 2.5 ("the Payments spec") and the guides on developer.paypal.com, named where
// they are used.
//
// # What it imitates
//
//   - POST /v1/oauth2/token with client credentials; tokens that end.
//   - POST /v2/checkout/orders with payment_source.paypal or without a source,
//     GET of an order, POST of its capture, GET of a capture.
//   - GET /v1/notifications/webhooks, empty, as proof of good credentials.
//   - PayPal-Request-Id: kept six hours, a replay answers 200 with the latest
//     state, a second call while the first runs answers 409.
//   - Prefer: return=minimal (the default) and return=representation.
//   - The approval page a buyer clicks through, at /checkoutnow.
//   - Its own books: every charge with its fee, and what buyer, merchant and
//     PayPal hold of each currency.
//   - Faults on request or by chance, all drawn from one seed: see [Kind].
//   - A PayPal that outlives the shop: with a file, whatever a call has done is
//     on disk before it is answered, and also when it never is. So a shop that is
//     killed in the middle of a purchase finds everything as it left it.
//
// # Where it is stricter than PayPal, on purpose
//
// A client must not grow on accidents, so where PayPal's documents leave room
// this package takes the harsher reading.
//
//   - A field it does not know, a member that is null, a name given twice and
//     a name in the wrong case are 400. That includes documented fields it does
//     not imitate (payer, application_context, payee, shipping.options ...):
//     nothing is silently ignored. {"payment_source":null} on a capture is one
//     of these.
//   - return_url and cancel_url must be present and absolute in an experience
//     context, and the experience context must be there. The Orders spec does
//     not mark them as required.
//   - SET_PROVIDED_ADDRESS wants a whole address on every purchase unit.
//   - The same request id with another order or body is 422
//     DUPLICATE_REQUEST_ID. PayPal promises nothing for this case.
//   - The replay of a refused capture's request id answers the same refusal,
//     even when the buyer has approved again since, as long as the id is
//     remembered: a client that does not raise its key never gets paid.
//   - After a refusal that sends the buyer back, the order is
//     PAYER_ACTION_REQUIRED until it is approved again.
//   - An order that was not captured in time answers 404, approved or not.
//   - The amounts of a minimal answer are really absent.
//   - A call it does not know answers 404 and is on record as [Unknown].
//   - update_time rises by at least a second with every change, so several
//     changes within one second run ahead of the clock.
//
// # What it does not know
//
// Refunds, disputes, webhooks and their signatures, transaction reports,
// intent AUTHORIZE, PATCH, confirm-payment-source, cards, wallets and local
// methods, vaulting, payees and platform fees, several payees' fees, exchange
// rates, unique invoice ids, buyers' countries, sign-in, and every language
// but English. It models no rate limit and no money a buyer does not have:
// such answers come from a chosen [Funding] or an injected [Fault].
//
// Records are never thrown away; a simulator is meant for a test or an
// afternoon, not for a month. The file is written anew, whole, with every
// change.
package paypal
