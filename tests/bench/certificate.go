package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"time"
)

// chain is what the upstreams show: a leaf and an intermediate of RSA-2048 under a
// root of its own, as long as those of a provider.
type chain struct {
	root  []byte // PEM
	shown tls.Certificate
}

func newChain() (chain, error) {
	var c chain
	root, rootKey, err := issue("Bench root", nil, nil)
	if err != nil {
		return c, err
	}
	between, betweenKey, err := issue("Bench intermediate", root, rootKey)
	if err != nil {
		return c, err
	}
	leaf, leafKey, err := issue("", between, betweenKey)
	if err != nil {
		return c, err
	}
	c.root = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Raw})
	c.shown = tls.Certificate{Certificate: [][]byte{leaf.Raw, between.Raw}, PrivateKey: leafKey}
	return c, nil
}

// issue makes a CA of that name, or without a name the leaf for this machine.
// Without a parent it signs itself.
func issue(name string, parent *x509.Certificate, parentKey *rsa.PrivateKey) (*x509.Certificate, *rsa.PrivateKey, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, nil, err
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(0, 0, 7),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	if name == "" {
		template.IsCA, template.KeyUsage = false, x509.KeyUsageDigitalSignature
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		template.IPAddresses, template.DNSNames = []net.IP{net.IPv4(127, 0, 0, 1)}, []string{"localhost"}
	}
	if parent == nil {
		parent, parentKey = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), parentKey)
	if err != nil {
		return nil, nil, err
	}
	made, err := x509.ParseCertificate(der)
	return made, key, err
}
