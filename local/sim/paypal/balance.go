package paypal

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/sim/answer"
)

// balancesView is the balances (Reporting spec, schema balances_response).
type balancesView struct {
	Balances  []balanceView `json:"balances"`
	AccountID string        `json:"account_id"`
	AsOf      string        `json:"as_of_time"`
	Refreshed string        `json:"last_refresh_time"`
}

type balanceView struct {
	Currency  string `json:"currency"`
	Primary   bool   `json:"primary"`
	Total     money  `json:"total_balance"`
	Available money  `json:"available_balance"`
	Withheld  money  `json:"withheld_balance"`
}

// listBalances answers GET /v1/reporting/balances: every currency that has
// ever had a row, and the primary. A time after the last refresh gives the
// balances of that refresh, as "the last date and time when the balances can be
// served"; what happened in the very second named is in them. A currency that
// was asked for and never used has balances of nothing: UNVERIFIED.
func (s *Simulator) listBalances(c *visit) answer.Answer {
	if s.unscoped(c) {
		return refuse(c, http.StatusForbidden, "")
	}
	query, err := url.ParseQuery(c.request.URL.RawQuery)
	if err != nil {
		return refuse(c, http.StatusBadRequest, "INVALID_PARAMETER_SYNTAX")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.payDue()
	refreshed := s.balancesRefreshed()
	asOf, only, wrong := readBalances(query, s.now(), refreshed)
	if wrong != nil {
		return refuseDetails(c, http.StatusBadRequest, wrong)
	}
	form := s.reporting.form
	v := balancesView{
		Balances: []balanceView{}, AccountID: merchant.MerchantID,
		AsOf: form.stamp(asOf, 0), Refreshed: form.stamp(refreshed, 1),
	}
	list := append(s.touched(), s.primary())
	if only != "" {
		list = []string{only}
	}
	slices.Sort(list)
	for _, code := range slices.Compact(list) {
		b := s.statement.balanceAt(code, asOf)
		v.Balances = append(v.Balances, balanceView{
			code, code == s.primary(), money{code, b.total}, money{code, b.available}, money{code, b.total - b.available},
		})
	}
	return reply(http.StatusOK, v)
}

// balancesRefreshed is when the balances were last refreshed, which is not when
// the report was. The caller holds mu.
func (s *Simulator) balancesRefreshed() time.Time {
	late := s.reporting.balancesLate
	return s.now().Add(-late / 2).Truncate(max(late/4, time.Second))
}

// readBalances reads the query, or says what is wrong with it.
func readBalances(query url.Values, now, refreshed time.Time) (asOf time.Time, currency string, wrong []detail) {
	asOf = refreshed
	names := make([]string, 0, len(query))
	for name := range query {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		text, issue := query.Get(name), "INVALID_PARAMETER_VALUE"
		ok := len(query[name]) == 1
		switch name {
		case "as_of_time":
			var at time.Time
			ok = ok && readTime(&at, text) && !at.Before(now.AddDate(-reportYears, 0, 0))
			if at.Before(refreshed) {
				asOf = at
			}
		case "currency_code":
			_, known := currencies[text]
			currency, ok = text, ok && known
		default:
			issue, ok = "NOT_SUPPORTED", false
		}
		if !ok {
			wrong = append(wrong, detail{Field: name, Value: text, Location: "query", Issue: issue, Description: descriptions[issue]})
		}
	}
	return asOf, currency, wrong
}
