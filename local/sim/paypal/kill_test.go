package paypal

import (
	"bufio"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// killedFile tells the test below that it is the process to be killed.
const killedFile = "PAYPAL_SIMULATOR_KILLED_FILE"

// A process that sells and sells is killed without a warning, wherever it
// happens to be. The next one opens the file and finds every charge that was
// answered, and no id of two.
func TestKilledProcessLosesNothingItAnswered(t *testing.T) {
	if file := os.Getenv(killedFile); file != "" {
		sellForEver(t, file)
	}
	if testing.Short() {
		t.Skip("starts processes")
	}
	file := filepath.Join(t.TempDir(), "paypal.json")
	answered := map[string]bool{}
	for round := range 4 {
		child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		child.Env = append(os.Environ(), killedFile+"="+file)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			if n == 5+round {
				_ = child.Process.Kill() // what it wrote before is still read
			}
			id := lines.Text()
			if !isID(id) || answered[id] {
				t.Errorf("%q is no new capture", id)
			}
			answered[id] = true
		}
		_ = child.Wait() // it was killed
	}
	if len(answered) < 20 {
		t.Errorf("only %d captures were answered", len(answered))
	}
	s, err := Open(Config{File: file})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range s.Books().Charges {
		delete(answered, c.ID)
	}
	if len(answered) > 0 {
		t.Errorf("not in the books: %v", answered)
	}
}

// sellForEver prints the id of every capture that was answered.
func sellForEver(t *testing.T, file string) {
	b := newBench(t, func(c *Config) { c.File = file })
	for i := len(b.sim.Orders()); ; i++ {
		name := fmt.Sprint("p", i)
		id := b.create(name, name)
		b.post("/checkoutnow/approve", url.Values{"token": {id}, "funding": {"balance"}})
		capture, _ := at(b.capture(id, "c-"+name).body, "purchase_units", 0, "payments", "captures", 0, "id").(string)
		fmt.Println(capture)
	}
}
