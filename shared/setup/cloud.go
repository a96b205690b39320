package setup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/serverless-checkout/serverless-checkout/shared/shape"
)

// Cloud is what a function has on AWS beside its Config: where the table and the
// secret are, and as whom it may ask for them. Lambda itself sets the variables that
// begin with AWS_, the two endpoints apart.
type Cloud struct {
	// TABLE_NAME: the DynamoDB table.
	Table string

	// SECRET_ARN: ARN of the Secrets Manager secret, see Secrets. Only functions
	// that need a secret need it.
	Secret SecretARN

	// AWS_REGION: where the table is.
	Region string

	// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN: the function's
	// role. They stay the same for as long as its container lives. A session token
	// may be left out.
	Credentials aws.Credentials

	// AWS_ENDPOINT_URL_DYNAMODB and AWS_ENDPOINT_URL_SECRETS_MANAGER: for tests, an
	// origin in place of AWS's own, which may be http; left out on AWS.
	DynamoDBEndpoint string
	SecretsEndpoint  string
}

// ReadCloud reads a Cloud through lookup and checks it. withSecret says whether the
// function needs a secret; the ARN is not looked at otherwise. Its error names every
// fault at once and repeats no credentials.
func ReadCloud(lookup func(string) string, withSecret bool) (Cloud, error) {
	var faults []error
	need := needed(lookup, &faults)
	c := Cloud{
		Table:  need("TABLE_NAME"),
		Region: need("AWS_REGION"),
		Credentials: aws.Credentials{
			AccessKeyID: need("AWS_ACCESS_KEY_ID"), SecretAccessKey: need("AWS_SECRET_ACCESS_KEY"), SessionToken: lookup("AWS_SESSION_TOKEN"),
		},
		DynamoDBEndpoint: lookup("AWS_ENDPOINT_URL_DYNAMODB"),
		SecretsEndpoint:  lookup("AWS_ENDPOINT_URL_SECRETS_MANAGER"),
	}
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_DYNAMODB": c.DynamoDBEndpoint, "AWS_ENDPOINT_URL_SECRETS_MANAGER": c.SecretsEndpoint,
	} {
		if value != "" && !isEndpoint(value) {
			faults = append(faults, fmt.Errorf("%s is not an origin like http://127.0.0.1:8000", name))
		}
	}
	if !withSecret {
		return c, errors.Join(faults...)
	}
	arn, err := readSecretARN(need("SECRET_ARN"))
	if c.Secret = arn; err != nil {
		faults = append(faults, err)
	}
	return c, errors.Join(faults...)
}

// aws is the Cloud as the SDK wants it. The SDK's own config package would read the
// same from more places, and costs a quarter of a cold start.
func (c Cloud) aws() aws.Config {
	return aws.Config{
		Region:      c.Region,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return c.Credentials, nil }),
	}
}

func isEndpoint(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") && u.Scheme+"://"+u.Host == strings.TrimSuffix(s, "/")
}

// SecretARN is where a secret is. The ARN itself is no secret; still the account's
// number in it is nobody's business, so a log has the name alone.
type SecretARN struct {
	whole, partition, region string

	Name string // as the console shows it, and six characters more
}

// The parts of the ARN of a secret; template.yaml holds it to the same form.
var (
	regionForm  = shape.Of("a-z0-9-", 1, 32)
	accountForm = shape.Of("0-9", 12, 12)
	nameForm    = shape.Of("A-Za-z0-9/_+=.@-", 1, 519) // 512 and what AWS puts behind
)

// readSecretARN reads arn:PARTITION:secretsmanager:REGION:ACCOUNT:secret:NAME; nothing
// gives nothing.
func readSecretARN(text string) (SecretARN, error) {
	if text == "" {
		return SecretARN{}, nil
	}
	part := strings.Split(text, ":")
	if len(part) != 7 || part[0] != "arn" || part[2] != "secretsmanager" || part[5] != "secret" ||
		!regionForm.MatchString(part[3]) || !accountForm.MatchString(part[4]) || !nameForm.MatchString(part[6]) {
		return SecretARN{}, errors.New("SECRET_ARN is not the whole ARN of a secret")
	}
	if _, known := domains[part[1]]; !known {
		return SecretARN{}, errors.New("SECRET_ARN is in a partition of AWS that is not known here")
	}
	return SecretARN{whole: text, partition: part[1], region: part[3], Name: part[6]}, nil
}

// domains are what AWS's hosts end in, by partition (aws-sdk-go-v2 v1.47.7,
// internal/endpoints/awsrulesfn/partitions.json, dnsSuffix).
var domains = map[string]string{
	"aws":        "amazonaws.com",
	"aws-cn":     "amazonaws.com.cn",
	"aws-eusc":   "amazonaws.eu",
	"aws-iso":    "c2s.ic.gov",
	"aws-iso-b":  "sc2s.sgov.gov",
	"aws-iso-e":  "cloud.adc-e.uk",
	"aws-iso-f":  "csp.hci.ic.gov",
	"aws-us-gov": "amazonaws.com",
}

// endpoint is where Secrets Manager answers for this secret.
func (a SecretARN) endpoint() string {
	return "https://secretsmanager." + a.region + "." + domains[a.partition]
}

// tableOrigin is where DynamoDB answers for this region, as far as can be told without
// its client: it is only for opening a connection ahead.
func (c Cloud) tableOrigin() string {
	partition := cmp.Or(c.Secret.partition, "aws")
	return cmp.Or(c.DynamoDBEndpoint, "https://dynamodb."+c.Region+"."+domains[partition])
}
