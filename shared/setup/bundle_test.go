package setup

import (
	"os"
	"path/filepath"
	"testing"
)

// TestReadOneBundle: the folders are left out only where a file serves, and never
// against somebody's word.
func TestReadOneBundle(t *testing.T) {
	here := t.TempDir()
	file := func(name, text string) string {
		name = filepath.Join(here, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	full, empty, none := file("full", "-----BEGIN CERTIFICATE-----"), file("empty", ""), filepath.Join(here, "none")
	for name, c := range map[string]struct {
		files []string
		env   map[string]string
		want  string
	}{
		"the first":             {[]string{full, none}, nil, os.DevNull},
		"the second":            {[]string{none, full}, nil, os.DevNull},
		"none":                  {[]string{none}, nil, ""},
		"the one taken is void": {[]string{empty, full}, nil, ""},
		"a folder":              {[]string{here}, nil, ""},
		"a folder is named":     {[]string{full}, map[string]string{"SSL_CERT_DIR": "/x"}, ""},
	} {
		got := ""
		err := readOneBundle(c.files, lookupIn(c.env), func(name, value string) error {
			if name != "SSL_CERT_DIR" {
				t.Errorf("%s: %s was set", name, name)
			}
			got = value
			return nil
		})
		if err != nil || got != c.want {
			t.Errorf("%s: %q, want %q, %v", name, got, c.want, err)
		}
	}
}
