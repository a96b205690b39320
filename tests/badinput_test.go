package tests

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
)

// badRequest is one thing a caller may send and must not. The zero fields are
// those of a good POST /payments.
type badCase struct {
	name    string
	method  string
	path    string
	body    string
	header  map[string]string // beside a good key and content type; "-" leaves one out
	code    int
	problem string // empty: the gateway's own answer
}

// field is one member of an order, its value as raw JSON; empty leaves it out.
type field struct{ name, value string }

// order is a good order with some members changed.
func order(changes ...field) string {
	members := []field{
		{"cart", `[{"sku":"BOOK","quantity":2}]`}, {"currency", `"EUR"`}, {"country", `"DE"`},
		{"language", `"de"`}, {"method", `"paypal"`}, {"reference", `"R-1"`},
	}
	for _, c := range changes {
		i := slices.IndexFunc(members, func(m field) bool { return m.name == c.name })
		if i < 0 {
			members = append(members, c)
		} else {
			members[i] = c
		}
	}
	var text []string
	for _, m := range members {
		if m.value != "" {
			text = append(text, fmt.Sprintf("%q:%s", m.name, m.value))
		}
	}
	return "{" + strings.Join(text, ",") + "}"
}

// line is an order of one line, its members as raw JSON.
func line(members string) string { return order(field{"cart", "[{" + members + "}]"}) }

func quantity(raw string) string { return line(`"sku":"BOOK","quantity":` + raw) }

const goodAddress = `{"name":"Ada","lines":["1 Rook Lane"],"city":"Dover","country":"DE"}`

// sent is an order of something that has to be sent, to an address in which one
// text is replaced.
func sent(old, new string) string {
	address := strings.Replace(goodAddress, old, new, 1)
	if address == goodAddress && old != new {
		panic("nothing is replaced by " + old)
	}
	return order(field{"cart", `[{"sku":"TEE","quantity":1}]`}, field{"shipping", address})
}

// badKeys: neither a UUID nor 32 to 255 characters of the form.
func badKeys() (cases []badCase) {
	for name, key := range map[string]string{
		"missing": "-", "empty": "", "19 characters": strings.Repeat("k", 19), "20 characters": strings.Repeat("k", 20),
		"31 characters": strings.Repeat("k", 31), "256 characters": strings.Repeat("k", 256),
		"with a space": strings.Repeat("k", 20) + " " + strings.Repeat("k", 20), "with a comma, as two headers arrive": strings.Repeat("k", 36) + "," + strings.Repeat("k", 36),
		"with a slash": strings.Repeat("k/", 20), "in braces": "{0b8b1f9c-8a3b-4f0e-9d5e-2f6f1f9a7c11}", "in quotes": `"0b8b1f9c-8a3b-4f0e-9d5e-2f6f1f9a7c11"`,
		"in another alphabet": strings.Repeat("ж", 40), "with a tab": strings.Repeat("k", 20) + "\t" + strings.Repeat("k", 20),
		"of one word": "null", "with a wild card": strings.Repeat("*", 36),
	} {
		cases = append(cases, badCase{name: "key " + name, header: map[string]string{"Idempotency-Key": key}, code: 400, problem: "key-invalid"})
	}
	return cases
}

func badMedia() (cases []badCase) {
	for _, media := range []string{
		"-", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml",
		"application/problem+json", "application/jsonx", "text/json", "json", ";", "application/json,text/plain", "application/octet-stream",
	} {
		cases = append(cases, badCase{name: "content type " + media, header: map[string]string{"Content-Type": media}, code: 415, problem: "media-type"})
	}
	return cases
}

