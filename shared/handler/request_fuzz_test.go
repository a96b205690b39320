package handler

import (
	stdjson "encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
)

// careful is a slow model of what a careful sender writes: one object, its members
// named as listed, none twice, all of it UTF-8 without the sign for what is none.
func careful(text []byte, names []string) error {
	if !utf8.Valid(text) || strings.ContainsRune(string(text), utf8.RuneError) {
		return fmt.Errorf("no UTF-8")
	}
	d := stdjson.NewDecoder(strings.NewReader(string(text)))
	if first, err := d.Token(); err != nil || first != stdjson.Delim('{') {
		return fmt.Errorf("no object: %v", err)
	}
	if err := carefulObject(d, names); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("more behind it")
	}
	return nil
}

// carefulObject reads to the end of an object whose brace was read. names nil: any.
func carefulObject(d *stdjson.Decoder, names []string) error {
	var seen []string
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		text := name.(string)
		if slices.Contains(seen, text) || names != nil && !slices.Contains(names, text) {
			return fmt.Errorf("the member %q", text)
		}
		seen = append(seen, text)
		if err := carefulValue(d); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

func carefulValue(d *stdjson.Decoder) error {
	value, err := d.Token()
	switch {
	case err != nil:
		return err
	case value == stdjson.Delim('{'):
		return carefulObject(d, nil)
	case value == stdjson.Delim('['):
		for d.More() {
			if err := carefulValue(d); err != nil {
				return err
			}
		}
		_, err = d.Token()
		return err
	}
	if text, ok := value.(string); ok && strings.ContainsRune(text, utf8.RuneError) {
		return fmt.Errorf("half a surrogate")
	}
	return nil
}

// FuzzStrictJSON: what is taken, a slow and plain reader would take as well; and written
// anew it is taken for the same.
func FuzzStrictJSON(f *testing.F) {
	for _, seed := range []string{
		`{"cart":[{"sku":"A","quantity":2}],"currency":"EUR","country":"DE","language":"de","method":"paypal","reference":"R"}`, `{"quote":"x","method":"paypal"}`, `{}`, `{}{}`, `[]`, `null`,
		`{"cart":null}`, `{"CART":[]}`, `{"method":"a","method":"b"}`, `{"m\u0065thod":"a","method":"b"}`, `{"method":"\ud800"}`, "{\"method\":\"\xff\"}", `{"amount":1}`, "\ufeff{}", `{"cart":[{"sku":"A","quantity":1.0}]}`,
		`{"shipping":{"name":"A","lines":["1"],"city":"D","country":"DE","country":"AT"}}`, strings.Repeat("[", 100), `{"cart":[{"quantity":9223372036854775808}]}`, "{}\x00", `{"shipping":{"Name":"A"}}`,
	} {
		f.Add([]byte(seed))
	}
	names := []string{"quote", "cart", "currency", "country", "language", "method", "reference", "shipping"}
	f.Fuzz(func(t *testing.T, text []byte) {
		in := request{header: map[string]string{"content-type": "application/json"}, body: text}
		var body createBody
		if err := in.decode(&body); err != nil {
			if said := err.Error(); strings.ContainsAny(said, "\x00\r\n") || len(said) > 300 {
				t.Errorf("the refusal repeats what was sent: %q", said)
			}
			return
		}
		if err := careful(text, names); err != nil {
			t.Fatalf("%q is taken, with %v", text, err)
		}
		anew, err := stdjson.Marshal(written(body))
		if err != nil {
			t.Fatal(err)
		}
		in.body = anew
		var again createBody
		if err := in.decode(&again); err != nil || !reflect.DeepEqual(written(body), written(again)) {
			t.Errorf("%q is taken for %+v, and written anew for %+v, %v", text, body, again, err)
		}
	})
}

// written is a body as it can be sent: lists of nothing are lists.
func written(b createBody) map[string]any {
	all := map[string]any{"currency": b.Currency, "country": b.Country, "language": b.Language, "method": b.Method, "reference": b.Reference}
	if b.Quote != nil {
		all["quote"] = *b.Quote
	}
	if len(b.Cart) > 0 {
		all["cart"] = b.Cart
	}
	if s := b.Shipping; s != nil {
		lines := append([]string{}, s.Lines...)
		all["shipping"] = map[string]any{"name": s.Name, "lines": lines, "city": s.City, "region": s.Region, "postcode": s.Postcode, "country": s.Country}
	}
	return all
}

// FuzzEvent: a body is what the gateway was sent, encoded or not; a header is found in
// whatever case it came; the address is the gateway's word and never a header's.
func FuzzEvent(f *testing.F) {
	f.Add("{}", false, "Checkout-Token", "t", "203.0.113.7")
	f.Add("e30=", true, "CHECKOUT-TOKEN", "", "")
	f.Add("e30", true, "x-forwarded-for", "198.51.100.1", "2001:db8::1")
	f.Add("e3\n0=", true, "", "\x00", "x")
	f.Add("e30==", true, "Ⅷ", "é", "::")
	f.Add("/+A=", true, "K", "K", "127.0.0.1")
	f.Fuzz(func(t *testing.T, body string, encoded bool, name, value, source string) {
		event := events.APIGatewayV2HTTPRequest{Body: body, IsBase64Encoded: encoded, Headers: map[string]string{name: value}}
		event.RequestContext.HTTP.SourceIP = source
		in := read(event)
		if in.source != source {
			t.Errorf("from %q, and it says %q", in.source, source)
		}
		if got, ok := in.header[strings.ToLower(name)]; !ok || got != value || len(in.header) != 1 {
			t.Errorf("the header %q is found in %q", name, in.header)
		}
		want, fits := []byte(body), true
		if encoded {
			want, fits = plainBase64(body)
		}
		if in.garbled == fits || fits && string(in.body) != string(want) {
			t.Errorf("%q, encoded %t: %q, garbled %t; the model has %q, %t", body, encoded, in.body, in.garbled, want, fits)
		}
	})
}

// plainBase64 reads RFC 4648 bit by bit: four signs are three bytes, the ends filled
// up with =; line breaks do not count.
func plainBase64(text string) ([]byte, bool) {
	const signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	text = strings.NewReplacer("\r", "", "\n", "").Replace(text)
	filled := len(text) - len(strings.TrimRight(text, "="))
	if len(text)%4 != 0 || filled > 2 {
		return nil, false
	}
	var out []byte
	bits, n := 0, 0
	for _, r := range text[:len(text)-filled] {
		i := strings.IndexRune(signs, r)
		if i < 0 {
			return nil, false
		}
		if bits, n = bits<<6|i, n+6; n >= 8 {
			n -= 8
			out = append(out, byte(bits>>n))
			bits &= 1<<n - 1
		}
	}
	return out, true
}
