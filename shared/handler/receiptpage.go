package handler

import (
	"crypto/sha256"
	_ "embed" // the page's style
	"encoding/base64"
	"html"
	"strconv"
	"strings"

	"github.com/serverless-checkout/serverless-checkout/shared/wording"
)

//go:embed receipt.css
var receiptStyle string

// pagePolicy lets the page have its own style and nothing else: no script, no picture, no
// form and no address to lead away to.
func pagePolicy() string {
	return contentPolicy() + "; frame-ancestors 'none'" // which counts in a header alone
}

func contentPolicy() string {
	sum := sha256.Sum256([]byte(receiptStyle))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
}

// markup is HTML in the making. The library's templates would bring every exported method
// of everything into the functions, since they find methods by their names.
type markup struct{ strings.Builder }

// of writes an element around a text. What is in the text is text, whoever wrote it; the
// tag, which may have attributes, is ours.
func (m *markup) of(tag, text string) {
	name, _, _ := strings.Cut(tag, " ")
	m.WriteString("<" + tag + ">" + html.EscapeString(text) + "</" + name + ">")
}

// row writes a row of a table, the first cell as the head of the others.
func (m *markup) row(class, head string, span int, cells ...string) {
	m.WriteString("<tr" + class + ">")
	m.of(`th scope="row" colspan="`+strconv.Itoa(span)+`"`, head)
	for _, cell := range cells {
		m.of("td", cell)
	}
	m.WriteString("</tr>\n")
}

// page is the receipt for a browser, or for its printer. A shop's page that has fetched it
// shows it from memory, where no header counts: so the policy stands in the page as well.
func (b receiptBody) page(language wording.Language) string {
	say := func(key string) string { return language.Text("receipt."+key, nil) }
	var m markup
	m.WriteString("<!doctype html>\n<html lang=\"" + b.Language + "\">\n<head>\n<meta charset=\"utf-8\">\n" +
		`<meta http-equiv="Content-Security-Policy" content="` + contentPolicy() + "\">\n" +
		"<meta name=\"viewport\" content=\"width=device-width\">\n<meta name=\"referrer\" content=\"no-referrer\">\n")
	m.of("title", strings.TrimSpace(say("title")+" "+b.Reference))
	m.WriteString("\n<style>" + receiptStyle + "</style>\n</head>\n<body>\n<main>\n")
	if b.Shop != "" {
		m.of("h1", b.Shop)
	}
	m.of("h2", say("title"))
	m.WriteString("\n<dl>\n")
	for _, fact := range [][2]string{
		{"number", b.Payment}, {"reference", b.Reference}, {"date", language.Day(b.paid)}, {"method", b.Method.Name}, {"status", say("status." + b.Status)},
	} {
		if fact[1] != "" {
			m.of("dt", say(fact[0]))
			m.of("dd", fact[1])
		}
	}
	m.WriteString("\n</dl>\n")
	b.table(&m, say)
	m.of(`p class="note"`, say("note"))
	m.WriteString("\n</main>\n</body>\n</html>\n")
	return m.String()
}

// table is what was bought, what makes the total, and what went back of it.
func (b receiptBody) table(m *markup, say func(string) string) {
	m.WriteString("<table>\n<thead><tr>")
	for _, head := range []string{"item", "quantity", "each", "amount"} {
		m.of(`th scope="col"`, say(head))
	}
	m.WriteString("</tr></thead>\n<tbody>\n")
	for _, l := range b.Lines {
		m.row("", l.Name, 1, strconv.FormatInt(l.Quantity, 10), l.Each.Text, l.Total.Text)
	}
	m.WriteString("</tbody>\n<tfoot>\n")
	if len(b.Parts) > 1 {
		for _, part := range b.Parts {
			m.row("", part.Text, 3, part.Total.Text)
		}
	}
	m.row(` class="total"`, say("total"), 3, b.Total.Text)
	for _, r := range b.Refunds {
		m.row("", r.Text, 3, r.Total.Text)
	}
	if len(b.Refunds) > 0 {
		m.row(` class="total"`, say("rest"), 3, b.Rest.Text)
	}
	m.WriteString("</tfoot>\n</table>\n")
}
