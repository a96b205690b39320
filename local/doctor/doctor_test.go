package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/serverless-checkout/serverless-checkout/shared/method"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/store/dynamo"
)

// examinee is a provider that can be examined; what it is asked is kept.
type examinee struct {
	provider.Provider
	provider.Doorbell
	found    []provider.Finding
	delivery provider.TestDelivery
	heard    error
	wanted   *provider.Wanted
}

func (e examinee) Name() string { return "paypal" }

func (e examinee) Examine(_ context.Context, w provider.Wanted) []provider.Finding {
	*e.wanted = w
	return e.found
}

func (e examinee) TestDelivery(context.Context) provider.TestDelivery { return e.delivery }

func (e examinee) Hear(_ context.Context, d provider.Delivery) (provider.Ring, error) {
	if string(d.Body) != string(e.delivery.Body) || d.Header("Signature") != e.delivery.Header["Signature"] {
		return provider.Ring{}, errors.New("it arrived as another")
	}
	return provider.Ring{}, e.heard
}

// mute is a provider that cannot be examined.
type mute struct{ provider.Provider }

func (mute) Name() string { return "mute" }

func nothingLacks(context.Context, string) (string, error) { return "", nil }

func TestProviders(t *testing.T) {
	var wanted provider.Wanted
	e := examinee{
		found: []provider.Finding{{Code: provider.PermissionMissing, About: "disputes", Is: "off", Do: "switch it on"}}, wanted: &wanted, heard: provider.ErrForged,
	}
	rows := Providers(t.Context(), Shop{Providers: []provider.Provider{mute{}, e}, Methods: method.All(), Missing: nothingLacks, Public: "https://api.example"})
	if len(rows) != 2 || rows[0] != (Row{"paypal", "disputes", "permission_missing", provider.Wrong, "off", "switch it on"}) || rows[1].Code != deliveryRefused {
		t.Errorf("%+v", rows)
	}
	if wanted.Webhook != "https://api.example/webhooks/paypal" || !slices.Contains(wanted.Methods, "ideal") || len(slices.Compact(slices.Sorted(slices.Values(wanted.Methods)))) != len(wanted.Methods) {
		t.Errorf("%+v", wanted)
	}
	Providers(t.Context(), Shop{Providers: []provider.Provider{e}, Missing: nothingLacks})
	if wanted.Webhook != "" {
		t.Errorf("nobody knows the address, and it should be %s", wanted.Webhook)
	}
}

// TestProviderWithoutItsSecret: it is told, and the provider is not called.
func TestProviderWithoutItsSecret(t *testing.T) {
	lacks := func(_ context.Context, name string) (string, error) { return name + "_key", nil }
	rows := Providers(t.Context(), Shop{Providers: []provider.Provider{examinee{}}, Missing: lacks})
	if len(rows) != 1 || rows[0].Code != secretMissing || rows[0].State != provider.Wrong || !strings.Contains(rows[0].Is, "paypal_key is missing") {
		t.Errorf("%+v", rows)
	}
}

