package cloud

import (
	"context"
	"fmt"
	"net"
)

// Bridge is where a container of this machine's Docker reaches a server of ours:
// the address to listen on, and the host it is called by.
//
// On Linux both are the address of Docker's own network, an interface of this
// machine that no other machine reaches. Docker Desktop keeps that network in a
// machine of its own and leads host.docker.internal to 127.0.0.1 here
// (docs.docker.com/desktop/features/networking).
func Bridge() (listen, host string, err error) {
	name, err := docker(context.Background(), "network", "inspect", "bridge",
		"--format", `{{index .Options "com.docker.network.bridge.name"}}`)
	if err != nil {
		return "", "", err
	}
	bridge, err := net.InterfaceByName(name)
	if err != nil {
		return "127.0.0.1", "host.docker.internal", nil
	}
	addresses, err := bridge.Addrs()
	if err != nil {
		return "", "", err
	}
	for _, address := range addresses {
		if own, ok := address.(*net.IPNet); ok && own.IP.To4() != nil {
			return own.IP.String(), own.IP.String(), nil
		}
	}
	return "", "", fmt.Errorf("cloud: Docker's network %s has no address here", name)
}
