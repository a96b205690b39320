// Package browser buys in a real browser: Chromium, the demo shop and the checkout
// element, against `go run ./local` as a program of its own, and then asks the simulated
// PayPal's books what was charged.
//
// Its tests need Chromium, axe-core and fonts, which tests/browser/run sees to; so they
// carry the build tag browser.
package browser
