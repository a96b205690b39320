package wording

import (
	"slices"
	"strings"
	"testing"
)

func TestNamed(t *testing.T) {
	for tag, want := range map[string]Language{
		"en": "en", "EN-us": "en", "de": "de", "de-AT": "de", "de-CH-1996": "de", "es-419": "es", "fr-CA": "fr", "ja-JP": "ja",
		"zh": "zh-Hans", "zh-CN": "zh-Hans", "zh-Hans": "zh-Hans", "zh-hans-HK": "zh-Hans", "zh-SG": "zh-Hans",
		"zh-Hant": "", "zh-TW": "", "zh-HK": "", "zh-Hant-CN": "", "it": "", "x": "", "": "", "d": "", "de_AT": "", "de-": "", "-de": "",
		"deutsch": "", "*": "", "de-abcdefghi": "", "d\u00e9": "",
	} {
		got, ok := Named(tag)
		if got != want || ok != (want != "") {
			t.Errorf("%q: %q, %t", tag, got, ok)
		}
	}
	for _, l := range Languages() {
		if got, ok := Named(string(l)); got != l || !ok {
			t.Errorf("%s is %s", l, got)
		}
	}
}

func TestAccepted(t *testing.T) {
	for header, want := range map[string]Language{
		"": "en", "de": "de", "de-AT,de;q=0.9,en;q=0.8": "de", "it, fr;q=0.5": "fr", "it": "en", "*": "en",
		"en;q=0.3, ja;q=0.7": "ja", "fr;q=0.5,es;q=0.5": "fr", "en;q=0": "en", "de;q=0, es;q=0.1": "es",
		"en;q=0, *": "de", "en;q=0,*;q=0.5,ja;q=0.4": "de", "fr;q=0.4, *;q=0.2": "fr", "de ; q=0.2 , es ;Q=0.9": "es",
		"zh-TW, zh;q=0.9": "zh-Hans", "zh-TW,en;q=0.5": "en", "zh-CN,zh;q=0.9,en;q=0.8": "zh-Hans",
		"de;q=2, ja": "ja", "de;q=, ja": "ja", "de;level=1, ja": "ja", "de;q=0.1234, ja;q=0.1": "ja", "de;q=0.12x, ja;q=0.1": "ja", "de;q=1.001, ja;q=0.1": "ja",
		",,;;=,": "en", "de;q=1.000,ja": "de", "ja;q=0.999,de;q=1": "de", strings.Repeat("it,", 5000) + "ja": "ja",
	} {
		if got := Accepted(header); got != want {
			t.Errorf("%.60q: %s, want %s", header, got, want)
		}
	}
}

func FuzzAccepted(f *testing.F) {
	f.Add("de-AT,de;q=0.9,*;q=0.1")
	f.Fuzz(func(t *testing.T, header string) {
		if l := Accepted(header); !slices.Contains(Languages(), l) {
			t.Errorf("%q: %q", header, l)
		}
	})
}
