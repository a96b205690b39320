package paypal

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// money is an integer count of the smallest unit PayPal allows in a currency.
// It renders as PayPal's money object.
type money struct {
	currency string
	count    int64
}

var (
	// moneyPattern and maxMoneyText are the value's rule in the Orders spec,
	// schema money.
	moneyPattern = regexp.MustCompile(`^((-?[0-9]+)|(-?([0-9]+)?[.][0-9]+))$`)
	maxMoneyText = 32
)

// maxWhole is the largest whole part: "Should be less than or equal to
// 999999999999999.99" (Orders spec, MAX_VALUE_EXCEEDED).
const maxWhole = "999999999999999"

// parseMoney reads a value that matches moneyPattern, or names the issue with
// it. What is not exact is refused, never rounded.
func parseMoney(code, text string) (m money, issue string) {
	decimals := currencies[code].decimals
	digits, negative := strings.CutPrefix(text, "-")
	whole, fraction, pointed := strings.Cut(digits, ".")
	whole = strings.TrimLeft(whole, "0")
	switch {
	case pointed && decimals == 0, len(fraction) > decimals:
		return money{}, "DECIMAL_PRECISION"
	case len(whole) > len(maxWhole):
		return money{}, "MAX_VALUE_EXCEEDED"
	}
	fraction += strings.Repeat("0", decimals-len(fraction))
	count, err := strconv.ParseInt("0"+whole+fraction, 10, 64)
	if err != nil {
		return money{}, "MAX_VALUE_EXCEEDED"
	}
	if negative {
		count = -count
	}
	return money{code, count}, ""
}

// String is the decimal text with exactly the currency's decimals.
func (m money) String() string {
	decimals := currencies[m.currency].decimals
	digits := strconv.FormatInt(m.count, 10)
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	if decimals == 0 {
		return sign + digits
	}
	if short := decimals + 1 - len(digits); short > 0 {
		digits = strings.Repeat("0", short) + digits
	}
	point := len(digits) - decimals
	return sign + digits[:point] + "." + digits[point:]
}

// moneyView is PayPal's money object.
type moneyView struct {
	CurrencyCode string `json:"currency_code"`
	Value        string `json:"value"`
}

func (m money) MarshalJSON() ([]byte, error) {
	return json.Marshal(moneyView{m.currency, m.String()})
}

// UnmarshalJSON reads what MarshalJSON wrote. Requests are not read by it: they
// want every issue named.
func (m *money) UnmarshalJSON(body []byte) error {
	var v moneyView
	err := json.Unmarshal(body, &v)
	if err != nil {
		return err
	}
	*m, err = recallMoney(v.CurrencyCode, v.Value)
	return err
}

// recallMoney reads an amount this package has written.
func recallMoney(code, text string) (money, error) {
	if _, known := currencies[code]; !known || !moneyPattern.MatchString(text) {
		return money{}, fmt.Errorf("%q %q is no amount", code, text)
	}
	m, issue := parseMoney(code, text)
	if issue != "" {
		return money{}, fmt.Errorf("%q %q is no amount: %s", code, text, issue)
	}
	return m, nil
}
