package payment

import (
	"reflect"
	"time"
)

// SameFacts reports whether two versions of a payment differ in nothing but when
// the provider was last asked. A look that learns nothing is not worth a write.
func SameFacts(a, b Payment) bool {
	return reflect.DeepEqual(a.withoutLooks(), b.withoutLooks())
}

// withoutLooks keeps of the times of looking only what they prove.
func (p Payment) withoutLooks() Payment {
	p = p.clone()
	for i, a := range p.Attempts {
		dead, stray := a.Dead(), a.Stray.After(a.Alive)
		a.Alive, a.Gone, a.Stray = time.Time{}, time.Time{}, time.Time{}
		if dead {
			a.Gone = time.Unix(0, 0)
		}
		if stray {
			a.Stray = time.Unix(0, 0)
		}
		p.Attempts[i] = a
	}
	return p
}
