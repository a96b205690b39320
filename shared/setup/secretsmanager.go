package setup

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/serverless-checkout/serverless-checkout/shared/shape"
)

// secretCap is the largest answer that is read, in bytes: a secret has 65,536 at
// most (GetSecretValue, SecretString), and JSON may write each of them in six.
const secretCap = 512 << 10

// secretsManager reads one secret by one signed call, GetSecretValue. AWS's own
// client for it makes a cold start half as long again and does no more.
type secretsManager struct {
	secret      SecretARN
	endpoint    string // origin
	credentials aws.Credentials
	web         *http.Client
	signer      *v4.Signer
}

// SecretsManager is the source over a Cloud's secret. Nothing is read yet. What was
// read is kept for five minutes by now, which is wall time, and longer while it
// cannot be read again; log hears of that.
func SecretsManager(c Cloud, web http.RoundTripper, now func() time.Time, log *slog.Logger) SecretSource {
	v := &vault{name: c.Secret.Name, fetch: newSecretsManager(c, web).fetch, now: now, log: log}
	return v.secrets
}

func newSecretsManager(c Cloud, transport http.RoundTripper) *secretsManager {
	return &secretsManager{
		secret: c.Secret, endpoint: cmp.Or(strings.TrimSuffix(c.SecretsEndpoint, "/"), c.Secret.endpoint()),
		credentials: c.Credentials, signer: v4.NewSigner(),
		web: client(transport),
	}
}

// fetch gives the secret's text as it is in force (AWSCURRENT). Its error repeats
// nothing of an answer but the code of a refusal.
func (m *secretsManager) fetch(ctx context.Context) ([]byte, error) {
	request, err := m.request(ctx)
	if err != nil {
		return nil, err
	}
	got, err := m.web.Do(request)
	if err != nil {
		return nil, err
	}
	defer got.Body.Close()
	body, err := io.ReadAll(io.LimitReader(got.Body, secretCap+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("the answer could not be read to its end: %w", err)
	case len(body) > secretCap:
		return nil, errors.New("the answer is too large")
	case got.StatusCode != http.StatusOK:
		return nil, refusal(got.StatusCode, body)
	}
	return readSecretValue(body)
}

// request is the signed call. It is signed by the machine's clock, which AWS
// compares with its own.
func (m *secretsManager) request(ctx context.Context) (*http.Request, error) {
	body := []byte(`{"SecretId":"` + m.secret.whole + `"}`) // its form holds nothing to escape
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, m.endpoint+"/", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-amz-json-1.1")
	request.Header.Set("X-Amz-Target", "secretsmanager.GetSecretValue")
	sum := sha256.Sum256(body)
	return request, m.signer.SignHTTP(ctx, m.credentials, request, hex.EncodeToString(sum[:]), "secretsmanager", m.secret.region, time.Now())
}

func readSecretValue(body []byte) ([]byte, error) {
	var value struct {
		Text *string `json:"SecretString"`
	}
	switch err := json.Unmarshal(body, &value, jsontext.AllowInvalidUTF8(true)); {
	case err != nil:
		return nil, errors.New("the answer cannot be read") // err would quote it
	case value.Text == nil:
		return nil, errors.New("it holds no text: it was stored as bytes")
	}
	return []byte(*value.Text), nil
}

// refusalForm is how AWS writes the type of an error, a namespace and "#" apart.
var refusalForm = shape.Of("A-Za-z", 1, 64)

// advice is what to do about a refusal (GetSecretValue, Errors).
var advice = map[string]string{
	"AccessDeniedException":     "let the function's role read it (secretsmanager:GetSecretValue) and use the key it is encrypted with (kms:Decrypt)",
	"ResourceNotFoundException": "there is no such secret, or it has no value yet; see SECRET_ARN",
	"DecryptionFailure":         "its KMS key cannot be used; see whether the key is enabled",
	"InvalidRequestException":   "it is marked for deletion; restore it",
	"InvalidSignatureException": "the credentials or the clock are wrong",
}

// refusal reads an error's type and leaves its text, which names the role and the
// account.
func refusal(status int, body []byte) error {
	var problem struct {
		Type string `json:"__type"`
	}
	_ = json.Unmarshal(body, &problem, jsontext.AllowInvalidUTF8(true)) // a proxy's page has none
	code := problem.Type[strings.LastIndex(problem.Type, "#")+1:]
	if !refusalForm.MatchString(code) {
		return fmt.Errorf("Secrets Manager answers HTTP %d", status)
	}
	if what, known := advice[code]; known {
		return fmt.Errorf("Secrets Manager answers %s: %s", code, what)
	}
	return fmt.Errorf("Secrets Manager answers %s (HTTP %d)", code, status)
}
