package paypal

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/sim/answer"
)

// Limits of a report (Reporting spec, parameters; the last as PayPal answers
// it, schema search error of PayPal's Java SDK).
const (
	reportRange     = 31 * 24 * time.Hour
	reportYears     = 3
	defaultReport   = 100
	largestReport   = 500
	maxReportedRows = 10_000
)

// reportSearch is what a report is asked for.
type reportSearch struct {
	start, end time.Time
	size, page int
	all        bool // rows that affect no balance too
	parts      map[string]bool
	filtered   bool // by any of the filters below
	id         string
	code       string
	status     string
	currency   string
	least      *int64 // of the gross amount
	most       *int64
}

// reportTime is the form of a time that is asked for: an offset with a colon, or
// Z (Reporting spec, parameter start_date). PayPal takes +0000 too.
var reportTime = regexp.MustCompile(
	`^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[1-2][0-9]|3[0-1])T([0-1][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)([.][0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$`)

// amountRange is the form of transaction_amount.
var amountRange = regexp.MustCompile(`^\[?(-?[0-9]{1,18}) TO (-?[0-9]{1,18})\]?$`)

// reportParts are the values of fields.
var reportParts = []string{
	"transaction_info", "payer_info", "shipping_info", "auction_info", "cart_info", "incentive_info", "store_info",
}

// report answers GET /v1/reporting/transactions. Rows come by initiation, the
// earliest first; that PayPal orders them so is UNVERIFIED. Both ends of the
// range belong to it.
func (s *Simulator) report(c *visit) answer.Answer {
	if s.unscoped(c) {
		return refuse(c, http.StatusForbidden, "")
	}
	query, err := url.ParseQuery(c.request.URL.RawQuery)
	if err != nil {
		return refuse(c, http.StatusBadRequest, "INVALID_PARAMETER_SYNTAX")
	}
	search, wrong := readReport(query, s.now())
	if wrong != nil {
		return refuseDetails(c, http.StatusBadRequest, wrong)
	}
	if search.page > 1 {
		s.runBetween()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.payDue()
	refreshed := s.refreshed()
	last := refreshed.Add(-s.reporting.clip)
	if search.start.After(last) {
		return s.unavailable(c)
	}
	if search.end.After(last) {
		search.end = last
	}
	list := s.search(search, refreshed)
	if len(list) > maxReportedRows {
		return tooMany(c, len(list))
	}
	if search.page == 1 && len(list) > search.size && s.reporting.shifts > 0 {
		s.reporting.shifts--
		s.reporting.shifted++
		list = list[1:]
	}
	return reply(http.StatusOK, s.drawReport(c, query, search, list, refreshed))
}

func (s *Simulator) runBetween() {
	s.mu.Lock()
	f := s.reporting.between
	s.reporting.between = nil
	s.mu.Unlock()
	if f != nil {
		f()
	}
}

// unscoped tells whether the call's token has not the scope of the reports.
func (s *Simulator) unscoped(c *visit) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reporting.unscoped[strings.TrimPrefix(c.request.Header.Get("Authorization"), "Bearer ")]
}

// unavailable is the refusal of a range that begins after the data end.
func (s *Simulator) unavailable(c *visit) answer.Answer {
	const reason = "Data for the given start date is not available."
	p := problem{Name: names[400][0], Message: reason, DebugID: c.debugID, Details: []detail{}}
	if s.reporting.form == AsSpecified {
		p.Message, p.Details = names[400][1], []detail{{Issue: reason}}
	}
	return reply(http.StatusBadRequest, p)
}

// tooMany is the refusal of a range with more rows than PayPal lists.
func tooMany(c *visit, count int) answer.Answer {
	return reply(http.StatusBadRequest, struct {
		problem
		TotalItems   int `json:"total_items"`
		MaximumItems int `json:"maximum_items"`
	}{problem{
		Name: "RESULTSET_TOO_LARGE", DebugID: c.debugID,
		Message: "Result set size is greater than the maximum limit. Change the filter criteria and try again.",
	}, count, maxReportedRows})
}

// reported is a row as the report has it at its last refresh.
type reported struct {
	*row
	version
}

// search lists the rows of a search in order. The caller holds mu.
func (s *Simulator) search(search reportSearch, refreshed time.Time) []reported {
	rows := s.statement.rows
	from := sort.Search(len(rows), func(i int) bool { return !rows[i].at.Before(search.start) })
	var list []reported
	for _, r := range rows[from:] {
		if r.at.After(search.end) {
			break
		}
		v := s.shown(r, refreshed)
		if v == nil || r.misreport == MisreportLost || !search.wants(r, v) {
			continue
		}
		entry := reported{r, *v}
		if r.misreport == MisreportAmount {
			entry.amount += r.addedBy
		}
		list = append(list, entry)
		if r.misreport == MisreportTwice {
			list = append(list, entry)
		}
	}
	return list
}

