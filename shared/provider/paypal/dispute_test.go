package paypal

import (
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

const (
	disputeLook = "GET /v1/customer/disputes/PP-D-12345"
	disputeList = "GET /v1/customer/disputes"
)

func openDispute() provider.Disputed {
	at := func(day int) time.Time { return time.Date(2026, 3, day, 9, 0, 0, 0, time.UTC) }
	return provider.Disputed{Payment: testPayment, Dispute: payment.Dispute{
		ID: "PP-D-12345", Capture: testTaken, Open: true, Stage: "INQUIRY", Reason: "MERCHANDISE_OR_SERVICE_NOT_RECEIVED",
		Amount: money.New(4150, "EUR"), Answer: at(14), Updated: at(5),
	}}
}

func TestLookDispute(t *testing.T) {
	body := testdata(t, "dispute.json")
	resolved := openDispute()
	resolved.Open, resolved.Outcome = false, "RESOLVED_BUYER_FAVOUR"
	second := openDispute()
	second.Capture, second.Payment = "CAP2", ""
	unread := openDispute()
	unread.Amount = money.Amount{}
	timeless := openDispute()
	timeless.Answer, timeless.Updated = time.Time{}, time.Unix(0, 0).UTC()
	wordless := openDispute()
	wordless.Stage, wordless.Reason = "", ""
	for name, tt := range map[string]struct {
		change []string
		want   []provider.Disputed
	}{
		"open":          {nil, []provider.Disputed{openDispute()}},
		"resolved":      {[]string{`"WAITING_FOR_SELLER_RESPONSE"`, `"RESOLVED","dispute_outcome":{"outcome_code":"RESOLVED_BUYER_FAVOUR"}`}, []provider.Disputed{resolved}},
		"new status":    {[]string{"WAITING_FOR_SELLER_RESPONSE", "NOBODY_KNOWS"}, []provider.Disputed{openDispute()}},
		"two":           {[]string{`"disputed_transactions": [`, `"disputed_transactions": [{"seller_transaction_id":"CAP2"},{"seller_transaction_id":"not-a-capture"},{},`}, []provider.Disputed{second, openDispute()}},
		"crypto":        {[]string{`"dispute_amount": {"currency_code": "EUR", "value": "41.50"}`, `"dispute_amount":{"currency_code":"BTC","value":"0.00000001"}`}, []provider.Disputed{unread}},
		"without times": {[]string{`"seller_response_due_date"`, `"x"`, `"update_time"`, `"y"`, `"create_time": "2026-03-04T09:00:00.000Z"`, `"z":1`}, []provider.Disputed{timeless}},
		"no code":       {[]string{`"INQUIRY"`, `"Dear sir\n"`, `"MERCHANDISE_OR_SERVICE_NOT_RECEIVED"`, `"it's late"`}, []provider.Disputed{wordless}},
		"about nothing": {[]string{`"disputed_transactions"`, `"x"`}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.NewReplacer(tt.change...).Replace(body)
			if tt.change != nil && text == body {
				t.Fatal("nothing was changed")
			}
			_, p := newServer(t, answers{disputeLook: reply(200, text)})
			if got, err := p.LookDispute(t.Context(), "PP-D-12345"); err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got\n%+v, %v\nwant\n%+v", got, err, tt.want)
			}
		})
	}
}

func TestLookDisputeTrouble(t *testing.T) {
	body := testdata(t, "dispute.json")
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		class  provider.Class
	}{
		"another": {reply(200, strings.Replace(body, "PP-D-12345", "PP-D-12346", 1)), provider.Look}, "no status": {reply(200, strings.Replace(body, `"status"`, `"x"`, 1)), provider.Look},
		"HTML": {reply(200, "<html>"), provider.Look}, "empty": {reply(200, ""), provider.Look}, "unrelated": {reply(200, `{"unrelated":1}`), provider.Look},
		"404 HTML": {reply(404, "<html>"), provider.Look}, "403": {reply(403, issuesBody("NOT_AUTHORIZED", "PERMISSION_DENIED")), provider.MerchantSetup},
		"500": {reply(500, ""), provider.Look}, "429": {reply(429, ""), provider.Retry}, "twice": {reply(200, strings.Replace(body, `"reason"`, `"status":"RESOLVED","reason"`, 1)), provider.Look},
	} {
		_, p := newServer(t, answers{disputeLook: tt.answer})
		got, err := p.LookDispute(t.Context(), "PP-D-12345")
		if wantClass(t, err, tt.class); len(got) != 0 || t.Failed() {
			t.Errorf("%s: %+v", name, got)
		}
	}
	for _, body := range []string{testdata(t, "not_found.json"), issuesBody("RESOURCE_NOT_FOUND", "NOBODY_KNOWS_THIS"), issuesBody("RESOURCE_NOT_FOUND")} {
		_, p := newServer(t, answers{disputeLook: reply(404, body)})
		if got, err := p.LookDispute(t.Context(), "PP-D-12345"); err != nil || len(got) != 0 {
			t.Errorf("%+v, %v", got, err)
		}
	}
	for _, id := range []string{"", "../x", "PP/D", "PP?D", "PP%2f", "PP-D\n", "ü", strings.Repeat("A", 256)} {
		s, p := newServer(t, nil)
		_, err := p.LookDispute(t.Context(), id)
		if wantClass(t, err, provider.OurBug); len(s.received) != 0 {
			t.Errorf("%q: sent %v", id, s.received)
		}
	}
}

