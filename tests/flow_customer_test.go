package tests

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

const customersRoute = "/customers/me/payments"

// customerToken is what the shop's server signs for who is signed in, good from now on.
func (w *world) customerToken(subject string) string {
	return w.customerClaims(jwt.MapClaims{"sub": subject}, customerSecret)
}

// customerClaims is a customer token with some claims changed; nil leaves one out.
func (w *world) customerClaims(changes jwt.MapClaims, secret string) string {
	w.t.Helper()
	now := w.clock.Now().Unix()
	claims := jwt.MapClaims{"aud": "tests", "sub": "ada@shop.example", "iat": now, "exp": now + 900}
	for name, value := range changes {
		if claims[name] = value; value == nil {
			delete(claims, name)
		}
	}
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(secret))
	w.must(err)
	return token
}

func asCustomer(token string) map[string]string { return map[string]string{"Customer-Token": token} }

// buysAs is a whole purchase by a customer who is signed in.
func (w *world) buysAs(subject string) *buyer {
	w.t.Helper()
	b := w.buyer()
	b.opensAs(subject)
	b.approve(sim.Balance)
	b.capture()
	return b
}

// opensAs is open by a customer who is signed in; nobody is empty.
func (b *buyer) opensAs(subject string) reply {
	b.w.t.Helper()
	header := withKey(b.key)
	if subject != "" {
		maps.Copy(header, asCustomer(b.w.customerToken(subject)))
	}
	return b.note(b.w.call(http.MethodPost, "/payments", b.order, header))
}

// listed are the ids of a customer's payments, page by page, newest first.
func (w *world) listed(subject string) (ids []string) {
	w.t.Helper()
	for cursor := ""; ; {
		page, next := w.customersPage(subject, cursor)
		if ids = append(ids, page...); next == "" {
			return ids
		}
		cursor = next
	}
}

func (w *world) customersPage(subject, cursor string) (ids []string, next string) {
	w.t.Helper()
	path := customersRoute
	if cursor != "" {
		path += "?cursor=" + url.QueryEscape(cursor)
	}
	r := w.call(http.MethodGet, path, "", asCustomer(w.customerToken(subject)))
	var body struct {
		Payments []struct{ ID string }
		Next     string
	}
	if r.code != http.StatusOK {
		w.t.Fatalf("%d %s", r.code, r.text)
	}
	w.must(json.Unmarshal([]byte(r.text), &body))
	for _, p := range body.Payments {
		ids = append(ids, p.ID)
	}
	return ids, body.Next
}

func (w *world) wantListed(subject string, want ...string) {
	w.t.Helper()
	if got := w.listed(subject); !slices.Equal(got, want) {
		w.t.Errorf("%s has %v, want %v", subject, got, want)
	}
}

// TestCustomersSeeTheirOwn: what each bought while signed in, newest first, and nothing of
// anybody else's, whoever says "me".
func TestCustomersSeeTheirOwn(t *testing.T) {
	w := newWorld(t, plan{})
	w.wantListed("ada")
	first := w.buysAs("ada")
	w.clock.Move(time.Minute)
	bens := w.buysAs("ben")
	w.clock.Move(time.Minute)
	second := w.buysAs("ada")
	w.paid() // by nobody
	w.untouched("lists", func() {
		w.wantListed("ada", second.id, first.id)
		w.wantListed("ben", bens.id)
		w.wantListed("Ada")
		w.wantListed("ada ben")
	})
	first.refund(0, "all-of-the-first")
	w.wantListed("ada", second.id, first.id)
}

// TestOnlyWhatIsPaidIsListed: a purchase that comes to nothing is in no list, and leaves
// the table with whose it was; money that takes its time is listed when it is there.
func TestOnlyWhatIsPaidIsListed(t *testing.T) {
	w := newWorld(t, plan{})
	left, late := w.buyer(), w.buyer()
	left.opensAs("ada")
	late.opensAs("ada")
	late.approve(sim.ECheck)
	late.capture()
	w.wantListed("ada")
	w.settle(late)
	late.wantStatus(payment.StatusCaptured)
	left.wantStatus(payment.StatusExpired)
	w.wantListed("ada", late.id)
	w.clock.Move(31 * 24 * time.Hour)
	w.refuses("what was left", left.look(), http.StatusNotFound, "not-found")
	w.wantListed("ada", late.id)
}