// badJSON: what a careful sender would not send, whatever it means.
func badJSON() (cases []badCase) {
	good := order()
	inside := strings.TrimSuffix(good, "}")
	for name, body := range map[string]string{
		"white space alone": "  \n", "null": "null", "true": "true", "a number": "1", "a string": `"x"`, "an array": "[]", "an order in an array": "[" + good + "]",
		"cut in the middle": good[:len(good)/2], "without its end": inside, "a comma at the end": inside + ",}", "two orders": good + good,
		"an order and a word": good + "x", "one brace too many": good + "}", "an order and null": good + " null", "a comment": inside + "/* */}",
		"single quotes": strings.ReplaceAll(good, `"`, `'`), "names without quotes": strings.ReplaceAll(good, `"cart"`, `cart`), "a byte order mark": "\ufeff" + good,
		"NUL at the end": good + "\x00", "NUL in a string": order(field{"reference", "\"a\x00b\""}), "a line break in a string": order(field{"reference", "\"a\nb\""}),
		"a field twice": inside + `,"currency":"EUR"}`, "a field twice, once escaped": inside + `,"c\u0061rt":[]}`, "a field of a line twice": line(`"sku":"BOOK","quantity":1,"quantity":2`),
		"a field of an address twice": sent(`"name":"Ada"`, `"name":"Ada","name":"Ada"`),
		"a field in capitals":         strings.Replace(good, `"cart"`, `"CART"`, 1), "a field with a capital": strings.Replace(good, `"cart"`, `"Cart"`, 1),
		"a field of a line with a capital": line(`"Sku":"BOOK","quantity":1`), "a field twice in two cases": inside + `,"Currency":"USD"}`,
		"half a surrogate": order(field{"reference", `"\ud800"`}), "half a surrogate in a name": inside + `,"\udc00":1}`,
		"bytes that are no UTF-8":             order(field{"reference", "\"a\xffb\""}),
		"bytes that are no UTF-8, in a SKU":   line("\"sku\":\"BO\xc3\x28OK\",\"quantity\":1"),
		"bytes that are no UTF-8, in a name":  inside + ",\"\xff\":1}",
		"bytes that are no UTF-8, a person's": sent("Ada", "Ad\xe9"), "an overlong slash": sent("Ada", "Ad\xc0\xafa"),
		"arrays 10,001 deep":  order(field{"cart", strings.Repeat("[", 7000) + strings.Repeat("]", 7000)}),
		"objects 2,000 deep":  order(field{"cart", strings.Repeat(`{"a":`, 2000) + "1" + strings.Repeat("}", 2000)}),
		"arrays without end":  strings.Repeat("[", 16000),
		"a compressed body":   "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03",
		"a form, called JSON": "cart=BOOK&currency=EUR",
	} {
		cases = append(cases, badCase{name: "JSON: " + name, body: body, code: 400, problem: "body-invalid"})
	}
	for name, size := range map[string]int{"one byte over the limit": 16<<10 + 1, "a megabyte": 1 << 20} {
		cases = append(cases, badCase{name: "JSON: " + name, body: good + strings.Repeat(" ", size-len(good)), code: 413, problem: "too-large"})
	}
	return append(cases, badCase{name: "JSON: no body at all", body: "-", code: 400, problem: "body-invalid"})
}

// badFields: fields that are not a browser's to send.
func badFields() (cases []badCase) {
	for _, name := range []string{
		"amount", "price", "total", "value", "subtotal", "discount", "tax", "status", "paid", "id", "payment_id", "token", "key",
		"return_url", "cancel_url", "currency_code", "custom_id", "merchant", "quote", "schema", "__proto__", "constructor", "",
	} {
		cases = append(cases, badCase{name: "field " + name, body: order(field{name, `"1"`}), code: 400, problem: "body-invalid"})
	}
	for _, name := range []string{"price", "amount", "unit", "unit_amount", "name", "physical", "discount", "currency"} {
		cases = append(cases, badCase{name: "field of a line " + name, body: line(`"sku":"BOOK","quantity":1,"` + name + `":1`), code: 400, problem: "body-invalid"})
	}
	for _, name := range []string{"email", "phone", "address_line_1", "country_code"} {
		cases = append(cases, badCase{name: "field of an address " + name, body: sent(`"name"`, `"`+name+`":"x","name"`), code: 400, problem: "body-invalid"})
	}
	return cases
}

