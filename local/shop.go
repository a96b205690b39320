package main

import (
	"encoding/json"
	"net/http"
)

// shop serves the demo shop's page from a folder, as any static host would, under
// a strict policy: scripts and styles of its own alone, calls to the API alone.
func shop(folder, api, pages string) http.Handler {
	files := http.FileServer(http.Dir(folder))
	policy := "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' " + api +
		"; form-action 'self' " + pages + "; base-uri 'none'; frame-ancestors 'none'"
	config, _ := json.Marshal(map[string]string{"api": api})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "no-referrer")
		w.Header().Set("Cache-Control", "no-store")
		if r.URL.Path == "/config.json" {
			w.Header().Set("Content-Type", "application/json")
			w.Write(config)
			return
		}
		files.ServeHTTP(w, r)
	})
}
