package gateway

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	// signedService is the service whose requests these are, in a signature.
	signedService = "execute-api"
	// signingForm is how X-Amz-Date is written, in UTC.
	signingForm = "20060102T150405Z"
	// signingSkew is how far X-Amz-Date may be from the clock, either way: who
	// overhears a request can repeat it no longer than that.
	signingSkew = 5 * time.Minute
)

// signature is what an Authorization header says, in AWS's Signature Version 4.
type signature struct {
	credential string // access key, day, region and service
	headers    string // names of the headers that were signed, joined by ";"
	sum        string // in hex
}

// parseSignature wants three parts, each once. One that is empty, or bears another
// name, is like no part of ours.
func parseSignature(authorization []string) (signature, bool) {
	if len(authorization) != 1 {
		return signature{}, false
	}
	text, ok := strings.CutPrefix(authorization[0], "AWS4-HMAC-SHA256 ")
	parts := map[string]string{}
	for part := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if _, twice := parts[name]; twice {
			return signature{}, false
		}
		parts[name] = value
	}
	s := signature{parts["Credential"], parts["SignedHeaders"], parts["Signature"]}
	return s, ok && len(parts) == 3
}

// same compares in a time that tells nothing about where two sums part.
func (s signature) same(other signature) bool {
	return s.credential == other.credential && s.headers == other.headers &&
		subtle.ConstantTimeCompare([]byte(s.sum), []byte(other.sum)) == 1
}

// signed tells whether the caller signed this very request, not long from now.
// The request is signed once more, over the headers that the caller names: any
// difference in what was signed, by whom or for what, gives another signature.
func (c *caller) signed(r *http.Request, body []byte, now time.Time) bool {
	sent, ok := parseSignature(r.Header["Authorization"])
	at, dated := signingTime(r.Header["X-Amz-Date"], now)
	sum := sha256.Sum256(body)
	payload := hex.EncodeToString(sum[:])
	if !ok || !dated || !signable(r, payload) {
		return false
	}
	again := &http.Request{
		Method: r.Method,
		Host:   r.Host,
		URL:    &url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery},
	}
	again.Header, again.ContentLength = signedHeaders(r.Header, sent.headers, int64(len(body)))
	if err := c.signer.SignHTTP(context.Background(), c.credentials, again, payload, signedService, c.region, at); err != nil {
		return false
	}
	own, ok := parseSignature(again.Header["Authorization"])
	return ok && own.same(sent)
}

// signingTime is when a request was signed, if that is near enough to now. A
// Date header in its place is not taken.
func signingTime(date []string, now time.Time) (time.Time, bool) {
	if len(date) != 1 {
		return time.Time{}, false
	}
	at, err := time.Parse(signingForm, date[0])
	if err != nil || at.Format(signingForm) != date[0] { // Parse takes fractions too
		return time.Time{}, false
	}
	return at, at.Sub(now).Abs() <= signingSkew
}

// signable finds what the signer would pass over in silence. It drops a query
// parameter that it cannot decode, which the function would get all the same;
// it is told the payload's hash, so that a caller's word for it must be that
// hash; and the caller's credentials are no temporary ones.
func signable(r *http.Request, payload string) bool {
	if _, err := url.ParseQuery(r.URL.RawQuery); err != nil {
		return false
	}
	for _, claimed := range r.Header["X-Amz-Content-Sha256"] {
		if claimed != payload {
			return false
		}
	}
	return r.Header["X-Amz-Security-Token"] == nil
}

// signedHeaders are those of the request that a signature names, for the signer
// to sign, and the length of the body if that is among them. Host and date are
// the signer's own matter. It passes over some headers that a caller may have
// signed, User-Agent among them, and knows those by their canonical names: here
// all names are in lower case. A name that the request lacks stays out, so that
// the signatures differ.
func signedHeaders(sent http.Header, names string, length int64) (http.Header, int64) {
	signed, signedLength := http.Header{}, int64(0)
	for name := range strings.SplitSeq(names, ";") {
		switch name {
		case "host", "x-amz-date", "authorization":
		case "content-length":
			signedLength = length
		default:
			if values := sent.Values(name); values != nil {
				signed[name] = values
			}
		}
	}
	return signed, signedLength
}
