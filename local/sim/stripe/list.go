package stripe

import (
	"math"
	"net/http"
	"slices"
	"time"
)

// mostOnPage is the most a page of a list has, and usual how many it has by itself
// (API reference, pagination).
const (
	mostOnPage = 100
	usual      = 10
)

// filter keeps what fits, the newest first.
func filter[T any](all []T, keep func(T) bool) (kept []T) {
	for _, one := range slices.Backward(all) {
		if keep(one) {
			kept = append(kept, one)
		}
	}
	return kept
}

// within is the range of times that is asked for, read once for a whole list.
func within(p params) func(time.Time) bool {
	first, last := int64(math.MinInt64), int64(math.MaxInt64)
	if n, given, ok := p.number("created[gte]"); given && ok {
		first = max(first, n)
	}
	if n, given, ok := p.number("created[gt]"); given && ok {
		first = max(first, n+1)
	}
	if n, given, ok := p.number("created[lte]"); given && ok {
		last = min(last, n)
	}
	if n, given, ok := p.number("created[lt]"); given && ok {
		last = min(last, n-1)
	}
	return func(at time.Time) bool { return first <= at.Unix() && at.Unix() <= last }
}

// list is one page of a list that is the newest first.
func list[T any](v *visit, url string, all []T, id func(T) string, view func(T, expansions) any) outcome {
	size := usual
	if n, given, ok := v.params.number("limit"); given {
		if !ok || n < 1 || n > mostOnPage {
			return invalid("parameter_invalid_integer", "Limits are from 1 to 100.", "limit")
		}
		size = int(n)
	}
	if after := v.params["starting_after"]; after != "" {
		i := slices.IndexFunc(all, func(one T) bool { return id(one) == after })
		if i < 0 {
			return invalid("resource_missing", "No such object: '"+after+"'", "starting_after")
		}
		all = all[i+1:]
	}
	more := len(all) > size
	data := []any{}
	for _, one := range all[:min(size, len(all))] {
		data = append(data, view(one, v.params.expand().of("data")))
	}
	return reply(http.StatusOK, object{"object": "list", "url": url, "has_more": more, "data": data})
}
