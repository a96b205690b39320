package paypal

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/sim/answer"
)

// disputeList is a page of disputes (Disputes spec, schema dispute_search).
// "items" has one at least in the spec, so a page without any has no items.
type disputeList struct {
	Items []disputeLine `json:"items,omitempty"`
	Links []link        `json:"links"`
}

const (
	defaultPage = 10
	largestPage = 50
	// disputeSight is how far back update_time_after may go.
	disputeSight = 180 * 24 * time.Hour
)

// disputeSearch is what a list is asked for.
type disputeSearch struct {
	after time.Time
	size  int
	below int // only disputes opened before the one with this number
}

// listDisputes answers GET /v1/customer/disputes, latest opened first. A dispute
// that is opened between two pages shifts nothing. Only update_time_after,
// page_size and next_page_token are imitated; "after" leaves out what was
// updated at that very second.
func (s *Simulator) listDisputes(c *visit) answer.Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	query, err := url.ParseQuery(c.request.URL.RawQuery)
	if err != nil {
		return refuse(c, http.StatusBadRequest, "INVALID_PARAMETER_SYNTAX")
	}
	search, wrong := s.readSearch(query)
	if wrong != nil {
		return refuseDetails(c, http.StatusBadRequest, wrong)
	}
	self := c.base + disputePath
	if len(query) > 0 {
		self += "?" + query.Encode()
	}
	page := disputeList{Links: []link{{self, "self", http.MethodGet}}}
	for i := search.below - 1; i >= 0; i-- {
		d := s.disputes[i]
		if !d.updated.After(search.after) {
			continue
		}
		if len(page.Items) == search.size {
			query.Set("next_page_token", pageToken(i+1))
			query.Set("page_size", strconv.Itoa(search.size))
			page.Links = append(page.Links, link{c.base + disputePath + "?" + query.Encode(), "next", http.MethodGet})
			break
		}
		page.Items = append(page.Items, d.line(c.base))
	}
	return reply(http.StatusOK, page)
}

// readSearch reads the query, or says what is wrong with it. The caller holds
// mu.
func (s *Simulator) readSearch(query url.Values) (disputeSearch, []detail) {
	search := disputeSearch{after: s.now().Add(-disputeSight), size: defaultPage, below: len(s.disputes)}
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
		text, ok := query.Get(name), len(query[name]) == 1
		switch name {
		case "update_time_after":
			at, err := time.Parse(time.RFC3339, text)
			if ok = ok && err == nil && !at.Before(search.after); ok {
				search.after = at
			}
		case "page_size":
			size, err := strconv.Atoi(text)
			ok = ok && err == nil && size >= 1 && size <= largestPage
			search.size = size
		case "next_page_token":
			below, valid := s.readToken(text)
			ok = ok && valid
			search.below = below
		default:
			refuse(name, "NOT_SUPPORTED")
			continue
		}
		if !ok {
			refuse(name, "INVALID_PARAMETER_VALUE")
		}
	}
	return search, wrong
}

// pageToken names the place a next page begins at.
func pageToken(below int) string {
	return base64.StdEncoding.EncodeToString([]byte("below:" + strconv.Itoa(below)))
}

func (s *Simulator) readToken(token string) (below int, ok bool) {
	text, err := base64.StdEncoding.DecodeString(token)
	number, found := strings.CutPrefix(string(text), "below:")
	below, numberErr := strconv.Atoi(number)
	return below, err == nil && found && numberErr == nil && below >= 0 && below <= len(s.disputes)
}
