package stripe

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// FuzzSignature: whatever the header, it is read without a panic, what is refused is
// refused as forged, and what is taken was signed by a secret of ours over these bytes
// at this time: the simulator, which shares no code with it, says so as well.
func FuzzSignature(f *testing.F) {
	body := []byte(`{"id":"evt_1","object":"event"}`)
	good := sim.Sign(testTime, body, testSigning)
	for _, header := range []string{
		good, sim.Sign(testTime, body, "a", testSigning), sim.Sign(testTime, body, "whsec_other"), strings.ToUpper(good), " " + good,
		"t=,v1=", "t=1,t=2,v1=00", "v1=" + strings.Repeat("0", 64), good + ",", strings.ReplaceAll(good, "=", "=="), "t=+1772452800",
	} {
		f.Add(header, body)
	}
	f.Add(good, body[1:])
	f.Fuzz(func(t *testing.T, header string, body []byte) {
		signed, err := readSignature(header)
		if err != nil {
			if !errors.Is(err, provider.ErrForged) {
				t.Fatalf("%q: %v", header, err)
			}
			return
		}
		if len(signed.sums) == 0 || signed.time != strconv.FormatInt(signed.at.Unix(), 10) {
			t.Fatalf("%q is read as %+v", header, signed)
		}
		ours := strings.Split(sim.Sign(signed.at, body, testSigning), ",")[1]
		if good := signed.by([]string{testSigning}, body); good && !strings.Contains(strings.ToLower(header), ours) {
			t.Fatalf("%q was taken for %q", header, body)
		}
	})
}
