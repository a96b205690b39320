package gateway

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/google/go-cmp/cmp"
)

const (
	testKey    = "local"
	testSecret = "secret-of-the-tests"
	testRegion = "us-east-1"
)

// order is a guarded request before it is signed; the small template has one
// guarded route, and the tests change one thing at a time.
type order struct {
	method, target, host, body string
	header                     http.Header

	key, secret, region, service, payload string
	at                                    time.Time
}

func newOrder(b *bundle) order {
	return order{
		method: "GET", target: "/things/all?a=1&b=2%20c", host: "127.0.0.1:8081", body: `{"x":1}`,
		header: http.Header{"Content-Type": {"application/json"}, "Idempotency-Key": {"k"}},
		key:    testKey, secret: testSecret, region: testRegion, service: "execute-api", at: b.clock,
	}
}

// sign makes the request as a client would.
func (o order) sign(t *testing.T) *http.Request {
	t.Helper()
	r := httptest.NewRequest(o.method, o.target, strings.NewReader(o.body))
	r.Host, r.Header = o.host, o.header.Clone()
	if o.payload == "" {
		o.payload = hashOf(o.body)
	}
	credentials := aws.Credentials{AccessKeyID: o.key, SecretAccessKey: o.secret}
	copied := r.Clone(t.Context())
	if err := v4.NewSigner().SignHTTP(t.Context(), credentials, copied, o.payload, o.service, o.region, o.at); err != nil {
		t.Fatal(err)
	}
	r.Header = copied.Header
	return r
}

func hashOf(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}

// alter changes the text of a header after it was signed.
func alter(r *http.Request, name, old, new string) {
	before := r.Header.Get(name)
	if !strings.Contains(before, old) {
		panic(before + " lacks " + old)
	}
	r.Header.Set(name, strings.Replace(before, old, new, 1))
}

func signedSetup(t *testing.T) *bundle {
	t.Helper()
	return setup(t, WithCredentials(testKey, testSecret, testRegion))
}

func (b *bundle) serve(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w
}

// TestSignedEvent: the function learns who called, and nothing of it on a public
// route, whatever its caller signed.
func TestSignedEvent(t *testing.T) {
	b := signedSetup(t)
	if w := b.serve(newOrder(b).sign(t)); w.Code != 200 {
		t.Fatalf("got %d %s", w.Code, w.Body)
	}
	want := &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{
		IAM: &events.APIGatewayV2HTTPRequestContextAuthorizerIAMDescription{
			AccessKey: testKey, AccountID: "000000000000", UserARN: "arn:aws:iam::000000000000:user/local",
		},
	}
	e := b.last(t)
	if diff := cmp.Diff(want, e.RequestContext.Authorizer); diff != "" {
		t.Error(diff)
	}
	if e.Body != `{"x":1}` || e.RouteKey != "GET /things/all" || e.QueryStringParameters["b"] != "2 c" {
		t.Errorf("got %+v", e)
	}
	public := newOrder(b)
	public.target = "/things/1"
	b.serve(public.sign(t))
	if e := b.last(t); e.RequestContext.Authorizer != nil {
		t.Errorf("a public route has the caller %+v", e.RequestContext.Authorizer)
	}
}

