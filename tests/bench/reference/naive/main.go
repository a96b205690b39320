// Command naive does what the checkout's functions do the way it is done first:
// the configuration loader, the newest clients, the provider's library as it
// comes, the system's roots, and everything fetched one after the other inside
// the first request. It is what a first answer is compared with, and it sells
// nothing: it has no look before it takes, and no defence of any kind.
package main

import (
	"context"
	"os"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

type (
	request  = events.APIGatewayV2HTTPRequest
	response = events.APIGatewayV2HTTPResponse
	route    = func(context.Context, request) (response, error)
)

// routes are the functions by the names they have in functions/.
var routes = map[string]route{
	"create-payment":  createPayment,
	"capture-payment": capturePayment,
	"get-payment":     getPayment,
	"webhook":         webhook,
	"sweep":           sweep,
}

func main() { lambda.Start(routes[os.Getenv("ROUTE")]) }
