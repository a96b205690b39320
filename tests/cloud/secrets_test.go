package cloud_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/serverless-checkout/serverless-checkout/tests/cloud"
)

const arn = "arn:aws:secretsmanager:eu-central-1:000000000000:secret:shop-AbCdEf"

var keys = aws.Credentials{AccessKeyID: "ASIAOFTHETESTS", SecretAccessKey: "secret", SessionToken: "session"}

// read asks for the secret; change may spoil the signed request.
func read(t *testing.T, s *cloud.Secrets, change func(*http.Request)) (status int, said map[string]any) {
	t.Helper()
	body := `{"SecretId":"` + arn + `"}`
	r := httptest.NewRequest(http.MethodPost, "http://secrets.example/", strings.NewReader(body))
	r.Header.Set("X-Amz-Target", "secretsmanager.GetSecretValue")
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	sum := sha256.Sum256([]byte(body))
	if err := v4.NewSigner().SignHTTP(context.Background(), keys, r, hex.EncodeToString(sum[:]), "secretsmanager", "eu-central-1", time.Now()); err != nil {
		t.Fatal(err)
	}
	change(r)
	got := httptest.NewRecorder()
	s.ServeHTTP(got, r)
	if err := json.Unmarshal(got.Body.Bytes(), &said); err != nil {
		t.Fatal(err)
	}
	return got.Code, said
}

func unchanged(*http.Request) {}

func TestSecretIsReadAndChanged(t *testing.T) {
	s := cloud.NewSecrets(arn, "first")
	s.Credentials = keys
	code, said := read(t, s, unchanged)
	if code != http.StatusOK || said["SecretString"] != "first" || said["VersionId"] == "" || said["VersionStages"].([]any)[0] != "AWSCURRENT" {
		t.Errorf("%d %v", code, said)
	}
	before := said["VersionId"]
	s.Set("second")
	if _, said = read(t, s, unchanged); said["SecretString"] != "second" || said["VersionId"] == before || s.Reads() != 2 {
		t.Errorf("%v, %d reads", said, s.Reads())
	}
}

func TestSecretIsRefused(t *testing.T) {
	for want, change := range map[string]func(*http.Request){
		"MissingAuthenticationTokenException": func(r *http.Request) { r.Header.Del("Authorization") },
		"IncompleteSignatureException":        func(r *http.Request) { r.Header.Del("X-Amz-Date") },
		"InvalidSignatureException":           func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") },
		"UnrecognizedClientException": func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), keys.AccessKeyID, "AKIAOFANOTHER", 1))
		},
		"UnknownOperationException": func(r *http.Request) { r.Method = http.MethodGet },
	} {
		s := cloud.NewSecrets(arn, "value")
		s.Credentials = keys
		if want == "UnknownOperationException" {
			s.Credentials = aws.Credentials{} // the method is part of what is signed
		}
		if code, said := read(t, s, change); code != http.StatusBadRequest || said["__type"] != want || s.Reads() != 0 {
			t.Errorf("%s: %d %v", want, code, said)
		}
	}
	s := cloud.NewSecrets(arn, "value")
	s.Credentials = keys
	if _, said := read(t, s, func(r *http.Request) { r.Header.Set("X-Amz-Security-Token", "another") }); said["__type"] != "UnrecognizedClientException" {
		t.Errorf("another session: %v", said)
	}
	s = cloud.NewSecrets(arn+"-other", "value")
	if code, said := read(t, s, unchanged); code != http.StatusBadRequest || said["__type"] != "ResourceNotFoundException" {
		t.Errorf("another secret: %d %v", code, said)
	}
	s = cloud.NewSecrets(arn, "value")
	for _, r := range []cloud.Refusal{cloud.AccessDenied, cloud.NotFound, cloud.Throttled, cloud.Broken} {
		s.Refuse(r)
		if code, said := read(t, s, unchanged); code/100 == 2 || said["__type"] != string(r) {
			t.Errorf("%s: %d %v", r, code, said)
		}
	}
	s.Refuse("")
	if code, _ := read(t, s, unchanged); code != http.StatusOK || s.Reads() != 1 {
		t.Errorf("%d, %d reads", code, s.Reads())
	}
}
