package handler

// hasCardNumber reports whether a text holds what could be a card number: 13 to
// 19 digits, with blanks or dashes between them or not, whose check digit is
// right (ISO/IEC 7812, Luhn). Such a text is refused and kept nowhere.
func hasCardNumber(text string) bool {
	var digits []byte
	for i := 0; i <= len(text); i++ {
		var c byte
		if i < len(text) {
			c = text[i]
		}
		switch {
		case c >= '0' && c <= '9':
			digits = append(digits, c-'0')
		case c == ' ' || c == '-':
		default:
			if anyCardNumber(digits) {
				return true
			}
			digits = digits[:0]
		}
	}
	return false
}

// anyCardNumber looks at every run of 13 to 19 of the digits.
func anyCardNumber(digits []byte) bool {
	for from := range digits {
		for n := 13; n <= 19 && from+n <= len(digits); n++ {
			if luhn(digits[from : from+n]) {
				return true
			}
		}
	}
	return false
}

func luhn(digits []byte) bool {
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i])
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