func (f reportSearch) wants(r *row, v *version) bool {
	return (f.all || !r.memo()) &&
		(f.id == "" || f.id == r.id) &&
		(f.code == "" || f.code == r.code) &&
		(f.status == "" || f.status == v.status) &&
		(f.currency == "" || f.currency == r.currency) &&
		(f.least == nil || *f.least <= v.amount && v.amount <= *f.most)
}

// readReport reads the query, or says what is wrong with it.
func readReport(query url.Values, now time.Time) (reportSearch, []detail) {
	f := reportSearch{size: defaultReport, page: 1, parts: map[string]bool{reportParts[0]: true}}
	var wrong []detail
	refuse := func(name, issue string) {
		wrong = append(wrong, detail{
			Field: name, Value: query.Get(name), Location: "query", Issue: issue, Description: descriptions[issue],
		})
	}
	names := make([]string, 0, len(query))
	for name := range query {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		read := reportParameters[name]
		switch {
		case read == nil:
			refuse(name, "NOT_SUPPORTED")
		case len(query[name]) != 1 || !read(&f, query.Get(name)):
			refuse(name, "INVALID_PARAMETER_VALUE")
		}
	}
	for _, name := range []string{"start_date", "end_date"} {
		if query.Get(name) == "" {
			refuse(name, "MISSING_REQUIRED_PARAMETER")
		}
	}
	if wrong != nil {
		return f, wrong
	}
	if f.start.Before(now.AddDate(-reportYears, 0, 0)) {
		refuse("start_date", "INVALID_PARAMETER_VALUE")
	}
	if f.end.Before(f.start) || f.end.Sub(f.start) > reportRange {
		refuse("end_date", "INVALID_PARAMETER_VALUE")
	}
	return f, wrong
}

// reportParameters read one parameter each, or tell that it is wrong. Those of
// stores, terminals and instruments are not imitated.
var reportParameters = map[string]func(*reportSearch, string) bool{
	"start_date": func(f *reportSearch, text string) bool { return readTime(&f.start, text) },
	"end_date":   func(f *reportSearch, text string) bool { return readTime(&f.end, text) },
	"page_size":  func(f *reportSearch, text string) bool { return readCount(&f.size, text, largestReport) },
	"page":       func(f *reportSearch, text string) bool { return readCount(&f.page, text, 1<<31-1) },
	"fields":     (*reportSearch).readFields,
	"balance_affecting_records_only": func(f *reportSearch, text string) bool {
		f.all = text == "N"
		return text == "Y" || text == "N"
	},
	"transaction_id": func(f *reportSearch, text string) bool {
		f.id, f.filtered = text, true
		return len(text) >= 17 && len(text) <= 19 && isID(text)
	},
	"transaction_type": func(f *reportSearch, text string) bool {
		f.code, f.filtered = text, true
		return codePattern.MatchString(text)
	},
	"transaction_status": func(f *reportSearch, text string) bool {
		f.status, f.filtered = text, true
		return slices.Contains([]string{rowDone, rowPending, rowDenied, rowReversed}, text)
	},
	"transaction_currency": func(f *reportSearch, text string) bool {
		f.currency, f.filtered = text, true
		_, known := currencies[text]
		return known
	},
	"transaction_amount": (*reportSearch).readAmounts,
}

func readTime(to *time.Time, text string) bool {
	at, err := time.Parse(time.RFC3339, text)
	*to = at
	return err == nil && reportTime.MatchString(text)
}

func readCount(to *int, text string, most int) bool {
	n, err := strconv.Atoi(text)
	*to = n
	return err == nil && n >= 1 && n <= most
}

func (f *reportSearch) readFields(text string) bool {
	f.parts = map[string]bool{}
	for _, part := range strings.Split(text, ",") {
		switch {
		case part == "all":
			for _, each := range reportParts {
				f.parts[each] = true
			}
		case slices.Contains(reportParts, part):
			f.parts[part] = true
		default:
			return false
		}
	}
	return true
}

func (f *reportSearch) readAmounts(text string) bool {
	m := amountRange.FindStringSubmatch(text)
	if m == nil {
		return false
	}
	least, leastErr := strconv.ParseInt(m[1], 10, 64)
	most, mostErr := strconv.ParseInt(m[2], 10, 64)
	f.least, f.most, f.filtered = &least, &most, true
	return leastErr == nil && mostErr == nil
}