// TestACustomersPurchaseCostsOneRowMore than an honest anonymous one, once.
func TestACustomersPurchaseCostsOneRowMore(t *testing.T) {
	writes := func(subject string) int64 {
		w := newWorld(t, plan{})
		before := w.table.Counts().Writes
		b := w.buyer()
		b.opensAs(subject)
		b.approve(sim.Balance)
		b.capture()
		b.capture()
		return w.table.Counts().Writes - before
	}
	if nobody, ada := writes(""), writes("ada"); nobody != 2 || ada != 3 {
		t.Errorf("an anonymous purchase takes %d writes, a customer's %d", nobody, ada)
	}
}

// TestWhoAsksFirstOwnsThePurchase: the same key under another's token, or after signing
// in, meets the same payment and moves it into no other list.
func TestWhoAsksFirstOwnsThePurchase(t *testing.T) {
	w := newWorld(t, plan{})
	adas, nobodys := w.buyer(), w.buyer()
	adas.opensAs("ada")
	nobodys.opensAs("")
	for _, b := range []*buyer{adas, nobodys} {
		id := b.id
		if r := b.opensAs("ben"); r.code != http.StatusOK || r.ID != id {
			t.Errorf("%d %s, want %s", r.code, r.ID, id)
		}
		b.approve(sim.Balance)
		b.capture()
		b.wantCharges(1)
	}
	w.wantListed("ada", adas.id)
	w.wantListed("ben")
}

// TestPagesOfACustomer: each payment once, in order, also those of one second; and a page
// ends where it was said to.
func TestPagesOfACustomer(t *testing.T) {
	w := newWorld(t, plan{})
	var bought []string
	for i := range 23 {
		if i%3 == 0 {
			w.clock.Move(time.Second)
		}
		bought = append(bought, w.buysAs("ada").id)
	}
	first, next := w.customersPage("ada", "")
	if len(first) != 20 || next == "" {
		t.Fatalf("the first page has %d, and then %q", len(first), next)
	}
	got := w.listed("ada")
	if each := slices.Sorted(slices.Values(got)); !slices.Equal(each, slices.Sorted(slices.Values(bought))) {
		t.Errorf("%v, want %v", each, bought)
	}
	var last time.Time
	for i, id := range got {
		p, _ := (&buyer{w: w, id: id}).stored()
		if i > 0 && p.Created.After(last) {
			t.Errorf("%d: %s after %s", i, p.Created, last)
		}
		last = p.Created
	}
	w.buysAs("ben")
	for name, cursor := range map[string]string{
		"another's": next, "a guess": base64.RawURLEncoding.EncodeToString([]byte(`{"p":"payment#` + bought[0] + `","s":"payment"}`)), "a word": "garbage", "a blank": " ", "of a day": base64.RawURLEncoding.EncodeToString([]byte(`{"p":"x","s":"y","day":"2026-11-21"}`)),
	} {
		r := w.call(http.MethodGet, customersRoute+"?cursor="+url.QueryEscape(cursor), "", asCustomer(w.customerToken("ben")))
		w.refuses(name, r, http.StatusBadRequest, "cursor-invalid")
	}
}

