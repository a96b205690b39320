package stripe

import (
	"fmt"
	"hash/fnv"
	"math/big"
	"strings"
)

// instructionsPath is where the page with a bank transfer's instructions is. Stripe's
// own is on another host (payments.stripe.com).
const instructionsPath = "/bank_transfers/instructions/"

// accountHolder is whom the buyer transfers to: Stripe, for the merchant.
const accountHolder = "Simulated Stripe"

// account is where a buyer transfers to. Each customer has one of their own in each
// currency, so that whatever comes in there is theirs.
type account struct {
	kind     string   // financial_addresses, type
	networks []string // it can be reached by
	fields   []field
}

// field is one thing a buyer types into their bank's form.
type field struct{ name, label, value string }

// accountOf is the account of a session's customer. The numbers are made up; an IBAN has
// the check digits that any bank's form wants to see.
func accountOf(o *session) account {
	digits := func(n int) string { return number17(o.customer.id, o.currency)[:n] }
	switch o.transfer {
	case "eu_bank_transfer":
		return account{"iban", []string{"sepa"}, []field{
			{"iban", "IBAN", iban(o.country, digits)}, {"bic", "BIC", "SIMU" + o.country + "22XXX"}, {"country", "", o.country},
		}}
	case "gb_bank_transfer":
		return account{"sort_code", []string{"bacs", "fps"}, []field{
			{"sort_code", "Sort code", "000000"}, {"account_number", "Account number", digits(8)},
		}}
	case "jp_bank_transfer":
		return account{"zengin", []string{"zengin"}, []field{
			{"bank_code", "Bank code", "0000"}, {"bank_name", "Bank", "Simulated Bank"}, {"branch_code", "Branch code", "000"},
			{"branch_name", "Branch", "Main"}, {"account_type", "Account type", "futsu"}, {"account_number", "Account number", digits(7)},
		}}
	case "mx_bank_transfer":
		return account{"spei", []string{"spei"}, []field{
			{"clabe", "CLABE", "0" + digits(17)}, {"bank_code", "Bank code", "000"}, {"bank_name", "Bank", "Simulated Bank"},
		}}
	}
	return account{"aba", []string{"ach", "domestic_wire_us"}, []field{
		{"routing_number", "Routing number", "000000000"}, {"account_number", "Account number", digits(12)},
		{"account_type", "Account type", "checking"}, {"bank_name", "Bank", "Simulated Bank"},
	}}
}

// number17 is a number of 17 digits that belongs to a customer and a currency.
func number17(customer, currency string) string {
	h := fnv.New64a()
	h.Write([]byte(customer + currency))
	return fmt.Sprintf("%017d", h.Sum64()%1e17)
}

// ibanForms are how the countries of Stripe's euro accounts write what follows the
// country and the check digits (ISO 13616): a bank's letters and how many digits.
var ibanForms = map[string]struct {
	bank   string
	digits int
}{
	"BE": {"", 12}, "DE": {"", 18}, "ES": {"", 20}, "FR": {"", 23}, "IE": {"SIMU", 14}, "NL": {"SIMU", 10},
}

// iban is an IBAN of a country, at a bank that is not there.
func iban(country string, digits func(int) string) string {
	form := ibanForms[country]
	own := min(form.digits, 10)
	rest := form.bank + strings.Repeat("0", form.digits-own) + digits(own)
	number := ""
	for _, c := range rest + country + "00" {
		if c >= 'A' {
			number += fmt.Sprint(c - 'A' + 10)
			continue
		}
		number += string(c)
	}
	n, _ := new(big.Int).SetString(number, 10)
	return fmt.Sprintf("%s%02d%s", country, 98-new(big.Int).Mod(n, big.NewInt(97)).Int64(), rest)
}

// reference is what the buyer has to name, so that their money is told from another
// purchase's.
func (i *intent) reference() string { return "SIM" + i.id[len(i.id)-8:] }

// instructions are how to transfer what remains (OpenAPI,
// payment_intent_next_action_display_bank_transfer_instructions).
func (s *Simulator) instructions(i *intent) object {
	o := i.session
	to := accountOf(o)
	nowhere := object{"city": nil, "country": nil, "line1": nil, "line2": nil, "postal_code": nil, "state": nil}
	of := object{"account_holder_name": accountHolder, "account_holder_address": nowhere, "bank_address": nowhere}
	for _, f := range to.fields {
		of[f.name] = f.value
	}
	view := object{
		"type": o.transfer, "amount_remaining": i.remaining, "currency": o.currency, "reference": i.reference(),
		"hosted_instructions_url": nil, "financial_addresses": []object{{"type": to.kind, "supported_networks": to.networks, to.kind: of}},
	}
	if at := s.publicOf(nil); at != "" {
		view["hosted_instructions_url"] = at + instructionsPath + i.id
	}
	return view
}