func badQuantities() (cases []badCase) {
	for _, raw := range []string{
		`"1"`, `""`, `1.5`, `0.1`, `1.0`, `1e2`, `1E2`, `1e400`, `-1.5`, `9223372036854775808`, `-9223372036854775809`, `18446744073709551616`,
		`NaN`, `Infinity`, `-Infinity`, `01`, `+1`, `.5`, `1.`, `0x1`, `1_000`, `true`, `[1]`, `{}`, `1,5`,
	} {
		cases = append(cases, badCase{name: "quantity " + raw, body: quantity(raw), code: 400, problem: "body-invalid"})
	}
	for _, raw := range []string{`0`, `-0`, `-1`, `null`, `10000`, `9223372036854775807`, `-9223372036854775808`} {
		cases = append(cases, badCase{name: "quantity " + raw, body: quantity(raw), code: 422, problem: "cart-invalid"})
	}
	return append(cases, badCase{name: "quantity missing", body: line(`"sku":"BOOK"`), code: 422, problem: "cart-invalid"})
}

// badMembers: values of the wrong type or form.
func badMembers() (cases []badCase) {
	for name, values := range map[string][]string{
		"cart":      {`{}`, `"BOOK"`, `1`, `["BOOK"]`, `[[]]`, `[1]`, `[{"sku":1,"quantity":1}]`, `[{"sku":["BOOK"],"quantity":1}]`, `{"0":{"sku":"BOOK","quantity":1}}`},
		"currency":  {``, `""`, `null`, `"eur"`, `"Eur"`, `"EU"`, `"EURO"`, `"EUR "`, `"€"`, `978`, `["EUR"]`, `"ＥＵＲ"`},
		"country":   {``, `""`, `null`, `"de"`, `"DEU"`, `"D"`, `"D3"`, `276`, `"D\n"`},
		"language":  {`"DE"`, `"d"`, `"german"`, `"de_DE"`, `"de-"`, `"../"`, `1`, `["de"]`},
		"method":    {``, `""`, `null`, `"PayPal"`, `"paypal "`, `"pay-pal"`, `1`, `"` + strings.Repeat("p", 33) + `"`},
		"reference": {`"` + strings.Repeat("r", 65) + `"`, `"a\"b"`, `"<script>"`, `"a\nb"`, `"🐙"`, `1`, `{}`, `"a;b"`, `"a\u0000"`},
		"shipping":  {`"1 Rook Lane"`, `[]`, `1`, `true`},
	} {
		for _, value := range values {
			cases = append(cases, badCase{name: name + " " + value, body: order(field{name, value}), code: 400, problem: "body-invalid"})
		}
	}
	long := func(n int) string { return strings.Repeat("é", n) }
	for name, body := range map[string]string{
		"no name": sent(`"name":"Ada",`, ``), "an empty name": sent("Ada", ""), "a name of 301": sent("Ada", long(301)), "a control character": sent("Ada", `Ad\u0007`),
		"delete in a name": sent("Ada", `Ad\u007f`), "no lines": sent(`"lines":["1 Rook Lane"],`, ``), "lines of none": sent(`["1 Rook Lane"]`, `[]`),
		"three lines": sent(`["1 Rook Lane"]`, `["a","b","c"]`), "an empty line": sent("1 Rook Lane", ""), "a line of 301": sent("1 Rook Lane", long(301)),
		"lines that are one text": sent(`["1 Rook Lane"]`, `"1 Rook Lane"`), "a line that is null": sent(`"1 Rook Lane"`, `null`),
		"no city": sent(`"city":"Dover",`, ``), "a city of 121": sent("Dover", long(121)), "no country": sent(`,"country":"DE"`, ``), "a country in small letters": sent(`"DE"`, `"de"`),
		"a postcode of 61": sent(`"city"`, `"postcode":"`+long(61)+`","city"`), "a region of 301": sent(`"city"`, `"region":"`+long(301)+`","city"`),
		"an empty object": sent(goodAddress, `{}`),
	} {
		cases = append(cases, badCase{name: "address: " + name, body: body, code: 400, problem: "body-invalid"})
	}
	return cases
}