// TestDeliveries: whatever the check here and the API say to one that is signed and to one
// that is not.
func TestDeliveries(t *testing.T) {
	for name, c := range map[string]struct {
		signed bool
		heard  error
		status int // 0: nobody answers
		want   string
	}{
		"signed and taken":            {true, nil, 200, "delivery_taken good, delivery_taken good"},
		"unsigned and refused":        {false, provider.ErrForged, 401, "delivery_refused good, delivery_refused good"},
		"signed and refused here":     {true, provider.ErrForged, 200, "delivery_mistaken wrong, delivery_taken good"},
		"signed and refused there":    {true, nil, 401, "delivery_taken good, delivery_mistaken wrong"},
		"unsigned and taken":          {false, nil, 200, "delivery_mistaken wrong, delivery_mistaken wrong"},
		"not judged":                  {false, provider.ErrCannotVerify, 503, "delivery_mistaken wrong, delivery_lost wrong"},
		"the API is another":          {true, nil, 404, "delivery_taken good, delivery_lost wrong"},
		"somebody leads it elsewhere": {false, provider.ErrForged, 302, "delivery_refused good, delivery_lost wrong"},
		"nobody there":                {true, nil, 0, "delivery_taken good, delivery_lost wrong"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodPost || r.URL.Path != "/webhooks/paypal" || r.Header.Get("Signature") != "s" {
					t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
				}
				w.WriteHeader(c.status)
			}))
			defer server.Close()
			if c.status == 0 {
				server.Close()
			}
			d := provider.TestDelivery{Header: map[string]string{"Signature": "s"}, Body: []byte("{}"), Signed: c.signed}
			s := Shop{API: server.URL, Send: server.Client().Transport.RoundTrip}
			rows := s.deliveries(t.Context(), "paypal", examinee{delivery: d, heard: c.heard}, d)
			var got []string
			for _, r := range rows {
				got = append(got, r.Code+" "+string(r.State))
				if (r.State == provider.Wrong) != (r.Do != "") || r.Is == "" {
					t.Errorf("what to do about %+v", r)
				}
			}
			if strings.Join(got, ", ") != c.want {
				t.Errorf("%v, want %s: %+v", got, c.want, rows)
			}
		})
	}
}

func TestConfiguration(t *testing.T) {
	if rows := Configuration("environment", nil, "x"); len(rows) != 1 || rows[0].State != provider.Good || rows[0].Do != "" {
		t.Errorf("%+v", rows)
	}
	faults := errors.Join(errors.New("STACK_NAME is missing"), fmt.Errorf("METHODS: %w", errors.New("no such")), errors.New("paypal_client_id is missing"), errors.New("it holds a name"))
	for _, err := range []error{faults, fmt.Errorf("the secret checkout-x: %w", faults)} {
		var got []string
		for _, r := range Configuration("secret", err, "change it") {
			got = append(got, r.What)
			if r.State != provider.Wrong || r.Do != "change it" || r.Code != configurationWrong || strings.Contains(r.Is, "\n") {
				t.Errorf("%+v", r)
			}
		}
		if want := "STACK_NAME METHODS paypal_client_id variables"; strings.Join(got, " ") != want {
			t.Errorf("%v, want %s", got, want)
		}
	}
}

func TestTable(t *testing.T) {
	rows := Table("books", []dynamo.Trait{
		{Name: "key", Is: "pk", Wanted: "pk", Needed: true}, {Name: "index due", Is: "none", Wanted: "shard", Needed: true},
		{Name: "billing", Is: "PROVISIONED", Wanted: "PAY_PER_REQUEST"}, {Name: "time to live", Is: "off", Wanted: "on", Err: errors.New("denied")},
	}, nil)
	var got []string
	for _, r := range rows {
		got = append(got, r.What+" "+r.Code+" "+string(r.State))
	}
	want := []string{"key table_right good", "index due table_other wrong", "billing table_other warning", "time to live table_untold untold"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if rows := Table("books", nil, errors.New("no such table")); len(rows) != 1 || rows[0].State != provider.Wrong || rows[0].What != "books" {
		t.Errorf("%+v", rows)
	}
	if File("x.db", "opens", nil).State != provider.Good || File("x.db", "", errors.New("torn")).State != provider.Wrong {
		t.Error("a file")
	}
	for status, want := range map[string]provider.State{
		"UPDATE_COMPLETE": provider.Good, "UPDATE_ROLLBACK_COMPLETE": provider.Warning, "ROLLBACK_COMPLETE": provider.Wrong, "DELETE_FAILED": provider.Wrong,
	} {
		if got := Stack("shop", status); got.State != want || (got.Do == "") != (want == provider.Good) {
			t.Errorf("%s: %+v", status, got)
		}
	}
}
