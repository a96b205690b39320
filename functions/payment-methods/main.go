// Command payment-methods is the Lambda function of that name; see template.yaml for the
// route or schedule it serves.
package main

import (
	"fmt"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/serverless-checkout/serverless-checkout/shared/setup"
)

func main() {
	handlers, err := setup.TableHandlers()
	if err != nil {
		fmt.Fprintf(os.Stderr, "payment-methods: the configuration has faults:\n%v\n", err)
		os.Exit(1)
	}
	lambda.Start(handlers.PaymentMethods())
}
