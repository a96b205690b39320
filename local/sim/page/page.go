// Package page draws what a person sees of a simulated provider: plain pages that fit a
// telephone, in the light and in the dark, without a script, under a policy that lets
// nothing in.
package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
)

//go:embed *.html
var shared embed.FS

//go:embed page.css
var style string

// Book is one provider's pages. Its templates may use "top" with the page's title,
// "banner", and what they bring themselves.
type Book struct {
	templates *template.Template
	policy    string // of every page, but for where its forms may go
}

// NewBook reads a provider's templates, all *.html of its files. The accent is a sheet
// of its own behind the common one.
func NewBook(provider string, files fs.FS, accent string) *Book {
	sheet := style + accent
	sum := sha256.Sum256([]byte(sheet))
	words := template.FuncMap{
		"style":    func() template.CSS { return template.CSS(sheet) },
		"provider": func() string { return provider },
	}
	all := template.Must(template.New(provider).Funcs(words).ParseFS(shared, "*.html"))
	return &Book{
		templates: template.Must(all.ParseFS(files, "*.html")),
		policy: "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; style-src 'sha256-" +
			base64.StdEncoding.EncodeToString(sum[:]) + "'; form-action ",
	}
}

// Show answers with a page and tells with what status. Its forms may go only here and to
// the targets named: browsers hold a form's redirect to the policy as well.
func (b *Book) Show(w http.ResponseWriter, status int, name string, data any, formTargets ...string) int {
	var page bytes.Buffer
	if err := b.templates.ExecuteTemplate(&page, name, data); err != nil {
		http.Error(w, "The page could not be drawn.", http.StatusInternalServerError)
		return http.StatusInternalServerError
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", b.policy+strings.Join(append([]string{"'self'"}, formTargets...), " "))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = page.WriteTo(w) // a browser that has gone is no concern of ours
	return status
}

// Message is a page that only says something.
type Message struct {
	Title, Text string
	Back        string // an address to go back to, if there is one
}

// Say shows a message.
func (b *Book) Say(w http.ResponseWriter, status int, m Message) int {
	return b.Show(w, status, "message.html", m)
}

// Origins are the places at which addresses are, for a page's form targets. What cannot
// stand in a policy is left out.
func Origins(addresses ...string) (origins []string) {
	for _, address := range addresses {
		if u, err := url.Parse(address); err == nil && !strings.ContainsAny(u.Host, " ;,'\"") {
			origins = append(origins, u.Scheme+"://"+u.Host)
		}
	}
	return origins
}
