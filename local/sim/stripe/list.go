package stripe

import (
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

// within tells whether a time is in the range that is asked for.
func within(p params, at time.Time) bool {
	bound := func(name string, fits func(at, n int64) bool) bool {
		n, given, ok := p.number(name)
		return !given || !ok || fits(at.Unix(), n)
	}
	return bound("created[gte]", func(at, n int64) bool { return at >= n }) &&
		bound("created[gt]", func(at, n int64) bool { return at > n }) &&
		bound("created[lte]", func(at, n int64) bool { return at <= n }) &&
		bound("created[lt]", func(at, n int64) bool { return at < n })
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
