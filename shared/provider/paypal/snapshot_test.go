package paypal

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// TestGap06Whole reads every field there is: fees, the amount credited in
// another currency with its rate, an own and a foreign refund.
func TestGap06Whole(t *testing.T) {
	_, p := newServer(t, answers{lookCall: reply(200, testdata(t, "captured.json"))})
	got, err := p.Look(t.Context(), testOrder)
	if err != nil {
		t.Fatal(err)
	}
	at := func(day, hour, minute, second int) time.Time {
		return time.Date(2026, 3, day, hour, minute, second, 0, time.UTC)
	}
	want := payment.Snapshot{
		Provider: "paypal", Account: account(p), Order: testOrder, At: testTime,
		State: payment.OrderCompleted, Updated: at(2, 8, 0, 1), Payment: testPayment, Amount: amount(t, "EUR 41.50"),
		Captures: []payment.Capture{{
			Movement: payment.Movement{
				ID: "3C679366HH908993F", State: payment.PartiallyRefunded, Reason: "REFUNDED", Amount: amount(t, "EUR 41.50"),
				Created: at(1, 10, 5, 0), Updated: at(2, 8, 0, 1), // the fraction is cut, not rounded
			},
			Order: testOrder, Fee: amount(t, "EUR 1.79"), Net: amount(t, "EUR 39.71"), Received: amount(t, "USD 42.55"), Rate: "1.0715182",
		}},
		Refunds: []payment.Refund{
			{
				Movement: payment.Movement{ID: "0JF852973C016714D", State: payment.Completed, Amount: amount(t, "EUR 1.50"), Created: at(2, 8, 0, 0), Updated: at(2, 8, 0, 1)},
				Own:      testPayment + "-9f8e7d", Capture: "3C679366HH908993F",
			},
			{ // no update_time: it was made and not changed since
				Movement: payment.Movement{ID: "1K2345678L901234M", State: payment.Pending, Reason: "ECHECK", Amount: amount(t, "EUR 2.00"), Created: at(3, 8, 0, 0), Updated: at(3, 8, 0, 0)},
				Capture:  "3C679366HH908993F",
			},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
}

// look reads one order from the parts that differ.
func look(t *testing.T, status, payments, rest string) (payment.Snapshot, error) {
	t.Helper()
	body := fmt.Sprintf(`{"id":%q,"status":%q,"purchase_units":[{"custom_id":%q,"amount":{"currency_code":"EUR","value":"41.50"},"payments":%s}]%s}`,
		testOrder, status, testPayment, payments, rest)
	_, p := newServer(t, answers{lookCall: reply(200, body)})
	return p.Look(t.Context(), testOrder)
}

func movement(status, reason string) string {
	return fmt.Sprintf(`{"id":"M1","status":%q,"status_details":{"reason":%q},"amount":{"currency_code":"EUR","value":"41.50"},"create_time":"2026-03-01T10:05:00Z"}`, status, reason)
}

func TestSnapshotOrderStates(t *testing.T) {
	for status, want := range map[string]payment.OrderState{
		"CREATED": payment.OrderWaiting, "SAVED": payment.OrderWaiting, "PAYER_ACTION_REQUIRED": payment.OrderWaiting,
		"PENDING_APPROVAL": payment.OrderWaiting, "APPROVED": payment.OrderApproved, "COMPLETED": payment.OrderCompleted,
		"VOIDED":        payment.OrderVoided,
		"SOMETHING_NEW": payment.OrderUnknown, "": payment.OrderUnknown, "approved": payment.OrderUnknown, "APPROVED ": payment.OrderUnknown,
	} {
		got, err := look(t, status, "{}", "")
		if err != nil || got.State != want {
			t.Errorf("%q: state %q, want %q (%v)", status, got.State, want, err)
		}
	}
}

func TestSnapshotMovementStates(t *testing.T) {
	for status, want := range map[string]payment.State{
		"COMPLETED": payment.Completed, "DECLINED": payment.Failed, "PARTIALLY_REFUNDED": payment.PartiallyRefunded,
		"PENDING": payment.Pending, "REFUNDED": payment.Refunded, "FAILED": payment.Failed, "CANCELLED": payment.Failed,
		"SOMETHING_NEW": payment.Unclear, "": payment.Unclear, "completed": payment.Unclear, "COMPLETED ": payment.Unclear,
	} {
		got, err := look(t, "COMPLETED", `{"captures":[`+movement(status, "")+`],"refunds":[`+movement(status, "")+`]}`, "")
		if err != nil {
			t.Fatal(err)
		}
		if got.Captures[0].State != want || got.Refunds[0].State != want {
			t.Errorf("%q: capture %q, refund %q, want %q", status, got.Captures[0].State, got.Refunds[0].State, want)
		}
	}
}

// TestSnapshotReasons: a pending capture is not paid, whatever the reason and
// although the order is COMPLETED.
func TestSnapshotReasons(t *testing.T) {
	for _, reason := range []string{
		"BUYER_COMPLAINT", "CHARGEBACK", "ECHECK", "INTERNATIONAL_WITHDRAWAL", "OTHER", "PENDING_REVIEW",
		"RECEIVING_PREFERENCE_MANDATES_MANUAL_ACTION", "REFUNDED", "TRANSACTION_APPROVED_AWAITING_FUNDING", "UNILATERAL",
		"VERIFICATION_REQUIRED", "DECLINED_BY_RISK_FRAUD_FILTERS", "SOMETHING_NEW",
	} {
		got, err := look(t, "COMPLETED", `{"captures":[`+movement("PENDING", reason)+`]}`, "")
		if err != nil {
			t.Fatal(err)
		}
		if c := got.Captures[0]; c.Reason != reason || c.State.Done() {
			t.Errorf("%s: %+v", reason, c)
		}
	}
}

// TestSnapshotWithoutTimes: without any time of PayPal's an order never looks
// newer than it did before, which would pass for a new approval.
func TestSnapshotWithoutTimes(t *testing.T) {
	for rest, want := range map[string]time.Time{
		``: time.Unix(0, 0),
		`,"create_time":"garbage","update_time":""`:                             time.Unix(0, 0),
		`,"create_time":"2026-03-01T10:00:00Z"`:                                 testTime.Add(-2 * time.Hour),
		`,"create_time":"2026-03-01T10:00:00Z","update_time":"soon"`:            testTime.Add(-2 * time.Hour),
		`,"create_time":"2026-03-01T10:00:00Z","update_time":"` + testStamp():   testTime,
		`,"update_time":"2026-03-01T12:00:00+0000"`:                             testTime,
		`,"create_time":null,"update_time":"2026-03-01T12:00:00.999999999Z"`:    testTime,
		`,"create_time":{"a":[1]},"update_time":"2026-03-01T14:00:00.5+02:00"`:  testTime,
		`,"create_time":17,"update_time":"2026-03-01T11:00:00.123456789-01:00"`: testTime,
	} {
		got, err := look(t, "APPROVED", "{}", rest)
		if err != nil || !got.Updated.Equal(want) || got.Updated.Location() != time.UTC {
			t.Errorf("%s: updated %v, want %v (%v)", rest, got.Updated, want, err)
		}
	}
}

func testStamp() string { return testTime.Format(time.RFC3339) + `"` }

func TestSnapshotRefunds(t *testing.T) {
	up := func(href string) string { return `[{"rel":"self","href":"x"},{"rel":"up","href":"` + href + `"}]` }
	for _, tt := range []struct{ customID, links, own, capture string }{
		{testPayment + "-abc", up("https://api-m.paypal.com/v2/payments/captures/CAP1"), testPayment + "-abc", "CAP1"},
		{testPayment, up("CAP1"), "", "CAP1"},
		{testPayment + "2-abc", up("/CAP1"), "", "CAP1"},
		{"another-abc", `[]`, "", ""},
		{"", `null`, "", ""},
		{"-abc", up(""), "", ""},
	} {
		refund := fmt.Sprintf(`{"id":"R1","status":"COMPLETED","amount":{"currency_code":"EUR","value":"1.00"},"custom_id":%q,"links":%s}`, tt.customID, tt.links)
		got, err := look(t, "COMPLETED", `{"refunds":[`+refund+`]}`, "")
		if err != nil {
			t.Fatalf("%s: %v", refund, err)
		}
		if r := got.Refunds[0]; r.Own != tt.own || r.Capture != tt.capture {
			t.Errorf("%s: own %q, capture %q", refund, r.Own, r.Capture)
		}
	}
}

// TestSnapshotAmounts: an amount is read exactly or not at all.
func TestSnapshotAmounts(t *testing.T) {
	for body, want := range map[string]money.Amount{
		`{"currency_code":"EUR","value":"41.50"}`:   money.New(4150, "EUR"),
		`{"currency_code":"EUR","value":"41.500"}`:  money.New(4150, "EUR"),
		`{"currency_code":"EUR","value":"41"}`:      money.New(4100, "EUR"),
		`{"currency_code":"EUR","value":".50"}`:     money.New(50, "EUR"), // schema money lets the zero be left out
		`{"currency_code":"JPY","value":"1200"}`:    money.New(1200, "JPY"),
		`{"currency_code":"JPY","value":"1200.00"}`: money.New(1200, "JPY"),
		`{"currency_code":"HUF","value":"1500"}`:    money.New(150000, "HUF"),
		`{"currency_code":"TWD","value":"99"}`:      money.New(9900, "TWD"),

		`{"currency_code":"EUR","value":"41.505"}`: {}, `{"currency_code":"EUR","value":41.5}`: {}, `{"currency_code":"EUR","value":"4e1"}`: {},
		`{"currency_code":"EUR","value":"41,50"}`: {}, `{"currency_code":"EUR","value":""}`: {}, `{"currency_code":"EUR","value":"."}`: {},
		`{"currency_code":"EUR","value":"-41.50"}`: {}, `{"currency_code":"eur","value":"41.50"}`: {}, `{"currency_code":"XXX","value":"1"}`: {},
		`{"currency_code":"EUR","value":"--.5"}`: {}, `{"currency_code":"EUR","value":"99999999999999999999"}`: {}, `{"value":"1.00"}`: {}, `null`: {}, `"EUR 1.00"`: {},
	} {
		for _, kind := range []string{"captures", "refunds"} {
			got, err := look(t, "COMPLETED", `{"`+kind+`":[{"id":"M1","status":"COMPLETED","amount":`+body+`}]}`, "")
			if want == (money.Amount{}) {
				wantClass(t, err, provider.Look)
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", body, err)
				continue
			}
			for _, c := range got.Captures {
				if c.Amount != want {
					t.Errorf("%s read as %s", body, c.Amount)
				}
			}
		}
	}
}

// TestSnapshotBreakdown: what is left after the fee may be less than nothing,
// and what is missing is no amount.
func TestSnapshotBreakdown(t *testing.T) {
	read := func(breakdown string) (payment.Capture, error) {
		c := strings.Replace(movement("COMPLETED", ""), `"id"`, `"seller_receivable_breakdown":`+breakdown+`,"id"`, 1)
		got, err := look(t, "COMPLETED", `{"captures":[`+c+`]}`, "")
		if err != nil {
			return payment.Capture{}, err
		}
		return got.Captures[0], nil
	}
	c, err := read(`{"paypal_fee":{"currency_code":"EUR","value":"0.35"},"net_amount":{"currency_code":"EUR","value":"-.34"}}`)
	if err != nil || c.Fee != money.New(35, "EUR") || c.Net != money.New(-34, "EUR") || c.Received != (money.Amount{}) || c.Rate != "" {
		t.Errorf("%+v, %v", c, err)
	}
	if c, err = read(`null`); err != nil || c.Fee != (money.Amount{}) || c.Net != (money.Amount{}) {
		t.Errorf("%+v, %v", c, err)
	}
	_, err = read(`{"paypal_fee":{"currency_code":"EUR","value":"0.355"}}`)
	wantClass(t, err, provider.Look)
}

func TestSnapshotNamelessMovement(t *testing.T) {
	for _, payments := range []string{
		`{"captures":[null]}`, `{"captures":[{}]}`, `{"captures":{}}`, `{"refunds":[null]}`, `[]`,
		`{"captures":[` + strings.Replace(movement("COMPLETED", ""), `"M1"`, `""`, 1) + `]}`,
	} {
		_, err := look(t, "COMPLETED", payments, "")
		wantClass(t, err, provider.Look)
	}
}