// TestNobodyElseIsLetToACustomersList: whatever is shown in place of a token.
func TestNobodyElseIsLetToACustomersList(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.buysAs("ada@shop.example")
	now := w.clock.Now().Unix()
	good := w.customerClaims(nil, customerSecret)
	head, rest, _ := strings.Cut(good, ".")
	claims, signature, _ := strings.Cut(rest, ".")
	_, bens, _ := strings.Cut(w.customerToken("ben"), ".")
	bens, _, _ = strings.Cut(bens, ".")
	raw := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	bad := map[string]string{
		"none": "", "a word": "null", "a checkout token": b.token, "a quote": w.quoteToken(nil, quoteSecret), "two": good + "," + good, "twice": good + good,
		"altered": head + "." + bens + "." + signature, "unsigned": head + "." + claims + ".", "cut": good[:len(good)-1], "and more": good + "A",
		"of no algorithm": raw(`{"alg":"none"}`) + "." + claims + ".", "of no algorithm, signed": raw(`{"alg":"none","typ":"JWT"}`) + "." + claims + "." + signature,
		"another secret's": w.customerClaims(nil, strings.Repeat("x", 40)), "the quotes' secret": w.customerClaims(nil, quoteSecret), "the tokens' secret": w.customerClaims(nil, firstSecret), "the key of names": w.customerClaims(nil, customerKey),
	}
	for name, changes := range map[string]jwt.MapClaims{
		"expired": {"iat": now - 901, "exp": now - 1}, "expired now": {"iat": now - 900, "exp": now}, "of 15 minutes and a second": {"exp": now + 901}, "of a day": {"exp": now + 86400}, "of no time": {"exp": now}, "that ends before it begins": {"exp": now - 1},
		"from the future": {"iat": now + 120, "exp": now + 600}, "without an end": {"exp": nil}, "without a beginning": {"iat": nil}, "of another shop": {"aud": "elsewhere"}, "of no shop": {"aud": nil}, "of two shops": {"aud": []string{"tests", "elsewhere"}}, "of an empty list": {"aud": []string{}},
		"of nobody": {"sub": nil}, "of an empty name": {"sub": ""}, "of a number": {"sub": 17}, "of a list": {"sub": []string{"ada@shop.example"}}, "of a long name": {"sub": strings.Repeat("a", 256)}, "of a name with NUL": {"sub": "ada\x00"}, "of a name with a blank behind": {"sub": "ada@shop.example "},
		"with a claim nobody knows": {"admin": true}, "in texts": {"iat": fmt.Sprint(now), "exp": fmt.Sprint(now + 60)}, "in fractions": {"exp": float64(now) + 60.5}, "far behind": {"exp": 1e300}, "at the beginning of time": {"iat": 0, "exp": 900}, "below": {"iat": -1, "exp": 1},
	} {
		bad[name] = w.customerClaims(changes, customerSecret)
	}
	for method, sealed := range map[string]jwt.SigningMethod{"HS384": jwt.SigningMethodHS384, "HS512": jwt.SigningMethodHS512} {
		token, err := jwt.NewWithClaims(sealed, jwt.MapClaims{"aud": "tests", "sub": "ada@shop.example", "iat": now, "exp": now + 60}).SignedString([]byte(customerSecret))
		w.must(err)
		bad[method] = token
	}
	crit := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"aud": "tests", "sub": "ada@shop.example", "iat": now, "exp": now + 60})
	crit.Header["crit"] = []string{"b64"}
	token, err := crit.SignedString([]byte(customerSecret))
	w.must(err)
	bad["with more in its header"] = token
	w.untouched("strangers", func() {
		for name, token := range bad {
			w.refuses(name, w.call(http.MethodGet, customersRoute, "", asCustomer(token)), http.StatusUnauthorized, "customer-invalid")
			if token == "" {
				continue // nobody's purchase, and nobody's receipt
			}
			header := withKey(strings.Repeat("n", 40))
			header["Customer-Token"] = token
			w.refuses(name+": a purchase", w.buys(plainCart, header), http.StatusUnauthorized, "customer-invalid")
			w.refuses(name+": a receipt", w.call(http.MethodGet, "/payments/"+b.id+"/receipt", "", asCustomer(token)), http.StatusUnauthorized, "customer-invalid")
		}
		w.refuses("in the address", w.call(http.MethodGet, customersRoute+"?customer_token="+good+"&token="+good, "", nil), http.StatusUnauthorized, "customer-invalid")
	})
	if strings.Contains(w.log.String(), "ada@") || strings.Contains(w.log.String(), claims) {
		t.Error("who it is stands in the log")
	}
	w.wantListed("ada@shop.example", b.id)
	w.clock.Move(14*time.Minute + 59*time.Second)
	if r := w.call(http.MethodGet, customersRoute, "", asCustomer(good)); r.code != http.StatusOK {
		t.Errorf("in its last second: %d", r.code)
	}
	w.clock.Move(time.Second)
	w.refuses("a second later", w.call(http.MethodGet, customersRoute, "", asCustomer(good)), http.StatusUnauthorized, "customer-invalid")
}