// badWishes: well formed, and not to be had.
func badWishes() (cases []badCase) {
	many := strings.Repeat(`{"sku":"BOOK","quantity":1},`, 51)
	for name, c := range map[string]struct{ body, problem string }{
		"no cart":                       {order(field{"cart", ""}), "cart-invalid"},
		"a cart that is null":           {order(field{"cart", "null"}), "cart-invalid"},
		"an empty cart":                 {order(field{"cart", "[]"}), "cart-invalid"},
		"51 lines":                      {order(field{"cart", "[" + strings.TrimSuffix(many, ",") + "]"}), "cart-invalid"},
		"a product twice":               {order(field{"cart", `[{"sku":"BOOK","quantity":1},{"sku":"BOOK","quantity":2}]`}), "cart-invalid"},
		"a total that overflows":        {line(`"sku":"PALACE","quantity":2`), "cart-invalid"},
		"a sum that overflows":          {order(field{"cart", `[{"sku":"PALACE","quantity":1},{"sku":"BOOK","quantity":1}]`}), "cart-invalid"},
		"a total of nothing":            {line(`"sku":"GIFT","quantity":1`), "cart-invalid"},
		"a line that is null":           {order(field{"cart", "[null]"}), "product-unknown"},
		"a line of nothing":             {order(field{"cart", "[{}]"}), "product-unknown"},
		"no SKU":                        {line(`"quantity":1`), "product-unknown"},
		"an empty SKU":                  {line(`"sku":"","quantity":1`), "product-unknown"},
		"a SKU that is null":            {line(`"sku":null,"quantity":1`), "product-unknown"},
		"a SKU of 65 bytes":             {line(`"sku":"` + strings.Repeat("S", 65) + `","quantity":1`), "product-unknown"},
		"an unknown SKU":                {line(`"sku":"NOPE","quantity":1`), "product-unknown"},
		"a SKU in small letters":        {line(`"sku":"book","quantity":1`), "product-unknown"},
		"a SKU with a space":            {line(`"sku":"BOOK ","quantity":1`), "product-unknown"},
		"a SKU that climbs":             {line(`"sku":"../current","quantity":1`), "product-unknown"},
		"a SKU that is another key":     {line(`"sku":"current","quantity":1`), "product-unknown"},
		"a SKU with NUL":                {line(`"sku":"BOOK\u0000","quantity":1`), "product-unknown"},
		"one good line and one bad":     {order(field{"cart", `[{"sku":"BOOK","quantity":1},{"sku":"NOPE","quantity":1}]`}), "product-unknown"},
		"a currency that is none":       {order(field{"currency", `"XXX"`}), "price-missing"},
		"a currency without a price":    {order(field{"currency", `"GBP"`}), "price-missing"},
		"a currency one product lacks":  {order(field{"currency", `"JPY"`}, field{"cart", `[{"sku":"BOOK","quantity":1},{"sku":"CARD","quantity":1}]`}), "price-missing"},
		"a way to pay nobody offers":    {order(field{"method", `"card"`}), "method-unknown"},
		"goods without an address":      {line(`"sku":"TEE","quantity":1`), "shipping-required"},
		"an address for nothing":        {order(field{"shipping", goodAddress}), "shipping-required"},
		"an address in another country": {strings.Replace(sent("Ada", "Ida"), `"country":"DE","language"`, `"country":"FR","language"`, 1), "shipping-required"},
		"goods with an address of null": {order(field{"cart", `[{"sku":"TEE","quantity":1}]`}, field{"shipping", "null"}), "shipping-required"},
		"some goods without an address": {order(field{"cart", `[{"sku":"BOOK","quantity":1},{"sku":"TEE","quantity":1}]`}), "shipping-required"},
	} {
		cases = append(cases, badCase{name: name, body: c.body, code: 422, problem: c.problem})
	}
	return cases
}

