//go:build nodejs

package tests

import (
	"os"
	"os/exec"
	"testing"
)

// TestReadmeSignsInNode: the README's example, as it stands there. It needs node.
func TestReadmeSignsInNode(t *testing.T) {
	program := exec.Command("node", "--input-type=module", "--eval",
		readmeBlock(t, "js", "export function customerToken(")+`console.log(customerToken("tests", "ada@shop.example", process.env.CUSTOMER_SECRET));`)
	program.Env = append(os.Environ(), "CUSTOMER_SECRET="+customerSecret)
	token, err := program.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, token)
	}
	wantsToken(t, string(token))
}
