// Package fault lets calls to a simulated provider go wrong: some on request, one after
// the other, others by chance, drawn from a seed. What a fault does to an answer is in
// package answer; what only one provider has is in its own package.
package fault

// The kinds that can befall any API over HTTP. Each is here because a client that gets
// it wrong loses or doubles money.
//
// "Before" means that the call had no effect, "after" that it had: the money is taken,
// only the answer is bad. Kinds that spoil the body of an answer spoil a 2xx only and
// let a refusal through as it is.
const (
	// TimeoutBefore never answers and does nothing: repeating is right.
	TimeoutBefore = "timeout-before"
	// TimeoutAfter acts and never answers: only a look, or the same idempotency key,
	// tells it from TimeoutBefore.
	TimeoutAfter = "timeout-after"
	// Slow acts late, after a client with a short deadline has left: a look in between
	// sees nothing, and the money still moves.
	Slow = "slow"
	// BadGatewayBefore is a proxy's HTML page with 502, nothing done: an error body need
	// not be JSON.
	BadGatewayBefore = "502-before"
	// BadGatewayAfter is the same page after the effect.
	BadGatewayAfter = "502-after"
	// ErrorBefore is 500 in the provider's shape, nothing done.
	ErrorBefore = "500-before"
	// ErrorAfter is 500 in the provider's shape after the effect: the two look alike.
	ErrorAfter = "500-after"
	// Unavailable is 503, nothing done: planned maintenance.
	Unavailable = "503"

	// EmptyBody is a 2xx without a body after the effect.
	EmptyBody = "empty-body"
	// CutBody breaks the connection in the middle of a 2xx body, after the effect.
	CutBody = "cut-body"
	// HugeBody sends 8 MiB of white space before a good 2xx body: a client without a cap
	// on what it reads runs out of memory.
	HugeBody = "huge-body"
	// WrongShape is a 2xx with {"unrelated":1} after the effect: a 2xx is no evidence.
	WrongShape = "wrong-shape"
	// UnknownStatus answers a status that is on no list: a provider may add to its own.
	UnknownStatus = "unknown-status"
	// TwiceStatus gives the member status twice, a wrong one first: parsers disagree on
	// which one counts.
	TwiceStatus = "twice-status"
	// OtherAmount answers amounts one smallest unit too high; the books are right.
	OtherAmount = "other-amount"
	// OtherCurrency answers every amount in another currency.
	OtherCurrency = "other-currency"
	// OtherID answers with the id of a thing that nobody asked about: a mixed-up cache.
	OtherID = "other-id"

	// Forbidden is 403: an account being changed, or a key that lacks a permission.
	Forbidden = "403"
	// Missing is 404 for something that is there: a replica that lags, or credentials of
	// another account. Absence needs better proof than one 404.
	Missing = "404"
	// InProgress is 409 for a first call that is said to run still, nothing done: come
	// again with the same key.
	InProgress = "409"
	// RateLimited is 429 with Retry-After.
	RateLimited = "429"
	// RateLimitedBare is 429 without it.
	RateLimitedBare = "429-bare"
	// Redirected is 308 to another host: a client that follows hands its credentials and
	// its body to a stranger.
	Redirected = "308"
)

// RetryAfter is what RateLimited asks for, in seconds.
const RetryAfter = "2"
