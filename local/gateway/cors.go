package gateway

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// CORS says which pages may call the API from a browser.
type CORS struct {
	Origins []string // compared to the letter
	Methods []string
	Headers []string // that a page may send
	Expose  []string // headers that a page may read
	MaxAge  int      // seconds a preflight's answer may be kept; 0: not said
}

func (c CORS) configured() bool { return len(c.Origins) > 0 }

func (r *reading) readCORS(n *yaml.Node) CORS {
	if r.mapping(n, "CorsConfiguration") == nil {
		return CORS{}
	}
	r.only(n, "AllowOrigins", "AllowMethods", "AllowHeaders", "ExposeHeaders", "MaxAge")
	c := CORS{
		Origins: r.texts(field(n, "AllowOrigins")),
		Methods: r.texts(field(n, "AllowMethods")),
		Headers: r.texts(field(n, "AllowHeaders")),
		Expose:  r.texts(field(n, "ExposeHeaders")),
	}
	if age := field(n, "MaxAge"); age != nil {
		c.MaxAge, _ = r.whole(age)
	}
	if origins := field(n, "AllowOrigins"); origins == nil || len(origins.Content) == 0 && intrinsic(origins) == "" {
		r.add(n, "CORS without AllowOrigins")
	}
	for _, origin := range c.Origins {
		if strings.Contains(origin, "*") || origin == "null" || origin == "" {
			r.add(field(n, "AllowOrigins"), "origin %q is no single page", origin)
		}
	}
	return c
}

// origin is the request's origin if it is allowed, else "".
func (c CORS) origin(r *http.Request) string {
	sent := r.Header.Values("Origin")
	if len(sent) != 1 || !slices.Contains(c.Origins, sent[0]) {
		return ""
	}
	return sent[0]
}

const corsPrefix = "Access-Control-"

// decorate sets the headers of an answer; whatever stood there is replaced.
func (c CORS) decorate(h http.Header, r *http.Request) {
	if !c.configured() {
		return
	}
	for name := range h {
		if strings.HasPrefix(name, corsPrefix) {
			h.Del(name)
		}
	}
	origin := c.origin(r)
	if origin == "" {
		return
	}
	h.Set("Access-Control-Allow-Origin", origin)
	setList(h, "Access-Control-Expose-Headers", c.Expose)
}

// preflight answers OPTIONS, whatever the path: 204, and nothing more for a
// page that is not allowed.
func (c CORS) preflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	if origin := c.origin(r); origin != "" && r.Header.Get("Access-Control-Request-Method") != "" {
		h.Set("Access-Control-Allow-Origin", origin)
		setList(h, "Access-Control-Allow-Methods", c.Methods)
		setList(h, "Access-Control-Allow-Headers", c.Headers)
		if c.MaxAge > 0 {
			h.Set("Access-Control-Max-Age", strconv.Itoa(c.MaxAge))
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

func setList(h http.Header, name string, values []string) {
	if len(values) > 0 {
		h.Set(name, strings.Join(values, ","))
	}
}
