package gateway

import (
	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// IAM is the authorizer of a route that takes signed requests only.
const IAM = "AWS_IAM"

// caller is who may call the routes that IAM guards. There is one: a laptop has
// no users and no policies that could tell them apart.
type caller struct {
	credentials aws.Credentials
	region      string
	signer      *v4.Signer // it keeps the day's key
}

// WithCredentials opens the routes that IAM guards to whoever signs with these:
// credentials of this machine, never ones that AWS knows. Without them these
// routes are closed to everybody.
func WithCredentials(accessKeyID, secretAccessKey, region string) Option {
	return func(g *gateway) {
		g.caller = &caller{
			credentials: aws.Credentials{AccessKeyID: accessKeyID, SecretAccessKey: secretAccessKey},
			region:      region,
			signer:      v4.NewSigner(),
		}
	}
}

// whole: an empty secret would be known to everybody.
func (c *caller) whole() bool {
	return c.region != "" && c.credentials.HasKeys()
}

// callerOf is who can be let in to a guarded route; nil if nobody can, as with
// an authorizer that is not imitated.
func (g *gateway) callerOf(route Route) *caller {
	if route.Authorizer != IAM {
		return nil
	}
	return g.caller
}

// authorizer tells a function who called it; nil on a route that is public,
// whatever its caller signed.
func (c *caller) authorizer() *events.APIGatewayV2HTTPRequestContextAuthorizerDescription {
	if c == nil {
		return nil
	}
	return &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{
		IAM: &events.APIGatewayV2HTTPRequestContextAuthorizerIAMDescription{
			AccessKey: c.credentials.AccessKeyID,
			AccountID: accountID,
			UserARN:   "arn:aws:iam::" + accountID + ":user/local",
		},
	}
}
