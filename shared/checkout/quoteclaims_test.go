package checkout_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
)

// unlawfulTexts are payloads that are wrong as a whole.
func unlawfulTexts() map[string]string {
	return map[string]string{
		"null": "null", "a list": "[]", "a text": `"x"`, "empty": "{}", "no JSON": "{", "two": payload() + payload(),
		"a claim twice":                strings.TrimSuffix(payload(), "}") + `,"total":5250}`,
		"a claim twice, once escaped":  strings.TrimSuffix(payload(), "}") + `,"t\u006ftal":5250}`,
		"bytes that are no UTF-8":      payload(claim{"ref", "\"\xff\""}),
		"a claim in capitals":          strings.Replace(payload(), `"total"`, `"TOTAL"`, 1),
		"a claim in two cases":         strings.TrimSuffix(payload(), "}") + `,"Total":1}`,
		"audience in capitals":         strings.Replace(payload(), `"aud"`, `"AUD"`, 1),
		"two audiences":                payload(claim{"aud", `["harbour","other"]`}),
		"no audience in the list":      payload(claim{"aud", `[]`}),
		"audience a number":            payload(claim{"aud", `1`}),
		"a list of lists":              payload(claim{"aud", `[["harbour"]]`}),
		"other audience":               payload(claim{"aud", `"harbour2"`}),
		"audience in another case":     payload(claim{"aud", `"Harbour"`}),
		"issued in two minutes":        payload(claim{"iat", fmt.Sprint(noon + 120)}),
		"issued next year":             payload(claim{"iat", fmt.Sprint(noon + 31_536_000)}),
		"no lines":                     lines(`[]`, "0"),
		"51 lines":                     lines("["+strings.TrimSuffix(strings.Repeat(`{"sku":"A","name":"A","qty":1,"unit":1},`, 51), ",")+"]", "51"),
		"free of charge":               lines(`[{"sku":"A","name":"A","qty":1,"unit":0}]`, "0"),
		"more off than it costs":       payload(claim{"discount", "6000"}, claim{"total", "-250"}),
		"overflow":                     lines(`[{"sku":"A","name":"A","qty":9999,"unit":9223372036854775807}]`, "1"),
		"overflow that comes out even": lines(`[{"sku":"A","name":"A","qty":2,"unit":9223372036854775807}]`, "-2"),
		"over 64 bits":                 lines(`[{"sku":"A","name":"A","qty":1,"unit":18446744073709551617}]`, "1"),
		"negative discount":            payload(claim{"discount", "-500"}, claim{"total", "6250"}),
		"negative tax":                 payload(claim{"tax", "-760"}, claim{"total", "3730"}),
		"negative shipping":            payload(claim{"shipping", "-490"}, claim{"total", "4270"}),
		"a cent too much":              payload(claim{"total", "5251"}),
		"a cent too little":            payload(claim{"total", "5249"}),
		"a total as text":              payload(claim{"total", `"5250"`}),
		"a total with a point":         payload(claim{"total", `5250.0`}),
		"a total with an exponent":     payload(claim{"total", `525e1`}),
		"an expiry with a point":       payload(claim{"exp", `1795266000.5`}),
		"an expiry as text":            payload(claim{"exp", `"1795266000"`}),
		"an expiry far away":           payload(claim{"exp", `9223372036854775807`}),
		"an expiry before time":        payload(claim{"exp", `-1`}),
	}
}

// unlawfulClaims are good payloads but for one claim.
func unlawfulClaims() map[string]string {
	bad := map[string]string{}
	for _, name := range []string{"jti", "aud", "exp", "cur", "country", "lines", "total"} {
		bad["without "+name] = payload(claim{name, ""})
	}
	for _, name := range []string{"jti", "aud", "exp", "iat", "cur", "country", "lines", "discount", "tax", "shipping", "total", "ref"} {
		bad[name+" null"] = payload(claim{name, "null"})
		bad[name+" true"] = payload(claim{name, "true"})
		bad[name+" an object"] = payload(claim{name, "{}"})
	}
	for _, name := range []string{"iss", "sub", "nbf", "amount", "price", "payment", "status", "currency", "reference", "", "__proto__"} {
		bad["unknown claim "+name] = payload(claim{name, `1`})
	}
	for name, c := range map[string]claim{
		"short id": {"jti", `"` + strings.Repeat("k", 31) + `"`}, "long id": {"jti", `"` + strings.Repeat("k", 256) + `"`}, "id with a slash": {"jti", `"` + strings.Repeat("/", 36) + `"`},
		"id with a line break": {"jti", `"` + quoteID + `\n"`}, "no currency": {"cur", `"XXX"`}, "currency in small": {"cur", `"eur"`},
		"country in small": {"country", `"de"`}, "country of three": {"country", `"DEU"`}, "a line in ref": {"ref", `"a\nb"`}, "long ref": {"ref", `"` + strings.Repeat("r", 65) + `"`},
	} {
		bad[name] = payload(c)
	}
	return bad
}

// unlawfulLines are payloads whose only line is wrong.
func unlawfulLines() map[string]string {
	bad := map[string]string{"line: qty 10,000, added up": lines(`[{"sku":"A","name":"A","qty":10000,"unit":1}]`, "10000")}
	for name, line := range map[string]string{
		"no sku": `"name":"A","qty":1,"unit":1`, "no name": `"sku":"A","qty":1,"unit":1`, "no qty": `"sku":"A","name":"A","unit":1`,
		"qty 0": `"sku":"A","name":"A","qty":0,"unit":1`, "qty -1": `"sku":"A","name":"A","qty":-1,"unit":1`, "qty 1.0": `"sku":"A","name":"A","qty":1.0,"unit":1`,
		"unit -1": `"sku":"A","name":"A","qty":1,"unit":-1`, "unit 0.1": `"sku":"A","name":"A","qty":1,"unit":0.1`, "unit null": `"sku":"A","name":"A","qty":1,"unit":null`, "unit as text": `"sku":"A","name":"A","qty":1,"unit":"1"`,
		"unknown": `"sku":"A","name":"A","qty":1,"unit":1,"price":1`, "capital": `"Sku":"A","name":"A","qty":1,"unit":1`, "twice": `"sku":"A","sku":"A","name":"A","qty":1,"unit":1`,
		"long sku": `"sku":"` + strings.Repeat("s", 65) + `","name":"A","qty":1,"unit":1`, "long name": `"sku":"A","name":"` + strings.Repeat("s", 121) + `","qty":1,"unit":1`,
		"control": `"sku":"A","name":"A\u0007","qty":1,"unit":1`, "physical 1": `"sku":"A","name":"A","qty":1,"unit":1,"physical":1`,
	} {
		bad["line: "+name] = lines("[{"+line+"}]", "1")
	}
	return bad
}

// TestUnlawfulClaims: signed by the shop, and refused.
func TestUnlawfulClaims(t *testing.T) {
	s, bad := newShop(t), unlawfulTexts()
	maps.Copy(bad, unlawfulClaims())
	maps.Copy(bad, unlawfulLines())
	for _, name := range slices.Sorted(maps.Keys(bad)) {
		_, _, err := s.buyQuote(signed(hs256, bad[name], newSecret))
		wantKind(t, name, err, checkout.KindQuote)
	}
	if _, asked := s.paypal.count(); asked != 0 {
		t.Errorf("%d orders were asked for", asked)
	}
	t.Logf("%d unlawful quotes", len(bad))
}
