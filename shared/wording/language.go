package wording

import (
	"cmp"
	"slices"
	"strings"
)

// Language is one of Languages, as a BCP 47 tag: "en", "zh-Hans".
type Language string

// English is what everybody reads who has not asked for anything else there is.
const English Language = "en"

// languages are all there are, English first.
var languages = []Language{English, "de", "es", "fr", "ja", "zh-Hans"}

// Languages are all there are, English first.
func Languages() []Language { return slices.Clone(languages) }

// traditional are the subtags of Chinese that Simplified Chinese does not serve.
var traditional = []string{"hant", "tw", "hk", "mo"}

// Named is the language of a BCP 47 tag, whatever its case and its region: "de-AT" is
// de, "zh-CN" is zh-Hans. What is no tag and what there is no language for is none.
func Named(tag string) (Language, bool) {
	parts := strings.Split(strings.ToLower(tag), "-")
	for _, part := range parts {
		if !isSubtag(part) {
			return "", false
		}
	}
	written := slices.ContainsFunc(parts, func(s string) bool { return slices.Contains(traditional, s) }) && !slices.Contains(parts, "hans")
	if parts[0] == "zh" && written {
		return "", false
	}
	for _, l := range languages {
		if base, _, _ := strings.Cut(string(l), "-"); base == parts[0] {
			return l, true
		}
	}
	return "", false
}

// isSubtag: one to eight letters and digits (RFC 5646, section 2.1).
func isSubtag(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') {
			return false
		}
	}
	return len(s) >= 1 && len(s) <= 8
}

// wish is one range of an Accept-Language header.
type wish struct {
	tag     string
	quality int // in thousandths
}

// Accepted is the language that an Accept-Language header asks for first (RFC 9110,
// section 12.5.4): by quality, and of equals the one that stands first. "*" is any that
// is not named beside it; quality 0 rules one out. It is English where the header is
// empty, or names nothing there is.
func Accepted(header string) Language {
	var wishes []wish
	named := map[Language]bool{}
	for text := range strings.SplitSeq(header, ",") {
		w, ok := readWish(text)
		if !ok {
			continue
		}
		if l, known := Named(w.tag); known {
			named[l] = true
		}
		if w.quality > 0 {
			wishes = append(wishes, w)
		}
	}
	slices.SortStableFunc(wishes, func(a, b wish) int { return cmp.Compare(b.quality, a.quality) })
	for _, w := range wishes {
		if l, known := Named(w.tag); known {
			return l
		}
		if i := slices.IndexFunc(languages, func(l Language) bool { return !named[l] }); w.tag == "*" && i >= 0 {
			return languages[i]
		}
	}
	return English
}

// readWish reads a range and its weight: "de-AT;q=0.8". One that cannot be read is
// none.
func readWish(text string) (wish, bool) {
	tag, weight, weighted := strings.Cut(text, ";")
	w := wish{tag: strings.TrimSpace(tag), quality: 1000}
	if !weighted {
		return w, w.tag != ""
	}
	name, value, _ := strings.Cut(strings.TrimSpace(weight), "=")
	quality, ok := readQuality(value)
	w.quality = quality
	return w, w.tag != "" && strings.EqualFold(name, "q") && ok
}

// readQuality reads a qvalue (RFC 9110, section 12.4.2) in thousandths: 0 or 1 with at
// most three decimals.
func readQuality(text string) (int, bool) {
	whole, fraction, _ := strings.Cut(text, ".")
	if (whole != "0" && whole != "1") || len(fraction) > 3 {
		return 0, false
	}
	quality := 0
	for _, r := range whole + fraction + strings.Repeat("0", 3-len(fraction)) {
		if r < '0' || r > '9' {
			return 0, false
		}
		quality = quality*10 + int(r-'0')
	}
	return quality, quality <= 1000
}
