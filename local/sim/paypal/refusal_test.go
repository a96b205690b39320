package paypal

import (
	"strings"
	"testing"
)

// absent as a value takes the member away.
type absent struct{}

// with puts a value at a path of the cart.
func with(cart map[string]any, value any, path ...any) map[string]any {
	last := len(path) - 1
	switch place := at(cart, path[:last]...).(type) {
	case map[string]any:
		if _, gone := value.(absent); gone {
			delete(place, path[last].(string))
		} else {
			place[path[last].(string)] = value
		}
	case []any:
		place[path[last].(int)] = value
	default:
		panic("no such place in the cart")
	}
	return cart
}

func unit(path ...any) []any   { return append([]any{"purchase_units", 0}, path...) }
func wallet(path ...any) []any { return append([]any{"payment_source", "paypal"}, path...) }
func flow(path ...any) []any {
	return wallet(append([]any{"experience_context"}, path...)...)
}
func home(path ...any) []any { return unit(append([]any{"shipping", "address"}, path...)...) }
func sums(path ...any) []any { return unit(append([]any{"amount", "breakdown"}, path...)...) }
func tea(path ...any) []any  { return unit(append([]any{"items", 0}, path...)...) }

// long is a text of n characters.
func long(n int) string { return strings.Repeat("x", n) }

func yen(value string) map[string]any {
	return map[string]any{"currency_code": "JPY", "value": value}
}

// refusal is a change to the cart and what PayPal says to it.
type refusal struct {
	name   string
	path   []any
	value  any
	status int
	issues string
}

// refused holds each change against a fresh simulator: the status, every issue
// in order, the error's shape, and that no order was made.
func refused(t *testing.T, list []refusal) {
	for _, c := range list {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			g := b.do("POST", ordersPath, text(with(cart("p1"), c.value, c.path...)), "PayPal-Request-Id", "k1")
			b.want("status", g.status, c.status)
			b.want("issues", g.issues(), c.issues)
			b.want("orders", len(b.sim.Orders()), 0)
			for _, m := range []string{"name", "message", "debug_id"} {
				if s, _ := g.body[m].(string); s == "" {
					t.Errorf("no %s in %s", m, g.raw)
				}
			}
			if f, _ := at(g.body, "details", 0, "field").(string); !strings.HasPrefix(f, "/") || at(g.body, "details", 0, "location") != "body" {
				t.Errorf("no place in %s", g.raw)
			}
			b.want("debug id in the header", g.header.Get("Paypal-Debug-Id"), g.body["debug_id"])
		})
	}
}
