package gateway

import (
	"errors"
	"io"
	"net/http"
	"strings"
)

const (
	// bodyLimit is the gateway's, in bytes.
	bodyLimit = 10 << 20
	// headerLimit is for the request line and all headers together, in bytes.
	headerLimit = 10240
)

// headBytes is the length of the request line and the headers as they were
// sent, line ends included, as far as net/http still knows them.
func headBytes(r *http.Request) int {
	const lineEnd, colon = len("\r\n"), len(": ")
	n := len(r.Method) + 1 + len(target(r)) + 1 + len(r.Proto) + lineEnd
	n += len("Host") + colon + len(r.Host) + lineEnd
	for name, values := range r.Header {
		for _, value := range values {
			n += len(name) + colon + len(value) + lineEnd
		}
	}
	return n
}

func target(r *http.Request) string {
	if r.RequestURI != "" {
		return r.RequestURI
	}
	return r.URL.RequestURI()
}

// readBody reads the whole body, or refuses it.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, *refusal) {
	if r.ContentLength > bodyLimit {
		return nil, tooLarge
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over):
		return nil, tooLarge
	case err != nil:
		return nil, badRequest
	}
	return body, nil
}

// isText tells whether a body travels as text. Measured on AWS: only these
// types; a form and a body without a type come as base64 (provider-facts G1).
// The suffixes are not measured.
func isText(contentType string) bool {
	media, _, _ := strings.Cut(contentType, ";")
	switch media = strings.ToLower(strings.TrimSpace(media)); media {
	case "application/json", "application/javascript", "application/xml":
		return true
	}
	return strings.HasPrefix(media, "text/") ||
		strings.HasSuffix(media, "+json") || strings.HasSuffix(media, "+xml")
}
