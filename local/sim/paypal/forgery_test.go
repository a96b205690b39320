package paypal

import (
	"bytes"
	"encoding/json"
	"errors"
	"hash/crc32"
	"testing"
)

// Finding 1 of reliability.md: a genuine delivery's headers are good for
// another body.
func TestForgedBodyIsSigned(t *testing.T) {
	b, shop := newHookedBench(t)
	b.paid("p1")
	b.deliver()
	p := shop.take()[1]
	altered := bytes.ReplaceAll(p.body, []byte("47.50"), []byte("9999.00"))
	if b.trusted(post{p.header, altered}, testWebhookID) == nil {
		t.Fatal("any body is signed")
	}
	forged, err := ForgeSameCRC(p.body, altered)
	b.must(err)
	if err := b.trusted(post{p.header, forged}, testWebhookID); err != nil {
		t.Error(err)
	}
	b.want("it says", at(b.news(post{body: forged}), "resource", "amount", "value"), "9999.00")
	b.want("the truth", b.lookCapture(b.sim.Books().Charges[0].ID).body["status"], "COMPLETED")
}

func TestForgeSameCRC(t *testing.T) {
	for _, body := range []string{"", "{}", `{"a":1}`, long(100_000), "\x00\xff", " "} {
		for _, altered := range []string{"{}", `[1,2]`, `"x"`, `{"amount":{"value":"9999.00"}}` + "\n"} {
			forged, err := ForgeSameCRC([]byte(body), []byte(altered))
			if err != nil {
				t.Fatal(err)
			}
			if crc32.ChecksumIEEE(forged) != crc32.ChecksumIEEE([]byte(body)) {
				t.Errorf("%q has another checksum", forged)
			}
			var a, f bytes.Buffer
			if json.Compact(&f, forged) != nil || json.Compact(&a, []byte(altered)) != nil || f.String() != a.String() {
				t.Errorf("%q says something else than %q", forged, altered)
			}
			if len(forged) != len(altered)+40 {
				t.Errorf("%d bytes more", len(forged)-len(altered))
			}
		}
	}
	for _, altered := range []string{"", "{", "{}{}"} {
		if _, err := ForgeSameCRC([]byte("{}"), []byte(altered)); !errors.Is(err, ErrForgery) {
			t.Errorf("%q: %v", altered, err)
		}
	}
}
