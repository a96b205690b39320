package setup

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
)

const (
	secretOfTests = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:shop/checkout-AbCdEf"
	awsSecretKey  = "CANARY-aws-secret-access-key"
)

// standIn is a Secrets Manager that knows one secret.
type standIn struct {
	*httptest.Server
	t      *testing.T
	calls  atomic.Int32
	answer http.HandlerFunc
}

func newStandIn(t *testing.T, answer http.HandlerFunc) *standIn {
	s := &standIn{t: t, answer: answer}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

// ServeHTTP holds the call against what Secrets Manager wants of one.
func (s *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.calls.Add(1)
	body, _ := io.ReadAll(r.Body)
	var asked map[string]string
	if err := json.Unmarshal(body, &asked); err != nil || !maps.Equal(asked, map[string]string{"SecretId": secretOfTests}) {
		s.t.Errorf("asked for %s", body)
	}
	auth := r.Header.Get("Authorization")
	if r.Method != http.MethodPost || r.URL.Path != "/" || r.Header.Get("X-Amz-Target") != "secretsmanager.GetSecretValue" || r.Header.Get("Content-Type") != "application/x-amz-json-1.1" {
		s.t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
	}
	if r.Header.Get("X-Amz-Security-Token") != "session" || !strings.HasPrefix(auth, "AWS4-HMAC-SHA256 Credential=AKID/") ||
		!strings.Contains(auth, "/eu-central-1/secretsmanager/aws4_request") || !strings.Contains(auth, "x-amz-security-token") {
		s.t.Errorf("signed with %q", auth)
	}
	s.answer(w, r)
}

func (s *standIn) manager(t *testing.T) *secretsManager {
	t.Helper()
	arn, err := readSecretARN(secretOfTests)
	if err != nil {
		t.Fatal(err)
	}
	transport := Transport()
	t.Cleanup(transport.CloseIdleConnections)
	return newSecretsManager(Cloud{
		Secret: arn, SecretsEndpoint: s.URL,
		Credentials: aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: awsSecretKey, SessionToken: "session"},
	}, transport)
}

// says answers with a status and a body.
func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func secretValue(t *testing.T, text []byte) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{"ARN": secretOfTests, "Name": "shop/checkout", "SecretString": string(text), "CreatedDate": 1.7e9})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestSecretIsFetched(t *testing.T) {
	text := textOf(t, goodSecret())
	s := newStandIn(t, says(200, secretValue(t, text)))
	m := s.manager(t)
	for range 2 {
		if got, err := m.fetch(t.Context()); err != nil || string(got) != string(text) {
			t.Errorf("got another text: %v", err)
		}
	}
}

// TestSecretRefused: what is wrong is named, and nothing else of an answer.
func TestSecretRefused(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		says   string
	}{
		"access denied":  {says(400, `{"__type":"AccessDeniedException","Message":"User: CANARY is not authorized"}`), "AccessDeniedException: let the function's role read it"},
		"not there":      {says(400, `{"__type":"ResourceNotFoundException","Message":"CANARY"}`), "ResourceNotFoundException: there is no such secret"},
		"key disabled":   {says(400, `{"__type":"DecryptionFailure","Message":"CANARY"}`), "DecryptionFailure: its KMS key cannot be used"},
		"to be deleted":  {says(400, `{"__type":"InvalidRequestException","Message":"CANARY"}`), "InvalidRequestException: it is marked for deletion"},
		"with namespace": {says(400, `{"__type":"com.amazonaws.secretsmanager#ThrottlingException"}`), "ThrottlingException (HTTP 400)"},
		"no code":        {says(503, `CANARY`), "HTTP 503"},
		"foreign code":   {says(400, `{"__type":"CANARY CANARY"}`), "HTTP 400"},
		"redirected": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/CANARY", http.StatusTemporaryRedirect)
		}, "HTTP 307"},
		"bytes":     {says(200, `{"SecretBinary":"Q0FOQVJZ"}`), "it was stored as bytes"},
		"no JSON":   {says(200, `{"SecretString":"CANARY`), "the answer cannot be read"},
		"no string": {says(200, `{"SecretString":{"CANARY":1}}`), "the answer cannot be read"},
		"too large": {says(200, `{"SecretString":"`+strings.Repeat("CANARY", 100_000)+`"}`), "the answer is too large"},
		"cut": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "CANARY")
		}, "could not be read to its end"},
	} {
		s := newStandIn(t, c.answer)
		if _, err := s.manager(t).fetch(t.Context()); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		} else if strings.Contains(err.Error(), "CANARY") || strings.Contains(err.Error(), "123456789012") {
			t.Errorf("%s: the error says too much: %v", name, err)
		}
		if n := s.calls.Load(); n != 1 {
			t.Errorf("%s: %d calls", name, n)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := newStandIn(t, nil).manager(t).fetch(ctx); err == nil || strings.Contains(err.Error(), "CANARY") {
		t.Error(err)
	}
}

func TestSecretsManagerHost(t *testing.T) {
	for arn, want := range map[string]string{
		secretOfTests: "https://secretsmanager.eu-central-1.amazonaws.com",
		"arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:s-AbCdEf":         "https://secretsmanager.cn-north-1.amazonaws.com.cn",
		"arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:s-AbCdEf":  "https://secretsmanager.us-gov-west-1.amazonaws.com",
		"arn:aws-eusc:secretsmanager:eusc-de-east-1:123456789012:secret:s-AbCdEf":   "https://secretsmanager.eusc-de-east-1.amazonaws.eu",
		"arn:aws-iso-b:secretsmanager:us-isob-east-1:123456789012:secret:s-AbCdEf-": "https://secretsmanager.us-isob-east-1.sc2s.sgov.gov",
	} {
		if got, err := readSecretARN(arn); err != nil || got.endpoint() != want {
			t.Errorf("%s: %s, %v", arn, got.endpoint(), err)
		}
	}
}
