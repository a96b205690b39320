package cloud

import (
	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
)

// PayPal is a simulated PayPal over TLS, with books, faults and webhooks.
type PayPal struct {
	*sim.Simulator
	*Door
	// CA is what a function has to trust (PAYPAL_CA), in PEM: the CA of the
	// connection and the CA of the certificate that webhooks are signed with.
	CA []byte
}

// ServePayPal serves a simulator at an address such as 127.0.0.1:0, or that of
// docker's bridge where a container has to reach it. The certificate is made out
// to that address and to the other hosts named.
func ServePayPal(c sim.Config, address string, hosts ...string) (*PayPal, error) {
	ca, err := NewCA()
	if err != nil {
		return nil, err
	}
	simulator, err := sim.Open(c)
	if err != nil {
		return nil, err
	}
	door, err := Open(address, simulator, ca, hosts...)
	if err != nil {
		simulator.Close()
		return nil, err
	}
	if c.PublicURL == "" {
		simulator.SetPublicURL(door.URL)
	}
	return &PayPal{simulator, door, append(ca.PEM, simulator.CA()...)}, nil
}

// Close ends the simulator and its connections.
func (p *PayPal) Close() {
	p.Door.Close()
	p.Simulator.Close()
}
