package main

import (
	"fmt"
	"io"
	"time"
)

// printMerchant prints a line to paste for each merchant route, signed by curl
// with the local credentials. Query parameters are in alphabetical order and days
// as YYYY-MM-DD, since older versions of curl sign others wrongly. What a shop's own
// server signs has its secrets beneath.
func printMerchant(out io.Writer, api, prices string, now time.Time) {
	curl := fmt.Sprintf(`curl -sS --aws-sigv4 "aws:amz:%s:execute-api" --user %s:%s`, merchantRegion, merchantKey, merchantSecret)
	first, end := monthSoFar(now)
	fmt.Fprintln(out, "\nmerchant (credentials for this run only; put a payment's id in place of ID):")
	for _, line := range []string{
		fmt.Sprintf(`%s "%s/merchant/payments?day=%s"`, curl, api, now.UTC().Format(time.DateOnly)),
		fmt.Sprintf(`%s %s/merchant/payments/ID`, curl, api),
		fmt.Sprintf(`%s "%s/merchant/payments/ID/money?language=en"`, curl, api),
		fmt.Sprintf(`%s "%s/merchant/settlements?from=%s&to=%s"`, curl, api, first, end),
		fmt.Sprintf(`%s "%s/merchant/entries?from=%s&to=%s"`, curl, api, first, end),
		fmt.Sprintf(`%s -X POST -H 'content-type: application/json' -H "idempotency-key: $(cat /proc/sys/kernel/random/uuid 2>/dev/null || uuidgen)" -d '{"reason":"requested_by_buyer"}' %s/merchant/payments/ID/refunds`, curl, api),
		fmt.Sprintf(`%s -X POST -H 'content-type: application/json' -d '{"code":"other"}' %s/merchant/payments/ID/review`, curl, api),
		fmt.Sprintf(`%s %s/merchant/price-list`, curl, api),
		fmt.Sprintf(`%s -X PUT -H 'content-type: application/json' --data-binary "@%s" %s/merchant/price-list`, curl, prices, api),
	} {
		fmt.Fprintf(out, "  %s\n", line)
	}
	fmt.Fprintf(out, "\na shop's own server (these secrets are for this machine only) signs, with HS256 and aud %q:\n", localStack)
	fmt.Fprintf(out, "  quotes           %s\n  customer tokens  %s\n\n", quoteSecret, customerSecret)
}
