package cloud

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Secrets stands in for Secrets Manager: one secret, read by GetSecretValue
// (JSON 1.1 protocol, API Reference "GetSecretValue" and "Common Errors").
// Requests that are not signed for the service are refused as AWS refuses them.
type Secrets struct {
	// ARN is the only SecretId that is found.
	ARN string
	// Credentials, if set, are the only ones accepted, and the signature has to be
	// right to the last bit. Otherwise its form is enough: SAM hands its functions
	// the credentials of whoever runs it.
	Credentials aws.Credentials

	mu      sync.Mutex
	value   string
	version int
	reads   int
	refusal Refusal
}

// Refusal is an error that Secrets Manager answers, by its code.
type Refusal string

// Refusals that a function may meet.
const (
	AccessDenied Refusal = "AccessDeniedException"     // its role may not read the secret
	NotFound     Refusal = "ResourceNotFoundException" // deleted, or never there
	Throttled    Refusal = "ThrottlingException"
	Broken       Refusal = "InternalServiceError" // 500
)

// NewSecrets holds one secret whose SecretString is value.
func NewSecrets(arn, value string) *Secrets {
	return &Secrets{ARN: arn, value: value, version: 1}
}

// Set puts another value in force, as a new version of the secret.
func (s *Secrets) Set(value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.value = value
	s.version++
}

// Refuse answers every read with an error from now on; "" ends that.
func (s *Secrets) Refuse(r Refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusal = r
}

// Reads is how often the value was given away.
func (s *Secrets) Reads() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reads
}

func (s *Secrets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<16))
	if err != nil {
		return
	}
	if fault := s.unsigned(r, body); fault != "" {
		refuse(w, http.StatusBadRequest, fault, "The request is not signed as it has to be.")
		return
	}
	if target := r.Header.Get("X-Amz-Target"); r.Method != http.MethodPost || target != "secretsmanager.GetSecretValue" {
		refuse(w, http.StatusBadRequest, "UnknownOperationException", "")
		return
	}
	var asked struct {
		SecretID     string `json:"SecretId"`
		VersionID    string `json:"VersionId"`
		VersionStage string `json:"VersionStage"`
	}
	if err := json.Unmarshal(body, &asked); err != nil || r.Header.Get("Content-Type") != "application/x-amz-json-1.1" {
		refuse(w, http.StatusBadRequest, "SerializationException", "")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	version := fmt.Sprintf("00000000-0000-4000-8000-%012d", s.version)
	current := (asked.VersionStage == "" || asked.VersionStage == "AWSCURRENT") && (asked.VersionID == "" || asked.VersionID == version)
	switch {
	case s.refusal == Broken:
		refuse(w, http.StatusInternalServerError, string(Broken), "An error occurred on the server side.")
		return
	case s.refusal != "":
		refuse(w, http.StatusBadRequest, string(s.refusal), "Refused.")
		return
	case asked.SecretID != s.ARN || !current:
		refuse(w, http.StatusBadRequest, string(NotFound), "Secrets Manager can't find the specified secret.")
		return
	}
	s.reads++
	answer(w, http.StatusOK, map[string]any{
		"ARN": s.ARN, "Name": s.ARN[strings.LastIndex(s.ARN, ":")+1:], "SecretString": s.value,
		"VersionId": version, "VersionStages": []string{"AWSCURRENT"}, "CreatedDate": 1763712000.0,
	})
}

// unsigned is the code of the error that a request earns by how it is signed; ""
// where it is signed well (Signature Version 4).
func (s *Secrets) unsigned(r *http.Request, body []byte) string {
	given := r.Header.Get("Authorization")
	terms, ok := strings.CutPrefix(given, "AWS4-HMAC-SHA256 ")
	if !ok {
		return "MissingAuthenticationTokenException"
	}
	part := map[string]string{}
	for term := range strings.SplitSeq(terms, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(term), "=")
		part[name] = value
	}
	scope := strings.Split(part["Credential"], "/")
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil || len(scope) != 5 || scope[3] != "secretsmanager" || scope[4] != "aws4_request" || part["Signature"] == "" {
		return "IncompleteSignatureException"
	}
	if age := time.Since(at); age > 5*time.Minute || age < -5*time.Minute {
		return "InvalidSignatureException"
	}
	if s.Credentials.SecretAccessKey == "" {
		return ""
	}
	if scope[0] != s.Credentials.AccessKeyID || r.Header.Get("X-Amz-Security-Token") != s.Credentials.SessionToken {
		return "UnrecognizedClientException"
	}
	if want, err := s.sign(r, body, part["SignedHeaders"], scope[2], at); err != nil || want != given {
		return "InvalidSignatureException"
	}
	return ""
}

// sign is the Authorization header that the request should have had.
func (s *Secrets) sign(r *http.Request, body []byte, signed, region string, at time.Time) (string, error) {
	again, err := http.NewRequest(r.Method, "http://"+r.Host+r.URL.RequestURI(), nil)
	if err != nil {
		return "", err
	}
	for name := range strings.SplitSeq(signed, ";") {
		switch name {
		case "host":
		case "content-length":
			again.ContentLength, again.Body = int64(len(body)), io.NopCloser(bytes.NewReader(body))
		default:
			again.Header[http.CanonicalHeaderKey(name)] = r.Header.Values(name)
		}
	}
	sum := sha256.Sum256(body)
	err = v4.NewSigner().SignHTTP(context.Background(), s.Credentials, again, hex.EncodeToString(sum[:]), "secretsmanager", region, at)
	return again.Header.Get("Authorization"), err
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("X-Amzn-Errortype", code)
	answer(w, status, map[string]any{"__type": code, "Message": message})
}

func answer(w http.ResponseWriter, status int, body map[string]any) {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // strings and numbers
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(status)
	_, _ = w.Write(text) // whoever asked may have left
}
