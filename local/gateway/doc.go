// Package gateway is Amazon API Gateway on a laptop: it turns HTTP requests
// into the events of an HTTP API (payload format 2.0), calls the functions with
// them, and turns their answers back. Routes, limits, CORS, timeouts and
// schedules are read from the same template.yaml that is deployed, so that the
// two cannot differ.
//
// # What it imitates
//
//   - Events and answers pass through JSON on both ways: nothing reaches a
//     function that could not reach it in Lambda.
//   - Header names in lower case, repeated headers and query values joined by
//     commas, cookies apart; the path decoded once, and before it is matched.
//   - Bodies as text or as base64 by content type alone. Text that is not UTF-8
//     arrives with U+FFFD in it.
//   - 404, 413, 429, 431, 500 and 503 in the gateway's own form, {"message"}.
//   - Preflights answered without asking a function, and the CORS headers of a
//     function replaced, for origins that are allowed to the letter.
//   - A function has the timeout of the template, and goes on when its caller
//     has gone.
//
// # Where AWS says too little
//
// A route with an authorizer is closed to everybody: signatures are not checked
// yet. The code for too many header bytes is 431; AWS does not name it. CORS
// headers are on the gateway's own answers too, as users of HTTP APIs report
// them. Dots in a path (/a/../b) are segments like any other. An event over
// Lambda's 6 MB is 413.
//
// # What it leaves out
//
// Greedy paths, $default and ANY routes, named stages, cron schedules and wildcard
// origins are refused when the template is read. There is no account-wide
// limit, no cold start, no limit on concurrency, no x-amzn-trace-id and no
// x-forwarded-port.
//
// The handler must get the path as it was sent: an http.ServeMux before it
// would clean and redirect it. Who may connect, and under which Host, is for
// the server around it to say.
package gateway