// strangers are ids and tokens that open nothing; good is a payment that is
// there, with its token, and other somebody else's.
func strangers(good, other *buyer) (cases []badCase) {
	flip := func(s string) string {
		if s[0] == 'A' {
			return "B" + s[1:]
		}
		return "A" + s[1:]
	}
	type door struct{ id, token string }
	doors := map[string]door{
		"somebody else's payment": {other.id, good.token}, "somebody else's token": {good.id, other.token}, "no token": {good.id, "-"}, "an empty token": {good.id, ""},
		"a token cut short": {good.id, good.token[:42]}, "a token and more": {good.id, good.token + "A"}, "a token with one letter changed": {good.id, flip(good.token)},
		"a token in small letters": {good.id, strings.ToLower(good.token)}, "two tokens": {good.id, good.token + "," + other.token}, "the id as the token": {good.id, good.id},
		"an id that is not there": {"sc" + strings.Repeat("0", 26), good.token}, "an id in capitals": {strings.ToUpper(good.id), good.token}, "an id cut short": {good.id[:27], good.token},
		"an id and more": {good.id + "0", good.token}, "an id of 37 characters": {good.id + "000000000", good.token}, "an id of other letters": {"sc" + strings.Repeat("z", 26), good.token},
		"an id of unicode digits": {"sc%EF%BC%91" + strings.Repeat("0", 25), good.token}, "an id with NUL": {good.id + "%00", good.token}, "an id with a line break": {good.id + "%0d%0a", good.token},
		"an id that climbs": {"..", good.token}, "dots in disguise": {"%2e%2e", good.token}, "a pattern": {"%7Bid%7D", good.token},
		"a wild card": {"*", good.token}, "a number": {"1", good.token}, "the key of the table": {"payment%23" + good.id, good.token}, "an id with a space": {good.id + "%20", good.token},
	}
	for name, d := range doors {
		for route, body := range map[string]string{"GET ": "-", "POST /capture": "-", "POST /attempts": `{"after":1,"method":"paypal"}`} {
			method, tail, _ := strings.Cut(route, " ")
			cases = append(cases, badCase{
				name: name + ", " + strings.TrimSpace(route), method: method, path: "/payments/" + d.id + tail, body: body,
				header: map[string]string{"Checkout-Token": d.token}, code: 404, problem: "not-found",
			})
		}
	}
	return cases
}

