// Package chance draws what a simulated provider leaves to chance, from one seed: the
// same seed gives the same ids and the same bad days.
package chance

import "math/rand/v2"

// Stream is one of the independent sources of chance under a seed, so that one more
// draw from one of them shifts nothing in the others.
func Stream(seed int64, n uint64) *rand.Rand { return rand.New(rand.NewPCG(uint64(seed), n)) }

// Letters draws n letters of an alphabet.
func Letters(r *rand.Rand, alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(b)
}
