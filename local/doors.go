package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/store/bolt"
)

// doors are the addresses a world listens on, all on this machine.
type doors struct {
	shop, api, paypal, stripe net.Listener
}

func origin(l net.Listener) string { return "http://" + l.Addr().String() }

func openDoors(ports [4]int) (d doors, err error) {
	for i, door := range []*net.Listener{&d.shop, &d.api, &d.paypal, &d.stripe} {
		*door, err = net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", ports[i]))
		if errors.Is(err, fs.ErrPermission) {
			return d, fmt.Errorf("port %d may not be opened by this user; choose others with -port", ports[i])
		}
		if err != nil {
			return d, fmt.Errorf("port %d is taken by another program; choose others with -port", ports[i])
		}
	}
	return d, nil
}

func openTable(file string, clock checkout.Clock) (*bolt.Store, error) {
	table, err := bolt.Open(file, clock.Now)
	if errors.Is(err, bolt.ErrLocked) {
		return nil, fmt.Errorf("%s %w", file, errOpenElsewhere)
	}
	if err != nil {
		return nil, fmt.Errorf("%w; choose with -file a file of such a table, or a new one, in a folder that exists and can be written", err)
	}
	return table, nil
}