// badAttempts and what else may come after a payment was opened.
func badAttempts(b *buyer) (cases []badCase) {
	token := map[string]string{"Checkout-Token": b.token}
	post := func(name, tail, body string, code int, problem string) {
		cases = append(cases, badCase{name: name, path: "/payments/" + b.id + tail, body: body, header: token, code: code, problem: problem})
	}
	for _, body := range []string{
		`{}`, `{"after":1}`, `{"method":"paypal"}`, `{"after":0,"method":"paypal"}`, `{"after":-1,"method":"paypal"}`, `{"after":"1","method":"paypal"}`, `{"after":1.5,"method":"paypal"}`,
		`{"after":null,"method":"paypal"}`, `{"after":9223372036854775808,"method":"paypal"}`, `{"after":1,"method":"PAYPAL"}`, `{"after":1,"method":""}`, `{"after":1,"method":"paypal","amount":1}`,
		`{"after":1,"method":"paypal","cart":[]}`, `{"after":1,"method":"paypal","language":"DE"}`, `{"After":1,"method":"paypal"}`, `{"after":1,"after":1,"method":"paypal"}`, `[]`, `null`, `{"after":1,"method":"paypal"}x`,
		`{"after":1,"method":"paypal","shipping":{}}`,
	} {
		post("attempt "+body, "/attempts", body, 400, "body-invalid")
	}
	post("attempt without a body", "/attempts", "-", 400, "body-invalid")
	post("attempt with a way to pay nobody offers", "/attempts", `{"after":1,"method":"card"}`, 422, "method-unknown")
	post("attempt with an address for nothing", "/attempts", `{"after":1,"method":"paypal","shipping":`+goodAddress+`}`, 422, "shipping-required")
	post("attempt after one that is not", "/attempts", `{"after":2,"method":"paypal"}`, 409, "attempt-refused")
	post("attempt too large", "/attempts", `{"after":1,"method":"paypal"}`+strings.Repeat(" ", 16<<10), 413, "too-large")
	for _, body := range []string{`{"amount":1}`, `{"Amount":1}`, `[]`, `null`, `{}{}`, `x`} {
		post("capture with "+body, "/capture", body, 400, "body-invalid")
	}
	post("capture too large", "/capture", `{}`+strings.Repeat(" ", 16<<10), 413, "too-large")
	form := maps.Clone(token)
	form["Content-Type"] = "application/x-www-form-urlencoded"
	for _, tail := range []string{"/capture", "/attempts"} {
		cases = append(cases, badCase{name: "a form to " + tail, path: "/payments/" + b.id + tail, body: "a=b", header: form, code: 415, problem: "media-type"})
	}
	return cases
}

// noRoutes: what the gateway answers alone.
func noRoutes(b *buyer) (cases []badCase) {
	for _, request := range []string{
		"GET /payments", "PUT /payments", "DELETE /payments", "PATCH /payments", "POST /payments/", "POST //payments", "POST /Payments", "GET /", "GET /payments//capture",
		"POST /payments/ID", "PUT /payments/ID", "DELETE /payments/ID", "GET /payments/ID/", "GET /payments/ID/capture", "POST /payments/ID/capture/", "POST /payments/ID/refunds",
		"GET /payments/ID/attempts", "POST /payments/../payments", "GET /payments/ID%2fcapture", "POST /payments/ID%2f..%2fcapture", "POST /payments/ID%3f/capture", "GET /payments/%2e%2e%2fID", "POST /sweep", "GET /openapi.yaml", "POST /merchant/payments",
	} {
		method, path, _ := strings.Cut(strings.Replace(request, "ID", b.id, 1), " ")
		cases = append(cases, badCase{name: "no route " + request, method: method, path: path, header: map[string]string{"Checkout-Token": b.token}, code: 404})
	}
	return cases
}

// TestBadInput: a clear answer of the right kind; nothing is written, and PayPal
// hears nothing of it.
func TestBadInput(t *testing.T) {
	w := newWorld(t, plan{})
	b, other := w.buyer(), w.buyer()
	b.open()
	other.open()
	cases := slices.Concat(badKeys(), badMedia(), badJSON(), badFields(), badQuantities(), badMembers(), badWishes(),
		strangers(b, other), badAttempts(b), noRoutes(b))
	reused := badCase{name: "a key with another cart", header: map[string]string{"Idempotency-Key": b.key}, code: 422, problem: "key-reused"}
	for name, body := range map[string]string{
		"quantity": order(field{"cart", `[{"sku":"BOOK","quantity":3},{"sku":"CARD","quantity":1}]`}), "product": order(),
		"country": strings.Replace(plainCart, `"DE"`, `"AT"`, 1), "currency": strings.Replace(plainCart, `"EUR"`, `"USD"`, 1),
		"unknown product": line(`"sku":"NOPE","quantity":1`),
	} {
		reused.name, reused.body = "a key with another "+name, body
		cases = append(cases, reused)
	}
	names := map[string]bool{}
	for _, c := range cases {
		if names[c.name] {
			t.Errorf("two cases are called %q", c.name)
		}
		names[c.name] = true
		c.try(t, w)
	}
	t.Logf("%d bad inputs tried", len(cases))
	b.wants(b.look(), 200, "awaiting_approval", "redirect")
}

