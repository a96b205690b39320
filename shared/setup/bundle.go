package setup

import "os"

// bundles are where Go looks for a file of root certificates, first to last, as far
// as Amazon Linux and Debian have one (crypto/x509, root_linux.go).
var bundles = []string{"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"}

// readOneBundle keeps Go from reading root certificates twice. By itself it reads the
// first such file and then every file of the folders it lies in, which hold the same
// again: most of what a function's first TLS answer costs. Where there is no file, or
// somebody has said where to look, all is left as it is, and the folders serve.
//
// It has to come before the first TLS connection of the process, since the roots are
// read once.
func readOneBundle(files []string, lookup func(string) string, set func(name, value string) error) error {
	if lookup("SSL_CERT_DIR") != "" || !holdsBundle(files) {
		return nil
	}
	return set("SSL_CERT_DIR", os.DevNull)
}

// holdsBundle reports whether the file that Go will take is there and holds anything.
func holdsBundle(files []string) bool {
	for _, name := range files {
		if text, err := os.Open(name); err == nil {
			defer text.Close()
			about, err := text.Stat()
			return err == nil && about.Mode().IsRegular() && about.Size() > 0
		}
	}
	return false
}
