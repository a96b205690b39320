package setup

import (
	"net/url"
	"strings"
	"testing"
)

// FuzzReturnPath: whatever origin and path a shop may configure, a buyer comes back to
// that host, over TLS or on this machine, and nowhere else, as any reader of addresses
// understands it.
func FuzzReturnPath(f *testing.F) {
	for _, path := range []string{"/", "/checkout", "/a/b/", "//evil.example", `/\evil.example`, "/?x", "/#x", "/a\r\nb", "/%zz", "/%2e%2e", "/a b", "/\x00", "/ü", "checkout", "", "/a//b", "/;a", "/@evil.example"} {
		f.Add("https://shop.example", path)
	}
	for _, origin := range []string{"https://shop.example:8443", "http://127.0.0.1:8080", "http://shop.example", "https://user@shop.example", "https://shop.example/", "javascript:alert(1)", "https://shop.example\\@evil.example", "https://[::1]", "https://shop.example?x"} {
		f.Add(origin, "/checkout")
	}
	f.Fuzz(func(t *testing.T, origin, path string) {
		env := map[string]string{"STACK_NAME": "s", "STOREFRONT_ORIGIN": origin, "RETURN_PATH": path}
		c, err := Read(func(name string) string { return env[name] })
		if err != nil {
			return
		}
		for _, how := range []string{"return", "cancel"} {
			address := c.returnURL(how)
			u, err := url.Parse(address)
			if err != nil {
				t.Fatalf("%q is no address: %v", address, err)
			}
			host := strings.TrimPrefix(strings.TrimPrefix(origin, "https://"), "http://")
			local := u.Hostname() == "localhost" || isLoopback(u.Hostname())
			switch {
			case u.Host != host || u.User != nil || u.Opaque != "" || u.Fragment != "" || u.RawQuery != "checkout="+how:
				t.Errorf("%q leads to %q, with %q", address, u.Host, u.RawQuery)
			case u.Scheme != "https" && !(u.Scheme == "http" && local):
				t.Errorf("%q is open to everybody on the way", address)
			case !strings.HasPrefix(u.EscapedPath(), "/") || strings.HasPrefix(u.EscapedPath(), "//") || u.String() != address:
				t.Errorf("%q is written %q", address, u)
			}
			for _, r := range address {
				if r <= ' ' || r > '~' || r == '\\' {
					t.Errorf("%q holds %q", address, r)
				}
			}
		}
	})
}