// try sends the case and holds what came of it.
func (c badCase) try(t *testing.T, w *world) {
	t.Helper()
	before, calls := w.table.Counts(), len(w.paypal.Calls())
	method, path, body := c.method, c.path, c.body
	if method == "" {
		method = http.MethodPost
	}
	if path == "" {
		path = "/payments"
	}
	switch body {
	case "":
		body = order()
	case "-":
		body = ""
	}
	r, err := http.NewRequest(method, w.api.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatalf("%s: %v", c.name, err)
	}
	header := map[string]string{"Idempotency-Key": "a-fresh-key-for-every-bad-input-0001", "Content-Type": "application/json"}
	maps.Copy(header, c.header)
	for name, value := range header {
		if value != "-" {
			r.Header.Set(name, value)
		}
	}
	got := w.send(r)
	if got.code != c.code || got.problem != c.problem {
		t.Errorf("%s: %d %s, want %d %s: %s", c.name, got.code, got.problem, c.code, c.problem, got.text)
	}
	if now := w.table.Counts(); now.Writes != before.Writes {
		t.Errorf("%s: %d items were written", c.name, now.Writes-before.Writes)
	}
	if all := w.paypal.Calls(); len(all) != calls {
		t.Errorf("%s: PayPal was asked: %+v", c.name, all[calls:])
	}
}

// TestStrangersLearnNothing: an id that is malformed, one that is not there and
// one that is somebody else's are one and the same answer.
func TestStrangersLearnNothing(t *testing.T) {
	w := newWorld(t, plan{})
	b, other := w.buyer(), w.buyer()
	b.open()
	other.open()
	answers := map[string]string{}
	for _, id := range []string{"x", "sc" + strings.Repeat("0", 26), other.id} {
		r := w.call(http.MethodGet, "/payments/"+id, "", b.withToken())
		_, rest, _ := strings.Cut(r.text, `"instance"`)
		_, rest, _ = strings.Cut(strings.TrimPrefix(rest, `:"`), `"`)
		start, _, _ := strings.Cut(r.text, `"instance"`)
		answers[start+rest] = id
		for name := range r.header {
			answers[start+rest] += " " + name
		}
	}
	if len(answers) != 1 {
		t.Errorf("%d different answers: %v", len(answers), answers)
	}
}

// TestAddressThatPayPalRefuses: the form was good, and PayPal knows better. The
// caller is told so, with PayPal's code; it is no fault of the server's, and
// nothing is kept.
func TestAddressThatPayPalRefuses(t *testing.T) {
	w := newWorld(t, plan{})
	for name, c := range map[string]struct{ body, code string }{
		"no postcode where there are some": {sent("Ada", "Ida"), "POSTAL_CODE_REQUIRED"},
		"a country that is none":           {strings.ReplaceAll(sent("Ada", "Ida"), `"DE"`, `"XX"`), "INVALID_COUNTRY_CODE"},
	} {
		before := w.table.Counts()
		b := w.buyer()
		b.order = c.body
		if r := b.open(); r.code != http.StatusUnprocessableEntity || r.problem != "address-refused" || r.Code != c.code {
			t.Errorf("%s: %d %s", name, r.code, r.text)
		}
		if now := w.table.Counts(); now.Writes != before.Writes || len(b.orders()) != 0 {
			t.Errorf("%s: something was kept", name)
		}
	}
}

// canaryCase is a purchase in which one thing goes wrong.
type canaryCase struct {
	kind    sim.Kind
	call    sim.CallName
	funding sim.Funding
}