// TestSignaturesTaken: all that a client may do differently.
func TestSignaturesTaken(t *testing.T) {
	for name, change := range map[string]func(*order){
		"plain":                 func(*order) {},
		"no body, no query":     func(o *order) { o.body, o.target = "", "/things/all" },
		"5 minutes old":         func(o *order) { o.at = o.at.Truncate(time.Second).Add(-5*time.Minute + time.Second) },
		"5 minutes early":       func(o *order) { o.at = o.at.Truncate(time.Second).Add(5 * time.Minute) },
		"no headers of its own": func(o *order) { o.header = http.Header{} },
		"hash claimed":          func(o *order) { o.header.Set("X-Amz-Content-Sha256", hashOf(o.body)) },
		"repeated header":       func(o *order) { o.header["X-Many"] = []string{"b", " a   c "} },
		"query not in order":    func(o *order) { o.target = "/things/all?b=2&a=1&a=0&c" },
		"path encoded":          func(o *order) { o.target = "/things/%61ll" },
	} {
		b := signedSetup(t)
		o := newOrder(b)
		change(&o)
		if w := b.serve(o.sign(t)); w.Code != 200 || len(b.asked) != 1 {
			t.Errorf("%s: got %d %s", name, w.Code, w.Body)
		}
	}
	b := signedSetup(t)
	r := newOrder(b).sign(t)
	r.Header.Set("Authorization", strings.ReplaceAll(r.Header.Get("Authorization"), ", ", ","))
	r.Header.Set("X-Unsigned", "added on the way")
	if w := b.serve(r); w.Code != 200 {
		t.Errorf("no spaces, and a header that was not signed: %d", w.Code)
	}
}

// TestSignaturesOfOthers: what is signed, but by somebody else, for something
// else or at another time.
func TestSignaturesOfOthers(t *testing.T) {
	for name, change := range map[string]func(*order){
		"key":              func(o *order) { o.key = "locaL" },
		"no key":           func(o *order) { o.key = "" },
		"secret":           func(o *order) { o.secret += "x" },
		"no secret":        func(o *order) { o.secret = "" },
		"region":           func(o *order) { o.region = "us-east-2" },
		"service":          func(o *order) { o.service = "lambda" },
		"too old":          func(o *order) { o.at = o.at.Truncate(time.Second).Add(-5 * time.Minute) },
		"too early":        func(o *order) { o.at = o.at.Truncate(time.Second).Add(5*time.Minute + time.Second) },
		"yesterday":        func(o *order) { o.at = o.at.AddDate(0, 0, -1) },
		"payload":          func(o *order) { o.payload = hashOf("") },
		"payload unsigned": func(o *order) { o.payload = "UNSIGNED-PAYLOAD" },
		"payload said to be unsigned": func(o *order) {
			o.payload = "UNSIGNED-PAYLOAD"
			o.header.Set("X-Amz-Content-Sha256", o.payload)
		},
		"hash of something else claimed": func(o *order) { o.header.Set("X-Amz-Content-Sha256", hashOf("")) },
		"two hashes claimed":             func(o *order) { o.header["X-Amz-Content-Sha256"] = []string{hashOf(o.body), "x"} },
		"session token":                  func(o *order) { o.header.Set("X-Amz-Security-Token", "t") },
	} {
		b := signedSetup(t)
		o := newOrder(b)
		change(&o)
		t.Run(name, func(t *testing.T) { b.refused(t, b.serve(o.sign(t)), 403, "Forbidden") })
	}
}

