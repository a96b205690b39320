// Package paypal is a simulated PayPal: the part of its REST interface that a
// shop needs to be paid once and to give money back, with the state, the money
// and the bad days of the real one. Nothing in it moves real money. Its state
// ends with the process, or with [Config].File lives on in a file: see [Open].
//
// It imports nothing of this project. A client and a simulator that shared a
// money type or a table of codes would share their misreadings too; so every
// rule below is read anew from PayPal's own documents: the OpenAPI files
// checkout_orders_v2.json 2.13 ("the Orders spec"), payments_payment_v2.json
// 2.5 ("the Payments spec"), notifications_webhooks_v1.json ("the Webhooks
// spec"), customer_disputes_v1.json ("the Disputes spec") and the guides on
// developer.paypal.com, named where they are used.
//
// # What it imitates
//
//   - POST /v1/oauth2/token with client credentials; tokens that end.
//   - POST /v2/checkout/orders with payment_source.paypal or without a source,
//     GET of an order, POST of its capture, GET of a capture.
//   - POST /v2/payments/captures/{id}/refund and GET /v2/payments/refunds/{id}:
//     in part, in full and what is left, for 180 days, COMPLETED, PENDING and
//     FAILED, shown in the order as well; refunds made in the dashboard; and
//     PayPal taking the money back ([Simulator.Reverse]).
//   - Disputes: GET /v1/customer/disputes by update time and page, and of one;
//     opened, taken on and resolved by hand, at the merchant's cost or not.
//   - The merchant's account: every movement of a balance as a row with an event
//     code, balances in all, available and withheld, holds and releases,
//     chargebacks and their fee, conversions, payouts by hand and by themselves,
//     corrected fees, sales of other shops, codes nobody knows. GET
//     /v1/reporting/transactions and GET /v1/reporting/balances tell of it, late,
//     and on request in the wrong order of pages, clipped, or falsely.
//   - Webhooks: an event in PayPal's shape for every change PayPal's list has one
//     for, signed with a CA and a certificate of its own as PayPal signs, tried
//     again for three days; lost, doubled, late and out of order on request. The
//     certificate at /v1/notifications/certs/CERT-1 and the postback
//     POST /v1/notifications/verify-webhook-signature.
//   - GET /v1/notifications/webhooks: the one of [Config].Webhook, or none; either
//     is proof of good credentials.
//   - PayPal-Request-Id: kept six hours, and 45 days for a refund; a replay
//     answers 200 with the latest state, a second call while the first runs 409.
//   - Prefer: return=minimal (the default) and return=representation.
//   - The approval page a buyer clicks through, at /checkoutnow.
//   - Its own books: every charge with its fee, every refund without it, what
//     buyer, merchant and PayPal own of each currency ([Simulator.Books]), and
//     the truth about every row and payment ([Simulator.Statement]).
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
//   - What a bank's buyer has approved and nobody captures within three hours is void,
//     its money is given back and CHECKOUT.PAYMENT-APPROVAL.REVERSED tells of it.
//   - A source of a bank wants the country, the currency and the amounts of PayPal's
//     table; otherwise 422 INCOMPATIBLE_PARAMETER_VALUE. application_context is taken
//     with venmo alone, for the way back.
//   - A processing instruction is taken with a bank's source alone, and required where
//     [Simulator.RequireCompletion] says so. Such an order is captured as it is approved;
//     where the bank does not pay, its capture is DECLINED.
//   - The amounts of a minimal answer are really absent.
//   - A refund that is PENDING counts as refunded, and is not announced, nor is
//     one that FAILED: PayPal's list of events has none for them. Only a look
//     tells. The capture shows a refund once the money has moved.
//   - A refund refused leaves its request id free. The invoice id of any earlier
//     refund, whatever became of it, is DUPLICATE_INVOICE_ID.
//   - While a case is open, a refund of less than all that is left is refused; a
//     refund does not end the case.
//   - A refund made in the dashboard and a reversal carry no id of the shop's.
//   - A list of disputes takes update_time_after, page_size and next_page_token
//     and refuses every other parameter; it leaves out what was updated at the
//     very second named, and has no "items" when there are none.
//   - A repeated delivery has the transmission id and the time of the first try,
//     up to three days old; a doubled one has its own. Event bodies hold & < > as
//     they are, so that a body encoded again has another checksum.
//   - A row has its own id of the shop's only where the shop gave one to that very
//     thing: a sale and a refund by call. Holds, chargebacks, reversals,
//     conversions and refunds in the dashboard name the capture and nothing else.
//   - A row can come in, and change, after the last refresh that a report names:
//     up to three hours late, as PayPal says, and each by itself.
//   - A report takes times with a colon in the offset, or Z, and answers +0000. It
//     refuses payment_instrument_type, store_id, terminal_id and what is unknown.
//   - The postback answers FAILURE for a certificate URL or a webhook id that is
//     not exactly its own, and wants every documented member.
//   - A call it does not know answers 404 and is on record as [Unknown].
//   - update_time rises by at least a second with every change, so several
//     changes within one second run ahead of the clock.
//
// # What it does not know
//
// Intent AUTHORIZE, PATCH, confirm-payment-source, cards, the wallets of telephones,
// local methods beyond those of its table of sources, vaulting, payees and platform fees, several payees'
// fees, unique invoice ids of orders, buyers' countries, sign-in,
// and every language but English. Of refunds: CANCELLED, a most number, and
// REFUND_AMOUNT_TOO_LOW, PARTIAL_REFUND_NOT_ALLOWED and the other issues of
// accounts and chargebacks. Of disputes: every call by which a merchant answers,
// messages and evidence, the disputed part of a payment, several disputes of one
// payment at a time, fees in the dispute itself, payouts by PayPal, and the
// channels of banks. Of reports: files, the account's own time zone (all is UTC),
// discounts, tax and shipping amounts, and exchange rates, which PayPal's schema
// of a row has no place for; the rate is on the capture. Of webhooks: registering one, several of them, a
// choice of types, looking events up and sending them again by call, mock events,
// and any second certificate. It models no rate limit and no money that a buyer
// or the merchant does not have: such answers come from a chosen [Funding] or an
// injected [Fault].
//
// UNVERIFIED, and so nothing to rely on: how the live PayPal shows a reversal
// (here as in its event simulator's sample, see [Simulator.Reverse]), that a
// dispute lost is one, the status and the deadline of a dispute at each stage, the
// spacing of repeated deliveries, and whether they are signed anew.
//
// UNVERIFIED of banks' sources: which of them PayPal takes only with a processing
// instruction, the issue of an order that a source is not for, and what a look shows of
// an order whose approval was reversed.
//
// UNVERIFIED of the account and its report, where PayPal's documents are thin:
//
//   - that a row's transaction_id is the id of the capture or the refund, that a
//     sale names its order (ODR) and everything else its capture (TXN);
//   - that rows come by initiation, that the range is one of initiations with
//     both ends in it, and that a pending row is listed and moves when it is
//     done, at its update time;
//   - that a sale given back whole becomes V, and that V still counts in full;
//   - that holds are listed as balance affecting, take from available and leave
//     the total, each with an id of its own; which code lifts a T15xx; that an
//     inquiry holds money already;
//   - that a chargeback and its fee share an id, that a claim the merchant
//     accepted is a reversal (T1106) without a fee, and what a dispute and a
//     capture show once a chargeback was reversed;
//   - that a refund of a converted payment is bought back at the day's rate, in
//     two rows that name the capture; all rates and the three percent are made up;
//   - how a fee is corrected: in the sale's row, or by T1109 and T0107;
//   - the body of 400 RESULTSET_TOO_LARGE beyond its name and its two counts, and
//     the order in which a call with several faults is refused;
//   - that the balances are complete up to their own last refresh, that what
//     happened in the very second asked for is in them, and what is answered for
//     a currency that was never used.
//
// Seen in answers that others have recorded, and against the Reporting spec:
// times with +0000, an empty transaction_details, "Data for the given start date
// is not available." as the message. [AsSpecified] is the spec instead.
//
// Records are never thrown away; a simulator is meant for a test or an
// afternoon, not for a month. The file is written anew, whole, with every
// change.
package paypal
