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
//   - 403, 404, 413, 429, 431, 500 and 503 in the gateway's own form, {"message"}.
//   - Preflights answered without asking a function, and the CORS headers of a
//     function replaced, for origins that are allowed to the letter.
//   - A function has the timeout of the template, and goes on when its caller
//     has gone.
//
// # Signatures
//
// A route that IAM guards takes requests that are signed (Signature Version 4,
// service execute-api, in the Authorization header) with the credentials given
// by WithCredentials, and hands its function the caller in
// requestContext.authorizer.iam: accessKey, accountId and userArn. A public
// route has no caller, whatever was signed. Every other authorizer's routes, and
// all guarded ones without credentials, are closed to everybody. A refusal is
// 403 and says no more, whether the signature was missing or wrong.
//
// Host and X-Amz-Date must be signed. X-Amz-Date must be within 5 minutes of the
// clock. The payload's hash is the body's own: UNSIGNED-PAYLOAD and streamed
// payloads, which AWS documents for S3 alone, are refused, and so is an
// X-Amz-Content-Sha256 that is not that hash. What AWS would take and this
// package refuses: a signature in the query (a presigned URL), a Date header
// instead of X-Amz-Date, temporary credentials (X-Amz-Security-Token), a signed
// Content-Length of 0, a query that cannot be decoded.
//
// # Where AWS says too little
//
// The code for too many header bytes is 431; AWS does not name it. CORS
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
