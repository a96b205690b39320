package payment

import (
	"errors"
	"math"
	"testing"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
)

func TestShippingIsPartOfTheTotal(t *testing.T) {
	goods, err := NewQuote("EUR", []Line{{SKU: "A", Name: "A", Quantity: 2, Unit: money.New(1000, "EUR"), Physical: true}})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		cost  money.Amount
		total int64
		fails bool
	}{
		"some":             {money.New(490, "EUR"), 2490, false},
		"none":             {money.New(0, "EUR"), 2000, false},
		"negative":         {money.New(-1, "EUR"), 0, true},
		"another currency": {money.New(490, "USD"), 0, true},
		"overflow":         {money.New(math.MaxInt64, "EUR"), 0, true},
	} {
		q, err := goods.WithShipping(c.cost)
		if (err != nil) != c.fails || (err != nil && !errors.Is(err, ErrQuote)) || (err == nil && q.Total != money.New(c.total, "EUR")) {
			t.Errorf("%s: %v, %v", name, q.Total, err)
		}
	}
	dear, _ := goods.WithShipping(money.New(490, "EUR"))
	free, err := dear.WithShipping(money.New(0, "EUR"))
	if err != nil || free.Total != goods.Total || free.Shipping != (money.Amount{}) || goods.Shipping != (money.Amount{}) {
		t.Errorf("shipping taken back: %+v, %v", free, err)
	}
}
