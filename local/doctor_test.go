package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/clock"
	"github.com/serverless-checkout/serverless-checkout/local/doctor"
	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
)

// noCLI is a machine on which nobody asks AWS anything.
func noCLI(_ context.Context, args ...string) ([]byte, error) {
	return nil, fmt.Errorf("aws %v was run", args)
}

// consults runs the doctor as the program does.
func consults(t *testing.T, lookup func(string) string, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := runDoctor(t.Context(), append([]string{"-root", ".."}, args...), lookup, noCLI, &out, io.Discard)
	return out.String(), err
}

// TestReadmeDoctor: what the README shows is what is printed where nothing is wrong.
func TestReadmeDoctor(t *testing.T) {
	t.Chdir(t.TempDir()) // where no shop was ever started
	var out bytes.Buffer
	readme, err := os.ReadFile(filepath.Join(sources, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if err := runDoctor(t.Context(), []string{"-root", sources}, noEnvironment, noCLI, &out, io.Discard); err != nil {
		t.Errorf("%v", err)
	}
	if !strings.Contains(string(readme), "\n```\n"+out.String()+"```\n") {
		t.Errorf("README.md does not show\n%s", &out)
	}
}

// sources is the root of the repository, wherever a test goes.
var sources = func() string {
	root, err := filepath.Abs("..")
	if err != nil {
		panic(err)
	}
	return root
}()

// rowsOf are the rows of the JSON that was printed, by their codes.
func rowsOf(t *testing.T, printed string) map[string]doctor.Row {
	t.Helper()
	var list []doctor.Row
	if err := json.Unmarshal([]byte(printed), &list); err != nil {
		t.Fatalf("%v\n%s", err, printed)
	}
	rows := map[string]doctor.Row{}
	for _, r := range list {
		rows[r.Code] = r
	}
	return rows
}

// TestDoctorFindsWhatIsWrong: with credentials in the environment it is that PayPal which
// is examined, and what is wrong there is told, and the exit code is 1.
func TestDoctorFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := sim.New(sim.Config{Seed: 1, ClientID: "mine", ClientSecret: "secret", Webhook: sim.Webhook{URL: "https://old.example/webhooks/paypal", ID: "WH1"}})
	server := httptest.NewServer(s)
	defer server.Close()
	s.SetPublicURL(server.URL)
	s.Withhold(sim.CallReport, true)
	env := map[string]string{"PAYPAL_CLIENT_ID": "mine", "PAYPAL_CLIENT_SECRET": "secret", "PAYPAL_API": server.URL, "PAYPAL_PAGES": server.URL, "PAYPAL_WEBHOOK_ID": "WH1"}
	lookup := func(name string) string { return env[name] }
	file := filepath.Join(t.TempDir(), "t.db")

	printed, err := consults(t, lookup, "-json", "-file", file)
	rows := rowsOf(t, printed)
	if !errors.Is(err, errUnwell) || exitCode(err) != 1 || rows["permission_missing"].What != "transaction search" || rows["webhook_unplaced"].What != "webhook" {
		t.Errorf("%v\n%s", err, printed)
	}
	printed, err = consults(t, lookup, "-json", "-file", file, "-api", server.URL+"/")
	if rows := rowsOf(t, printed); !errors.Is(err, errUnwell) || rows["webhook_elsewhere"].What != "webhook" || rows["delivery_lost"].What != "test delivery, sent" {
		t.Errorf("%v\n%s", err, printed)
	}
	env["PAYPAL_CLIENT_SECRET"] = "another"
	printed, err = consults(t, lookup, "-json", "-file", file)
	if rows := rowsOf(t, printed); !errors.Is(err, errUnwell) || rows["credentials_refused"].Of != "paypal" {
		t.Errorf("%v\n%s", err, printed)
	}
	env["METHODS"], env["PAYPAL_API"] = "barter", "http://paypal.example"
	printed, err = consults(t, lookup, "-file", file)
	for _, want := range []string{"WRONG    environment  PAYPAL_API", "WRONG    environment  METHODS", "2 things are wrong"} {
		if !errors.Is(err, errUnwell) || !strings.Contains(printed, want) {
			t.Errorf("%v: it does not say %q\n%s", err, want, printed)
		}
	}
}

// TestDoctorMisused: 2 is for who asks for nothing that there is.
func TestDoctorMisused(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"-sandbox"}, {"now"}, {"-api", "api.shop.example"}, {"-stack", "-x"}, {"-stack", "shop; rm"}, {"-stack", "shop", "-api", "https://api.shop.example"},
	} {
		if printed, err := consults(t, noEnvironment, args...); exitCode(err) != 2 || printed != "" {
			t.Errorf("%q: %v (%d)\n%s", args, err, exitCode(err), printed)
		}
	}
	if _, err := consults(t, noEnvironment, "-h"); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("%v", err)
	}
	if _, err := consults(t, noEnvironment, "-root", t.TempDir()); err == nil || exitCode(err) != 1 {
		t.Errorf("a folder without a template: %v", err)
	}
}

// TestDoctorReadsTheTable: a file that a shop has open, one that nobody has, and one that
// is none.
func TestDoctorReadsTheTable(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := filepath.Join(folder, "t.db")
	w, err := build(plan{root: "..", file: file, seed: 1, clock: clock.At(time.Now()), ids: numbered(), lookup: noEnvironment, log: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	if row := examineFile(t.Context(), file); row.State != "wrong" {
		t.Errorf("a shop that does not say where it is: %+v", row)
	}
	done, err := w.announce(file)
	if err != nil {
		t.Fatal(err)
	}
	if row := examineFile(t.Context(), file); row.State != "good" || !strings.Contains(row.Is, "open in a shop that runs") {
		t.Errorf("%+v", row)
	}
	done()
	w.close()
	if row := examineFile(t.Context(), file); row.State != "good" || !strings.Contains(row.Is, "can be read") {
		t.Errorf("%+v", row)
	}
	torn := filepath.Join(folder, "torn.db")
	if err := os.WriteFile(torn, bytes.Repeat([]byte("no table "), 10_000), 0o600); err != nil {
		t.Fatal(err)
	}
	if row := examineFile(t.Context(), torn); row.State != "wrong" || row.Do == "" {
		t.Errorf("%+v", row)
	}
	absent := filepath.Join(folder, "absent.db")
	if row := examineFile(t.Context(), absent); row.State != "good" || exists(absent) {
		t.Errorf("%+v, and the file is there: %t", row, exists(absent))
	}
}
