package main

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/report"
)

// reportPath is the page of the settlement in a shop that runs.
const reportPath = "/report"

// reportPage serves the settlement of the days that are asked for, both ends in them:
// /report?from=2026-11-01&last=2026-11-30. Without any it is this month. It asks the
// API as a merchant's own page would, signed, so that the page needs no rights: it is
// for this machine alone, like everything of a local run.
func (w *world) reportPage(out http.ResponseWriter, in *http.Request) {
	now := w.clock.Now()
	from, to := monthSoFar(now)
	if query := in.URL.Query(); query.Has("from") || query.Has("last") {
		from, to = query.Get("from"), dayAfter(query.Get("last"))
	}
	r, err := readReport(in.Context(), w.merchantAPI(), from, to, now)
	status, why := faultOf(err)
	sendPage(out, status, func(page io.Writer) error {
		return report.Write(page, r, &report.Served{Fault: why, Story: storyAddress(in.URL.RawQuery)})
	})
}

// storyAddress is where a payment's story is; the days come along for the way back.
func storyAddress(days string) func(id string) string {
	return func(id string) string { return reportPath + "/payments/" + url.PathEscape(id) + "?" + days }
}

// storyPage serves what became of one payment's money, in the browser's language.
func (w *world) storyPage(out http.ResponseWriter, in *http.Request) {
	var story report.Story
	err := w.merchantAPI().read(in.Context(), "/merchant/payments/"+url.PathEscape(in.PathValue("id"))+"/money",
		map[string]string{"Accept-Language": in.Header.Get("Accept-Language")}, &story)
	if status, why := faultOf(err); why != "" {
		sendPage(out, status, func(page io.Writer) error { return report.Write(page, report.Report{}, &report.Served{Fault: why}) })
		return
	}
	out.Header().Set("Vary", "Accept-Language")
	sendPage(out, http.StatusOK, func(page io.Writer) error { return report.WriteStory(page, story, reportPath+"?"+in.URL.RawQuery) })
}

// faultOf is what a page says where the API gave no answer: its own words, if it had any.
func faultOf(err error) (status int, why string) {
	var refused *refusedError
	switch {
	case err == nil:
		return http.StatusOK, ""
	case errors.As(err, &refused):
		return refused.status, refused.Error()
	}
	return http.StatusBadGateway, "The API did not answer: " + err.Error()
}

// sendPage answers with a page under its own policy.
func sendPage(out http.ResponseWriter, status int, draw func(io.Writer) error) {
	var page bytes.Buffer
	if err := draw(&page); err != nil {
		http.Error(out, "The page could not be drawn.", http.StatusInternalServerError)
		return
	}
	h := out.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", report.Policy+"; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	out.WriteHeader(status)
	page.WriteTo(out) // a browser that has gone is no concern of ours
}

// dayAfter is the end of a range whose last day is given. What is no day goes on as it
// is: the API says what is wrong with it.
func dayAfter(day string) string {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return at.AddDate(0, 0, 1).Format(time.DateOnly)
}
