package payment

import "strings"

// idDigits is how many digits of base 32 follow "sc" in a payment's id.
const idDigits = 26

// IsID reports whether a text has the form of a payment's id: "sc" and 26 digits of
// base 32 (0-9, a-v), which every field of a provider that carries one allows.
func IsID(text string) bool {
	digits, ok := strings.CutPrefix(text, "sc")
	foreign := func(r rune) bool { return (r < '0' || r > '9') && (r < 'a' || r > 'v') }
	return ok && len(digits) == idDigits && strings.IndexFunc(digits, foreign) < 0
}

// IDIn is the payment's id that a text is, or begins with: a refund's own id, and an
// order's invoice id, are the payment's with a dash and more behind it. It is "" where
// there is none.
func IDIn(text string) string {
	id, _, _ := strings.Cut(text, "-")
	if !IsID(id) {
		return ""
	}
	return id
}
