package main

import (
	"encoding/json"
	"net/http"
	"path/filepath"
)

// element is the file that every shop's page loads.
const element = "checkout-button.js"

// shop serves a shop's pages from a folder, as any static host would, under a strict
// policy: scripts and styles of its own alone, calls to the API alone. Beside them, as
// if they lay in the folder, are the checkout element and the API's address.
func shop(storefront, folder, api, pages string) http.Handler {
	policy := "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' " + api +
		"; form-action 'self' " + pages + "; base-uri 'none'; frame-ancestors 'none'"
	config, _ := json.Marshal(map[string]string{"api": api})
	files := http.NewServeMux()
	files.Handle("GET /", http.FileServer(http.Dir(folder)))
	files.HandleFunc("GET /"+element, func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, filepath.Join(storefront, element))
	})
	files.HandleFunc("GET /config.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write(config)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "no-referrer")
		w.Header().Set("Cache-Control", "no-store")
		files.ServeHTTP(w, r)
	})
}
