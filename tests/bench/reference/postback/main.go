// Command postback has a delivery verified by asking the provider, as often as it
// is told, through the provider's library, and prints what one question took: what
// offline verification is compared with.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"syscall"
	"time"

	"github.com/plutov/paypal/v4"
)

// order is what is to be done, on standard input.
type order struct {
	API       string      `json:"api"`
	WebhookID string      `json:"webhook_id"`
	Header    http.Header `json:"header"`
	Body      []byte      `json:"body"`
	Times     int         `json:"times"`
}

// taken is what one verification took, on standard output.
type taken struct {
	Wall   float64 `json:"wall"` // us
	CPU    float64 `json:"cpu"`  // us
	Allocs float64 `json:"allocs"`
	Bytes  float64 `json:"bytes"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "postback:", err)
		os.Exit(1)
	}
}

func run() error {
	var o order
	if err := json.NewDecoder(os.Stdin).Decode(&o); err != nil {
		return err
	}
	client, err := paypal.NewClient("client", "secret", o.API)
	if err != nil {
		return err
	}
	if _, err := client.GetAccessToken(context.Background()); err != nil {
		return err
	}
	for range o.Times / 10 { // until connections and caches are warm
		if err := o.verify(client); err != nil {
			return err
		}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began, used := time.Now(), cpu()
	for range o.Times {
		if err := o.verify(client); err != nil {
			return err
		}
	}
	wall, spent := time.Since(began), cpu()-used
	runtime.ReadMemStats(&after)
	n := float64(o.Times)
	return json.NewEncoder(os.Stdout).Encode(taken{
		Wall: float64(wall.Nanoseconds()) / 1e3 / n, CPU: float64(spent.Nanoseconds()) / 1e3 / n,
		Allocs: float64(after.Mallocs-before.Mallocs) / n, Bytes: float64(after.TotalAlloc-before.TotalAlloc) / n,
	})
}

func (o order) verify(client *paypal.Client) error {
	r, err := http.NewRequest(http.MethodPost, "/", bytes.NewReader(o.Body))
	if err != nil {
		return err
	}
	r.Header = o.Header
	judged, err := client.VerifyWebhookSignature(context.Background(), r, o.WebhookID)
	if err == nil && judged.VerificationStatus != "SUCCESS" {
		err = fmt.Errorf("judged %q", judged.VerificationStatus)
	}
	return err
}

func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
