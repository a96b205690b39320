package gateway

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Sign signs a request as the AWS tools do, for whoever calls a merchant route
// from Go: body is what the request carries, at the time by the gateway's clock.
func Sign(r *http.Request, body []byte, accessKeyID, secretAccessKey, region string, at time.Time) error {
	sum := sha256.Sum256(body)
	credentials := aws.Credentials{AccessKeyID: accessKeyID, SecretAccessKey: secretAccessKey}
	return v4.NewSigner().SignHTTP(r.Context(), credentials, r, hex.EncodeToString(sum[:]), signedService, region, at)
}