// page is a page of disputes; next is the address its link leads to.
func page(next string, ids ...string) string {
	items := []string{}
	for _, id := range ids {
		items = append(items, fmt.Sprintf(`{"dispute_id":%q,"status":"OPEN","dispute_amount":{"currency_code":"BTC","value":"1e-8"}}`, id))
	}
	links := `{"rel":"self","href":"https://api-m.paypal.com/v1/customer/disputes?next_page_token=self"}`
	if next != "" {
		links += fmt.Sprintf(`,{"rel":"next","href":%q}`, next)
	}
	return `{"items":[` + strings.Join(items, ",") + `],"links":[` + links + `]}`
}

// TestChangedDisputes reads to the last page. The link's token goes to our API
// with our filters, whatever host and filters the link names.
func TestChangedDisputes(t *testing.T) {
	s, p := newServer(t, answers{disputeList: inTurn(
		reply(200, page("https://evil.example/v1/elsewhere?update_time_after=1970-01-01T00:00:00Z&next_page_token=a%2Bb%2Fc%3D", "PP-1", "PP-2")),
		reply(200, page("/v1/customer/disputes?next_page_token=c", "PP-3")),
		reply(200, page("")),
	)})
	since := time.Date(2026, 2, 28, 12, 0, 0, 500, time.FixedZone("", 3600))
	var all []string
	for next, first := "", true; first || next != ""; first = false {
		ids, after, err := p.ChangedDisputes(t.Context(), since, next)
		if err != nil {
			t.Fatal(err)
		}
		all, next = append(all, ids...), after
	}
	if !slices.Equal(all, []string{"PP-1", "PP-2", "PP-3"}) {
		t.Errorf("%v", all)
	}
	s.wantCalls(t, disputeList, disputeList, disputeList)
	for i, token := range []string{"", "a+b/c=", "c"} {
		sent, err := url.ParseQuery(s.to(disputeList)[i].query)
		want := url.Values{"update_time_after": {"2026-02-28T10:59:59.000Z"}, "page_size": {"50"}}
		if token != "" {
			want.Set("next_page_token", token)
		}
		if err != nil || !reflect.DeepEqual(sent, want) {
			t.Errorf("page %d: asked %v, want %v", i, sent, want)
		}
	}
}

// TestChangedDisputesBack: PayPal lists 180 days and refuses more.
func TestChangedDisputesBack(t *testing.T) {
	for _, since := range []time.Time{{}, testTime.AddDate(-1, 0, 0)} {
		s, p := newServer(t, answers{disputeList: reply(200, page(""))})
		if _, _, err := p.ChangedDisputes(t.Context(), since, ""); err != nil {
			t.Fatal(err)
		}
		sent, _ := url.ParseQuery(s.to(disputeList)[0].query)
		if got := sent.Get("update_time_after"); got != "2025-09-03T12:00:00.000Z" {
			t.Errorf("since %v: %s", since, got)
		}
	}
}

// TestChangedDisputesTrouble: an answer that is no page is never taken for the
// last one, or the disputes behind it were lost.
func TestChangedDisputesTrouble(t *testing.T) {
	for name, body := range map[string]string{
		"no token": page("https://api-m.paypal.com/v1/customer/disputes"), "empty token": page("/x?next_page_token="), "no address": page(":"),
		"the same page": page("/x?next_page_token=here"), "HTML": "<html>", "empty": "", "unrelated": `{"unrelated":1}`, "null": "null",
		"no id": `{"items":[{}],"links":[]}`, "evil id": page("", "../x"), "items is none": `{"items":{}}`,
	} {
		_, p := newServer(t, answers{disputeList: reply(200, body)})
		ids, next, err := p.ChangedDisputes(t.Context(), testTime, "here")
		if wantClass(t, err, provider.Look); len(ids) != 0 || next != "" || t.Failed() {
			t.Errorf("%s: %v, %q", name, ids, next)
		}
	}
	for _, body := range []string{`{"items":[]}`, `{"links":[]}`, `{"items":[],"links":[{"rel":"first","href":"x"}]}`} {
		_, p := newServer(t, answers{disputeList: reply(200, body)})
		if ids, next, err := p.ChangedDisputes(t.Context(), testTime, ""); err != nil || len(ids) != 0 || next != "" {
			t.Errorf("%s: %v, %q, %v", body, ids, next, err)
		}
	}
	_, p := newServer(t, answers{disputeList: reply(400, issuesBody("INVALID_REQUEST", "INVALID_PARAMETER_VALUE"))})
	_, _, err := p.ChangedDisputes(t.Context(), testTime, "")
	wantClass(t, err, provider.OurBug)
}