// TestSignedAndChanged: what was signed well, and changed on its way.
func TestSignedAndChanged(t *testing.T) {
	for name, change := range map[string]func(*http.Request){
		"signature missing":  func(r *http.Request) { r.Header.Del("Authorization") },
		"signature twice":    func(r *http.Request) { r.Header.Add("Authorization", r.Header.Get("Authorization")) },
		"signature empty":    func(r *http.Request) { alter(r, "Authorization", sumOf(r), "") },
		"signature cut":      func(r *http.Request) { alter(r, "Authorization", sumOf(r), sumOf(r)[:63]) },
		"signature altered":  func(r *http.Request) { alter(r, "Authorization", sumOf(r), otherHex(sumOf(r))) },
		"signature capitals": func(r *http.Request) { alter(r, "Authorization", sumOf(r), strings.ToUpper(sumOf(r))) },
		"algorithm":          func(r *http.Request) { alter(r, "Authorization", "AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256") },
		"no algorithm":       func(r *http.Request) { alter(r, "Authorization", "AWS4-HMAC-SHA256 ", "") },
		"another scheme":     func(r *http.Request) { r.SetBasicAuth(testKey, testSecret) },
		"a part twice":       func(r *http.Request) { alter(r, "Authorization", "Signature=", "Signature=x, Signature=") },
		"a part too many":    func(r *http.Request) { alter(r, "Authorization", "Signature=", "X=y, Signature=") },
		"a part missing":     func(r *http.Request) { alter(r, "Authorization", "SignedHeaders=", "Signedheaders=") },
		"credential's day":   func(r *http.Request) { alter(r, "Authorization", "20300102", "20300103") },
		"credential's end":   func(r *http.Request) { alter(r, "Authorization", "aws4_request", "aws4_requests") },
		"credential's key":   func(r *http.Request) { alter(r, "Authorization", "Credential=local", "Credential=other") },
		"host not signed":    func(r *http.Request) { alter(r, "Authorization", ";host", "") },
		"date not signed":    func(r *http.Request) { alter(r, "Authorization", ";x-amz-date", "") },
		"key not signed":     func(r *http.Request) { alter(r, "Authorization", ";idempotency-key", "") },
		"a header not there": func(r *http.Request) { alter(r, "Authorization", "x-amz-date", "x-amz-date;x-not") },
		"names not in order": func(r *http.Request) {
			alter(r, "Authorization", "content-length;content-type", "content-type;content-length")
		},
		"names in capitals":    func(r *http.Request) { alter(r, "Authorization", ";host", ";Host") },
		"date missing":         func(r *http.Request) { r.Header.Del("X-Amz-Date") },
		"date elsewhere":       func(r *http.Request) { r.Header["Date"] = r.Header["X-Amz-Date"]; r.Header.Del("X-Amz-Date") },
		"date twice":           func(r *http.Request) { r.Header.Add("X-Amz-Date", r.Header.Get("X-Amz-Date")) },
		"date later":           func(r *http.Request) { alter(r, "X-Amz-Date", "T030405Z", "T030406Z") },
		"date with a fraction": func(r *http.Request) { alter(r, "X-Amz-Date", "T030405Z", "T030405.5Z") },
		"date nonsense":        func(r *http.Request) { r.Header.Set("X-Amz-Date", "now") },
		"query value":          func(r *http.Request) { r.URL.RawQuery = "a=2&b=2%20c" },
		"query longer":         func(r *http.Request) { r.URL.RawQuery += "&c=3" },
		"query shorter":        func(r *http.Request) { r.URL.RawQuery = "a=1" },
		"query not decodable":  func(r *http.Request) { r.URL.RawQuery += "&c=%zz" },
		"query with semicolon": func(r *http.Request) { r.URL.RawQuery += "&c;d=1" },
		"path":                 func(r *http.Request) { r.URL.RawPath = "/things/%61ll" },
		"host":                 func(r *http.Request) { r.Host = "127.0.0.1:8082" },
		"header":               func(r *http.Request) { r.Header.Set("Idempotency-Key", "other") },
		"header added to":      func(r *http.Request) { r.Header.Add("Idempotency-Key", "other") },
		"header gone":          func(r *http.Request) { r.Header.Del("Idempotency-Key") },
		"body":                 func(r *http.Request) { r.Body = http.NoBody; r.ContentLength = 0 },
		"hash claimed":         func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD") },
	} {
		b := signedSetup(t)
		r := newOrder(b).sign(t)
		change(r)
		t.Run(name, func(t *testing.T) { b.refused(t, b.serve(r), 403, "Forbidden") })
	}
}

// sumOf is the signature itself.
func sumOf(r *http.Request) string {
	_, sum, _ := strings.Cut(r.Header.Get("Authorization"), "Signature=")
	return sum
}

// otherHex differs in the last digit.
func otherHex(sum string) string {
	last := "0"
	if strings.HasSuffix(sum, last) {
		last = "1"
	}
	return sum[:len(sum)-1] + last
}

