package stripe

import (
	"slices"
	"strings"

	api "github.com/stripe/stripe-go/v85"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// Method is a way to pay that a session can be opened for.
type Method struct {
	Name string // Stripe's payment_method_types, and the word in provider.Order
	ID   string // the word in provider.Order where it is another; empty: it is not

	// Currencies it can be paid in; nil: all that Stripe takes. Which of them an
	// account may use hangs on its country, which Stripe decides.
	Currencies []money.Currency

	// Least and Most are what Stripe takes in units of the one currency there is; 0:
	// as for every payment.
	Least, Most int64

	// Delayed: the buyer is done before the money is there, which may come in part,
	// days later, or never.
	Delayed bool

	currencies string // of Currencies, as they are written here
}

// methods are the ways to pay, by Stripe's own names. A session is opened for one of
// them, because those of several do not share their currencies.
var methods = []Method{
	// Visa, Mastercard and UnionPay (docs.stripe.com/payments/unionpay) are networks of
	// it; Apple Pay and Google Pay are on Stripe's page where the buyer's device has them.
	{Name: "card"},
	{Name: "alipay", currencies: "AUD CAD CNY EUR GBP HKD JPY MYR NZD SGD USD"},                       // docs.stripe.com/payments/alipay
	{Name: "wechat_pay", currencies: "AUD CAD CHF CNY DKK EUR GBP HKD JPY NOK SEK SGD USD"},           // docs.stripe.com/payments/wechat-pay
	{Name: "samsung_pay", currencies: "KRW", Least: 100, Most: 2_000_000},                             // docs.stripe.com/payments/samsung-pay
	{Name: "customer_balance", ID: "bank_transfer", currencies: "EUR GBP JPY MXN USD", Delayed: true}, // docs.stripe.com/payments/bank-transfers
	{Name: "crypto", currencies: "USD"},                                                               // docs.stripe.com/payments/accept-stablecoin-payments
	{Name: "ideal", currencies: "EUR"},                                                                // docs.stripe.com/payments/ideal
	{Name: "bancontact", currencies: "EUR"},                                                           // docs.stripe.com/payments/bancontact
	{Name: "blik", currencies: "PLN"},                                                                 // docs.stripe.com/payments/blik
	{Name: "eps", currencies: "EUR"},                                                                  // docs.stripe.com/payments/eps
	{Name: "p24", currencies: "EUR PLN"},                                                              // docs.stripe.com/payments/p24
}

// Methods are the ways to pay. It is for whoever decides what a buyer is offered.
func Methods() []Method {
	list := slices.Clone(methods)
	for i := range list {
		for code := range strings.FieldsSeq(list[i].currencies) {
			list[i].Currencies = append(list[i].Currencies, money.Currency(code))
		}
	}
	return list
}

// methodNamed is the way to pay of a word in provider.Order.
func methodNamed(name string) (Method, bool) {
	i := slices.IndexFunc(methods, func(m Method) bool { return name != "" && (name == m.Name || name == m.ID) })
	if i < 0 {
		return Method{}, false
	}
	return methods[i], true
}

// methodFor is the way to pay an amount. Errors are of class OurBug: the checkout
// should not have offered it.
func methodFor(name string, total money.Amount) (Method, error) {
	m, known := methodNamed(name)
	if !known {
		return Method{}, &provider.Error{Class: provider.OurBug, Code: "METHOD"}
	}
	if m.currencies != "" && !slices.Contains(strings.Fields(m.currencies), string(total.Currency)) {
		return m, &provider.Error{Class: provider.OurBug, Code: "METHOD_CURRENCY"}
	}
	count, err := units(total)
	if err == nil && (count < m.Least || m.Most > 0 && count > m.Most) {
		err = &provider.Error{Class: provider.OurBug, Code: "METHOD_AMOUNT"}
	}
	return m, err
}

// euroBanks are the countries in which Stripe keeps accounts for transfers in euro
// (docs.stripe.com/payments/bank-transfers).
var euroBanks = map[string]bool{"BE": true, "DE": true, "ES": true, "FR": true, "IE": true, "NL": true}

// HasBank reports whether Stripe keeps accounts for transfers in euro in a country.
func HasBank(country string) bool { return euroBanks[country] }

// bankTransfers are Stripe's kinds of bank transfer, by currency.
var bankTransfers = map[money.Currency]string{
	"USD": "us_bank_transfer", "EUR": "eu_bank_transfer", "GBP": "gb_bank_transfer",
	"JPY": "jp_bank_transfer", "MXN": "mx_bank_transfer",
}

// options are what a method has to be told beside its name.
func (s *Stripe) options(m Method, currency money.Currency) (*api.CheckoutSessionCreatePaymentMethodOptionsParams, error) {
	switch m.Name {
	case "wechat_pay":
		return &api.CheckoutSessionCreatePaymentMethodOptionsParams{
			WeChatPay: &api.CheckoutSessionCreatePaymentMethodOptionsWeChatPayParams{Client: api.String("web")},
		}, nil
	case "customer_balance":
		transfer := &api.CheckoutSessionCreatePaymentMethodOptionsCustomerBalanceBankTransferParams{
			Type: api.String(bankTransfers[currency]),
		}
		if currency == "EUR" {
			if s.config.BankCountry == "" {
				return nil, &provider.Error{Class: provider.MerchantSetup, Code: "BANK_COUNTRY"}
			}
			transfer.EUBankTransfer = &api.CheckoutSessionCreatePaymentMethodOptionsCustomerBalanceBankTransferEUBankTransferParams{
				Country: api.String(s.config.BankCountry),
			}
		}
		return &api.CheckoutSessionCreatePaymentMethodOptionsParams{
			CustomerBalance: &api.CheckoutSessionCreatePaymentMethodOptionsCustomerBalanceParams{
				FundingType: api.String("bank_transfer"), BankTransfer: transfer,
			},
		}, nil
	}
	return nil, nil
}
