package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/setup"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
	"github.com/serverless-checkout/serverless-checkout/tests/simulate/memory"
)

// The names of the simulated shop.
const (
	tokenSecret = "token-secret-of-the-simulation-of-32-bytes"

	bookPrice = 1250 // minor units
)

const prices = `{"products": [{"sku": "BOOK", "name": "The Book of Tides", "prices": {"EUR": "12.50"}}]}`

// shop is what all runs have in common: nothing that a run changes.
var shop struct {
	once      sync.Once
	config    setup.Config
	only      map[seam]setup.Config // of a shop that uses one provider: that of PayPal alone writes no capture down before it is sent
	secrets   *setup.Secrets
	authority *sim.Authority
	table     *memory.Store // with the price list
	settled   *memory.Store // and with both accounts read once, while they were empty; see beginsLately
	signed    []byte        // a body
	signature http.Header   // and the headers it was sent with
}

// openShop makes them. A key takes long to make and long to sign with, so one signature
// serves every delivery: see signed.
func openShop() (err error) {
	shop.once.Do(func() {
		from := begin.AddDate(-1, 0, 0)
		if shop.authority, err = sim.NewAuthority("", from, from.AddDate(3, 0, 0)); err != nil {
			return
		}
		env := map[string]string{
			"STACK_NAME": "simulation", "STOREFRONT_ORIGIN": "https://shop.example", "BRAND": "Harbour Goods",
			"PROVIDERS": "paypal stripe", "MERCHANT_COUNTRY": "DE",
			"PAYPAL_API": "https://" + payPalHost, "PAYPAL_PAGES": "https://" + payPalHost, "PAYPAL_WEBHOOK_ID": webhookID, "PAYPAL_CA": string(shop.authority.CA()),
			"STRIPE_API": "https://" + stripeHost, "STRIPE_PAGES": "https://" + stripeHost,
		}
		if shop.config, err = setup.Read(func(name string) string { return env[name] }); err != nil {
			return
		}
		shop.only = map[seam]setup.Config{}
		for _, one := range []seam{seamPayPal, seamStripe} {
			env["PROVIDERS"] = string(one)
			if shop.only[one], err = setup.Read(func(name string) string { return env[name] }); err != nil {
				return
			}
		}
		text, _ := json.Marshal(map[string]string{
			"paypal_client_id": clientID, "paypal_client_secret": clientSecret, "token_secrets": tokenSecret,
			"stripe_key": stripeKey, "stripe_signing": stripeSigning,
		})
		if shop.secrets, err = setup.ReadSecrets(text); err != nil {
			return
		}
		shop.signed = []byte(`{}`)
		shop.signature = newPayPal(0, func() time.Time { return begin }, nil).Sign(shop.signed, webhookID)
		if shop.table, err = priced(); err != nil {
			return
		}
		w := newWorld(life{}, nil)
		defer w.finished()
		w.run(w.settlement())
		w.must(w.beginsLately())
		shop.settled = w.table
	})
	return err
}

// priced is a table with the price list in it, put there by the real code.
func priced() (*memory.Store, error) {
	list, err := checkout.ReadPriceList([]byte(prices))
	if err != nil {
		return nil, err
	}
	at := func() time.Time { return begin }
	table, n := memory.New(at), 0
	service, err := setup.Build(shop.config, setup.Parts{
		Store: table, Secrets: setup.Constant(*shop.secrets), Clock: clockSeam{}, Log: setup.Logger(discard{}),
		WriteID: func() string { n++; return fmt.Sprintf("price%d", n) },
	})
	if err != nil {
		return nil, err
	}
	return table, service.Checkout.PutPriceList(context.Background(), list)
}

// beginsLately makes the books of both accounts begin yesterday. They are begun a month
// back, and each day all of that month is read again; a month of empty days is played where
// an account is read for the first time.
func (w *world) beginsLately() error {
	for _, of := range []seam{seamPayPal, seamStripe} {
		row := w.table.Row(store.CursorKey("report", string(of)))
		cursor := map[string]json.RawMessage{}
		if err := json.Unmarshal(row.Document, &cursor); err != nil {
			return err
		}
		cursor["first"], _ = json.Marshal(store.DayOf(begin.AddDate(0, 0, -1)))
		after := row
		after.WriteID = w.writeID()
		after.Document, _ = json.Marshal(cursor)
		if err := w.write(context.Background(), store.Put{Before: row, After: after}); err != nil {
			return err
		}
	}
	return nil
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }

// signed gives a body headers of a good signature. PayPal signs nothing of a body but
// its CRC-32, so blanks behind it make one signature good for all.
func signed(body []byte) ([]byte, map[string]string) {
	body, err := sim.ForgeSameCRC(shop.signed, body)
	if err != nil {
		panic("simulate: " + err.Error())
	}
	header := map[string]string{}
	for _, name := range []string{"Paypal-Transmission-Id", "Paypal-Transmission-Time", "Paypal-Transmission-Sig", "Paypal-Cert-Url", "Paypal-Auth-Algo", "Paypal-Auth-Version"} {
		header[strings.ToLower(name)] = shop.signature.Get(name)
	}
	return body, header
}

// secrets are what no log may ever hold.
func secrets() []string {
	return []string{clientSecret, payer, stripeKey, stripeSigning, tokenSecret, shop.signature.Get("Paypal-Transmission-Sig"), "A21AA"}
}

// rows are the documents of a partition of the table, by sort key.
func (w *world) rows(partition string) map[string][]byte {
	found := map[string][]byte{}
	for _, row := range w.table.Dump() {
		if row.Key.Partition == partition {
			found[row.Key.Sort] = row.Document
		}
	}
	return found
}

// due is when a payment is looked at next; zero: never.
func (w *world) due(id string) time.Time { return w.table.Row(store.PaymentKey(id)).Due }
