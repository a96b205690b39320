// Package wording is what people read: one file of messages for each language, and
// how that language writes amounts, numbers and dates. A message is named by a key and
// filled with named values; nothing is put together out of parts of sentences.
//
// A new language is a new file beside the others and a line in languages; a new
// message stands in every file, with the same placeholders as in English. The tests
// hold both.
//
// Separators, symbols, their places and their spaces are those of CLDR 48
// (cldr.unicode.org, numbers and dates of each language), with two differences: a
// symbol that several currencies share ($, and ¥ outside of the one language where it is
// the country's own) gives way to the currency's code, and no digit is ever left out
// that ISO 4217 has.
package wording

import (
	"embed"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
)

// Values are what a message is filled with, by the names of its placeholders: an
// Amount, a Number, a time.Time (its day, in UTC) or a text that stays as it is.
type Values map[string]any

// Number is a decimal as a provider wrote it ("1.05633"). All its digits stay.
type Number string

// file is a language's.
type file struct {
	Numbers  numbers           `json:"numbers"`
	Dates    dates             `json:"dates"`
	Between  string            `json:"between"` // two sentences
	Messages map[string]string `json:"messages"`
}

//go:embed *.json
var files embed.FS

// read keeps each language's file once it was needed. It is no value of a call, so
// that a function which shows nobody anything carries neither files nor reader.
var read struct {
	sync.Mutex
	files map[Language]*file
}

// file reads a language's file. That every one can be read is a test's.
func (l Language) file() *file {
	read.Lock()
	defer read.Unlock()
	if f := read.files[l]; f != nil {
		return f
	}
	text, err := files.ReadFile(string(l) + ".json")
	f := &file{}
	if err == nil {
		err = json.Unmarshal(text, f, json.RejectUnknownMembers(true))
	}
	if err != nil {
		panic(fmt.Sprintf("wording: %s: %v", l, err))
	}
	if read.files == nil {
		read.files = map[Language]*file{}
	}
	read.files[l] = f
	return f
}

// Has reports whether there is a message of that key; it is in every language or in
// none.
func (l Language) Has(key string) bool { return l.file().Messages[key] != "" }

// Text is the message of a key with its values. A key that has no message is given
// back as it is, and so is a placeholder that has no value: a fault of the caller's,
// which is better seen than hidden.
func (l Language) Text(key string, values Values) string {
	f := l.file()
	message := f.Messages[key]
	if message == "" {
		return key
	}
	var filled strings.Builder
	for message != "" {
		before, rest, found := strings.Cut(message, "{")
		filled.WriteString(before)
		if !found {
			break
		}
		name, after, _ := strings.Cut(rest, "}")
		if value, ok := values[name]; ok {
			filled.WriteString(f.write(value))
		} else {
			filled.WriteString("{" + name + "}")
		}
		message = after
	}
	return filled.String()
}

// Amount is an amount as the language writes it.
func (l Language) Amount(a money.Amount) string { return l.file().write(a) }

// Day is the day of a time in UTC, as the language writes it.
func (l Language) Day(t time.Time) string { return l.file().write(t) }

// Under is every message whose key begins so, by what follows in its key, with its
// placeholders as they stand.
func (l Language) Under(prefix string) map[string]string {
	found := map[string]string{}
	for key, message := range l.file().Messages {
		if rest, ok := strings.CutPrefix(key, prefix); ok {
			found[rest] = message
		}
	}
	return found
}

// Join puts sentences one after another, as the language does.
func (l Language) Join(sentences ...string) string {
	return strings.Join(sentences, l.file().Between)
}

func (f *file) write(value any) string {
	switch value := value.(type) {
	case money.Amount:
		return f.Numbers.amount(value)
	case Number:
		return f.Numbers.number(string(value))
	case time.Time:
		return f.Dates.day(value)
	}
	return fmt.Sprint(value)
}