// TestReceiptOfACustomersOwn: from a list to its receipts, and to nobody else's.
func TestReceiptOfACustomersOwn(t *testing.T) {
	w := newWorld(t, plan{})
	b, anonymous := w.buysAs("ada"), w.paid()
	receipt := func(id, subject string) reply {
		return w.call(http.MethodGet, "/payments/"+id+"/receipt", "", asCustomer(w.customerToken(subject)))
	}
	if r := receipt(b.id, "ada"); r.code != http.StatusOK || !strings.Contains(r.text, b.id) {
		t.Errorf("%d %s", r.code, r.text)
	}
	for what, r := range map[string]reply{
		"another's": receipt(b.id, "ben"), "nobody's": receipt(anonymous.id, "ada"), "absent": receipt("sc"+strings.Repeat("0", 26), "ada"), "no id": receipt("x", "ada"),
		"a wrong checkout token beside": w.call(http.MethodGet, "/payments/"+b.id+"/receipt", "", map[string]string{"Checkout-Token": strings.Repeat("A", 43), "Customer-Token": w.customerToken("ada")}),
	} {
		w.refuses(what, r, http.StatusNotFound, "not-found")
	}
}

// TestNoNameIsKept: the table has a keyed hash and nothing from which a customer's name
// could be read; another payment or another key would have another one.
func TestNoNameIsKept(t *testing.T) {
	const marker = "CUSTOMERCANARY"
	w := newWorld(t, plan{})
	b := w.buysAs(marker + "@shop.example")
	p, item := b.stored()
	if p.Customer == "" || p.Unlisted || strings.Contains(string(item.Document), marker) || strings.Contains(w.log.String(), marker) || strings.Contains(w.log.String(), p.Customer) {
		t.Errorf("customer %q, unlisted %t: %s", p.Customer, p.Unlisted, item.Document)
	}
	page, err := w.table.Query(t.Context(), store.Query{Partition: store.CustomerKey(p.Customer, p.Created, p.ID).Partition, Limit: 10})
	if err != nil || len(page.Items) != 1 || string(page.Items[0].Document) != `{"payment":"`+b.id+`"}` || !page.Items[0].Expires.IsZero() {
		t.Errorf("%+v, %v", page, err)
	}
	if text := b.look().text; strings.Contains(text, p.Customer) || strings.Contains(text, "unlisted") {
		t.Errorf("the page is told whose it is: %s", text)
	}
}

// TestAListAloneShowsNothing: a row in a list that names somebody else's payment, however
// it came there, is not believed.
func TestAListAloneShowsNothing(t *testing.T) {
	w := newWorld(t, plan{})
	adas, bens, nobodys := w.buysAs("ada"), w.buysAs("ben"), w.paid()
	ben, _ := bens.stored()
	for i, id := range []string{adas.id, nobodys.id, "sc" + strings.Repeat("0", 26)} {
		w.must(w.table.Write(t.Context(), store.Put{After: store.Item{
			Key: store.CustomerKey(ben.Customer, ben.Created, id), WriteID: fmt.Sprint("planted-", i), Document: []byte(`{"payment":"` + id + `"}`),
		}}))
	}
	w.wantListed("ben", bens.id)
}

// TestCustomerSecretsRotate: a new one is taken where the old one no longer fits, both are
// taken while both are there, and a customer's list outlives them.
func TestCustomerSecretsRotate(t *testing.T) {
	const newer = "the-new-customer-secret-of-thirty-two-bytes-or-more"
	desk := newSecretDesk(t)
	desk.change(map[string]string{"customer_secrets": customerSecret, "customer_key": customerKey})
	w := desk.world(nil)
	b := w.buysAs("ada@shop.example")
	ask := func(what, secret string, want int) {
		t.Helper()
		r := w.call(http.MethodGet, customersRoute, "", asCustomer(w.customerClaims(nil, secret)))
		if r.code != want || want == http.StatusOK && !strings.Contains(r.text, b.id) {
			t.Errorf("%s: %d %s", what, r.code, r.text)
		}
	}
	ask("before", newer, http.StatusUnauthorized)
	desk.change(map[string]string{"customer_secrets": newer + "," + customerSecret})
	w.clock.Move(time.Minute)
	ask("the new one, at once", newer, http.StatusOK)
	ask("the old one still", customerSecret, http.StatusOK)
	desk.change(map[string]string{"customer_secrets": newer})
	w.clock.Move(10 * time.Minute)
	ask("the new one", newer, http.StatusOK)
	ask("the old one no longer", customerSecret, http.StatusUnauthorized)
	desk.change(map[string]string{"customer_secrets": "", "customer_key": ""})
	w.clock.Move(10 * time.Minute)
	ask("where there are no customers", newer, http.StatusUnauthorized)
}
