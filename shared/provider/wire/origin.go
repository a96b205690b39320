package wire

import (
	"fmt"
	"net/netip"
	"net/url"
)

// Origin takes a scheme and a host and nothing else. Secrets and buyers go there, so it is
// https, but on this machine. Errors call it by name, and give what it should be like.
func Origin(name, s, like string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme+"://"+u.Host != s {
		return nil, fmt.Errorf("%s is not an origin like %s", name, like)
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && isHere(u)) {
		return nil, fmt.Errorf("%s is not https", name)
	}
	return u, nil
}

// isHere reports whether an origin is on this machine.
func isHere(u *url.URL) bool {
	address, _ := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || address.IsLoopback()
}
