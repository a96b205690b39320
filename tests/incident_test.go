package tests

import (
	"regexp"
	"slices"
	"testing"
)

// incident is what went wrong in a comparable system, played here as it would happen
// here. What went wrong, and why it cannot here, stands on play.
type incident struct {
	number string // L1 to L15 are what users reported; F9.1 to F9.6 are what cost them money
	words  string
	play   func(*testing.T)
	links  []string // where it was reported
}

var incidents = []incident{
	{"L1", "webhook and browser raced", raceOfWebhookAndBrowser, []string{
		"https://github.com/medusajs/medusa/issues/13301",
		"https://github.com/medusajs/medusa/issues/12674",
		"https://github.com/medusajs/medusa/issues/3146",
		"https://github.com/medusajs/medusa/issues/14804",
	}},
	{"L2", "an ambiguous capture was tried under a new key", newKeyForEachTry, []string{
		"https://github.com/medusajs/medusa/pull/16433",
		"https://github.com/medusajs/medusa/issues/16466",
		"https://github.com/paypal/agent-toolkit/issues/98",
		"https://github.com/productdevbook/kasapay/issues/114",
	}},
	{"L3", "the function died in the middle of a charge", deadInTheMiddle, []string{
		"https://github.com/aws-powertools/powertools-lambda-python/issues/738",
		"https://github.com/aws-powertools/powertools-lambda-python/issues/1038",
		"https://github.com/aws-powertools/powertools-lambda-python/issues/4759",
		"https://github.com/aws-powertools/powertools-lambda-python/issues/8049",
	}},
	{"L4", "two refunds at once were more than the capture", twoRefundsAtOnce, []string{
		"https://github.com/juspay/hyperswitch/issues/13182",
		"https://github.com/open-mercato/open-mercato/issues/4036",
	}},
	{"L5", "a refund was shown twice, one of the dashboard never", refundsTwiceOrNever, []string{
		"https://github.com/woocommerce/woocommerce-paypal-payments/issues/522",
		"https://github.com/woocommerce/woocommerce-paypal-payments/issues/369",
		"https://github.com/woocommerce/woocommerce-gateway-stripe/issues/838",
		"https://github.com/medusajs/medusa/pull/14746",
		"https://github.com/opencollective/opencollective/issues/4368",
	}},
	{"L6", "a refund that failed or waits was shown as done", refundThatWasNone, []string{
		"https://github.com/woocommerce/woocommerce-paypal-payments/issues/982",
		"https://github.com/Automattic/woocommerce-payments/issues/1195",
		"https://github.com/Automattic/woocommerce-payments/issues/312",
		"https://github.com/woocommerce/woocommerce-gateway-stripe/issues/1523",
		"https://github.com/medusajs/medusa/issues/12192",
	}},
	{"L7", "the buyer approved and closed the tab", closedTab, []string{
		"https://github.com/woocommerce/woocommerce-paypal-payments/issues/4458",
		"https://github.com/MahoCommerce/maho/pull/745",
		"https://github.com/paypal/paypal-checkout-components/issues/1521",
	}},
	{"L8", "the customer tried three times and was charged three times", threeTries, []string{
		"https://github.com/opencollective/opencollective/issues/6387",
		"https://github.com/umbraco/Umbraco.Commerce.Issues/issues/395",
		"https://github.com/woocommerce/woocommerce-gateway-stripe/issues/5691",
	}},
	{"L9", "a signature failed because the JSON was written again", rewrittenBody, []string{
		"https://github.com/MahoCommerce/maho/pull/1110",
		"https://github.com/paypal/PayPal-NET-SDK/issues/353",
		"https://github.com/paypal/PayPal-Python-SDK/issues/175",
	}},
	{"L10", "bodies in base64 and headers in small letters", encodedBody, []string{
		"https://github.com/LeanerCloud/CUDly/pull/1483",
		"https://github.com/stripe/stripe-node/issues/1768",
		"https://github.com/stripe/stripe-node/issues/356",
		"https://github.com/grammyjs/grammY/pull/900",
		"https://github.com/aws/aws-sam-cli/issues/3083",
		"https://github.com/aws/aws-lambda-go/issues/117",
	}},
	{"L11", "a pending capture was treated as paid", pendingIsNotPaid, []string{
		"https://github.com/202ecommerce/paypal/issues/10",
		"https://github.com/solidusio/solidus_paypal_commerce_platform/pull/154",
		"https://github.com/opencollective/opencollective/issues/4368",
		"https://github.com/woocommerce/woocommerce-paypal-payments/pull/4294",
	}},
	{"L12", "totals were off by a cent, and the order refused", offByACent, []string{
		"https://github.com/woocommerce/woocommerce-paypal-payments/issues/952",
		"https://github.com/woocommerce/woocommerce-paypal-payments/issues/1508",
		"https://github.com/woocommerce/woocommerce-paypal-payments/issues/734",
		"https://github.com/woocommerce/woocommerce-paypal-payments/pull/721",
		"https://github.com/Sylius/PayPalPlugin/issues/183",
	}},
	{"L13", "10,000 yen were charged as 100", currenciesWithoutCents, []string{
		"https://github.com/calcom/cal.diy/pull/29984",
		"https://github.com/Paymenter/Paymenter/issues/1258",
		"https://github.com/vendure-ecommerce/vendure/pull/4819",
		"https://github.com/woocommerce/woocommerce-paypal-payments/pull/202",
		"https://github.com/nopSolutions/nopCommerce/issues/6310",
	}},
	{"L14", "bots tested stolen cards", cardTesting, []string{
		"https://github.com/woocommerce/woocommerce-paypal-payments/issues/3764",
		"https://github.com/woocommerce/woocommerce-paypal-payments/issues/3904",
		"https://github.com/woocommerce/woocommerce-paypal-payments/issues/3692",
		"https://github.com/woocommerce/woocommerce-paypal-payments/issues/3693",
		"https://github.com/woocommerce/woocommerce-gateway-stripe/issues/918",
		"https://github.com/BrianHenryIE/bh-wc-checkout-rate-limiter/issues/26",
	}},
	{"L15", "a late event downgraded a paid order, a lost one left it stuck", lateAndLost, []string{
		"https://github.com/NEARBuilders/nearmerch.com/issues/209",
		"https://github.com/laravel/cashier-paddle/pull/327",
		"https://github.com/frappe/payments/pull/240",
		"https://github.com/opencollective/opencollective/issues/6342",
	}},
	{"F9.1", "compensation refunded good orders", theLosersCompensation, []string{
		"https://github.com/medusajs/medusa/issues/13301",
		"https://github.com/medusajs/medusa/issues/12674",
	}},
	{"F9.2", "the key was minted for each try, its row deleted on an error", keyOfARefund, []string{
		"https://github.com/medusajs/medusa/issues/16292",
		"https://github.com/medusajs/medusa/issues/16681",
	}},
	{"F9.3", "a webhook was answered 409", conflictOnTheDoorbell, []string{
		"https://github.com/medusajs/medusa/issues/4798",
	}},
	{"F9.4", "a capture that answered nothing was made three times", captureOfNothing, []string{
		"https://github.com/umbraco/Umbraco.Commerce.Issues/issues/395",
	}},
	{"F9.5", "one webhook came twice within 70 ms", sameWebhookTwice, []string{
		"https://github.com/opencollective/opencollective/issues/5644",
	}},
	{"F9.6", "a token for each transaction, until PayPal answered 429", tokenForEachSale, []string{
		"https://github.com/nopSolutions/nopCommerce/issues/7036",
	}},
}

func TestIncidents(t *testing.T) {
	for _, i := range incidents {
		t.Run(i.number+" "+i.words, i.play)
	}
}

// reported is the form of a link.
var reported = regexp.MustCompile(`^https://github\.com/[\w.-]+/[\w.-]+/(issues|pull)/[0-9]+$`)

func TestNoIncidentIsMissing(t *testing.T) {
	want := []string{"L1", "L2", "L3", "L4", "L5", "L6", "L7", "L8", "L9", "L10", "L11", "L12", "L13", "L14", "L15", "F9.1", "F9.2", "F9.3", "F9.4", "F9.5", "F9.6"}
	var got []string
	for _, i := range incidents {
		got = append(got, i.number)
		if len(i.links) == 0 {
			t.Errorf("%s: nobody has reported it", i.number)
		}
		for _, link := range i.links {
			if !reported.MatchString(link) {
				t.Errorf("%s: %s is no report", i.number, link)
			}
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the incidents are %v, want %v", got, want)
	}
}