func canaryCases() (cases []canaryCase) {
	for _, call := range []sim.CallName{sim.CallToken, sim.CallCreate, sim.CallLook, sim.CallCapture} {
		for _, kind := range sim.Kinds() {
			if kind.Fits(call) {
				cases = append(cases, canaryCase{kind, call, sim.Balance})
			}
		}
	}
	for _, funding := range sim.Fundings() {
		cases = append(cases, canaryCase{"", "", funding})
	}
	return cases
}

// approveAndCapture is the last step, as far as there is one.
func (b *buyer) approveAndCapture(with sim.Funding) reply {
	b.w.t.Helper()
	if b.last.Next.URL != "" {
		b.approve(with)
	}
	return b.capture()
}

// TestCanary: what a person wrote, and every secret, is in no line of any log
// and in no answer that refuses, whatever goes wrong on the way.
func TestCanary(t *testing.T) {
	const marker = "CANARY"
	desk := newSecretDesk(t)
	desk.change(map[string]string{"token_secrets": marker + "-token-secret-of-more-than-thirty-two-bytes", "quote_secrets": marker + "-quote-secret-of-more-than-thirty-two-bytes"})
	w := desk.world(nil)
	secrets := []string{"A21AA"} // how PayPal's access tokens begin; more are made on the way
	clean := func(where, text string) {
		t.Helper()
		for _, secret := range append(secrets, marker, firstSecret, clientSecret, clientID) {
			if i := strings.Index(text, secret); i >= 0 {
				t.Fatalf("%q is in %s: %s", secret, where, text[max(0, i-200):min(len(text), i+100)])
			}
		}
	}
	refusals := 0
	for n, c := range canaryCases() {
		b := w.buyer()
		b.key = fmt.Sprintf("%s-key-that-nobody-may-read-%06d", marker, n)
		b.order = strings.ReplaceAll(`{"cart":[{"sku":"TEE","quantity":1}],"currency":"EUR","country":"DE","method":"paypal","reference":"@-REFERENCE","shipping":`+
			`{"name":"@ Byron","lines":["1 @ Lane","@"],"city":"@","region":"@","postcode":"@","country":"DE"}}`, "@", marker)
		w.paypal.RevokeTokens()
		desk.setDown(n%3 == 0)
		if c.kind != "" {
			w.must(w.paypal.Inject(sim.Fault{Kind: c.kind, Call: c.call}))
		}
		for _, r := range []reply{b.open(), b.open(), b.capture(), b.another(1), b.another(2), b.approveAndCapture(c.funding)} {
			if r.code >= 400 {
				refusals++
				// A refusal may show the payment, and so the shop's own reference.
				clean("an answer", strings.ReplaceAll(r.text, `"reference":"`+marker+`-REFERENCE"`, ""))
			}
		}
		if b.token != "" {
			secrets = append(secrets, b.token)
		}
		w.sweepAfter(2 * time.Hour)
	}
	// What a caller sent in the wrong place is not logged either.
	w.call(http.MethodPost, "/payments", strings.Replace(plainCart, "BOOK", marker, 1), map[string]string{"Idempotency-Key": strings.Repeat(marker, 6)})
	w.call(http.MethodPost, "/payments", strings.Replace(plainCart, "currency", marker, 1), map[string]string{"Idempotency-Key": strings.Repeat(marker, 6)})
	w.call(http.MethodPost, "/payments", strings.Replace(plainCart, `"paypal"`, `"canary"`, 1), map[string]string{"Idempotency-Key": strings.Repeat(marker, 6)})
	w.call(http.MethodGet, "/payments/"+marker, "", map[string]string{"Checkout-Token": marker})
	clean("the log", w.log.String())
	if !strings.Contains(w.log.String(), "secret not read") {
		t.Error("the secret was always read")
	}
	if strings.Contains(w.log.String(), "canary") {
		t.Errorf("the name of a method is in the log")
	}
	if lines := strings.Count(w.log.String(), "\n"); refusals < 30 || lines < 300 {
		t.Errorf("%d refusals and %d lines prove little", refusals, lines)
	}
}