// TestMethodIsSigned: a signature for looking is none for doing.
func TestMethodIsSigned(t *testing.T) {
	b := signedSetup(t)
	template := resolve(t, strings.Replace(small, "Path: /things/all}", "Path: /things/all}}\n        Also: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: PUT, Path: /things/all}", 1))
	var err error
	if b.Handler, err = New(template, b.Handler.(*gateway).functions, WithClock(func() time.Time { return b.clock }), WithCredentials(testKey, testSecret, testRegion)); err != nil {
		t.Fatal(err)
	}
	o := newOrder(b)
	r := o.sign(t)
	r.Method = "PUT"
	b.refused(t, b.serve(r), 403, "Forbidden")
	o.method = "PUT"
	if w := b.serve(o.sign(t)); w.Code != 200 {
		t.Errorf("signed for it: %d", w.Code)
	}
}

// TestPresigned: a signature in the query is not taken, good as it is.
func TestPresigned(t *testing.T) {
	b := signedSetup(t)
	r := httptest.NewRequest("GET", "/things/all?X-Amz-Expires=300", nil)
	r.URL.Host = r.Host
	credentials := aws.Credentials{AccessKeyID: testKey, SecretAccessKey: testSecret}
	signed, _, err := v4.NewSigner().PresignHTTP(t.Context(), credentials, r, hashOf(""), "execute-api", testRegion, b.clock)
	if err != nil || !strings.Contains(signed, "X-Amz-Signature=") {
		t.Fatal(signed, err)
	}
	_, target, _ := strings.Cut(signed, r.Host)
	b.refused(t, b.send("GET", target, ""), 403, "Forbidden")
}

// TestClosed: who may not come in at all, though the signature is good.
func TestClosed(t *testing.T) {
	b := setup(t) // no credentials given
	b.refused(t, b.serve(newOrder(b).sign(t)), 403, "Forbidden")

	template := resolve(t, strings.Replace(small, "DefaultAuthorizer: AWS_IAM", "DefaultAuthorizer: Customers", 1))
	var err error
	if b.Handler, err = New(template, b.Handler.(*gateway).functions, WithClock(func() time.Time { return b.clock }), WithCredentials(testKey, testSecret, testRegion)); err != nil {
		t.Fatal(err)
	}
	b.refused(t, b.serve(newOrder(b).sign(t)), 403, "Forbidden")

	for _, c := range [][3]string{{"", testSecret, testRegion}, {testKey, "", testRegion}, {testKey, testSecret, ""}} {
		_, err := New(resolve(t, small), b.Handler.(*gateway).functions, WithCredentials(c[0], c[1], c[2]))
		if err == nil || !strings.Contains(err.Error(), "credentials need") {
			t.Errorf("%q: %v", c, err)
		}
	}
}

// TestSignedAtOnce: one signer serves all, over midnight too.
func TestSignedAtOnce(t *testing.T) {
	b := signedSetup(t)
	b.clock = time.Date(2030, 1, 2, 0, 0, 0, 0, time.UTC)
	var done sync.WaitGroup
	for i := range 100 {
		o := newOrder(b)
		o.at = b.clock.Add(time.Duration(i-50) * time.Second)
		o.target = fmt.Sprint("/things/all?n=", i)
		r := o.sign(t)
		wrong := r.Clone(t.Context())
		alter(wrong, "Authorization", sumOf(r), otherHex(sumOf(r)))
		done.Go(func() {
			if w := b.serve(r); w.Code != 200 {
				t.Errorf("%d: %d", i, w.Code)
			}
			if w := b.serve(wrong); w.Code != 403 {
				t.Errorf("%d, altered: %d", i, w.Code)
			}
		})
	}
	done.Wait()
	if len(b.asked) != 100 {
		t.Errorf("the function was asked %d times, want 100", len(b.asked))
	}
}
