package paypal

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// signerName is the one name of the certificate PayPal's sandbox signs with, as
// in PayPal's own recorded answer (PayPal-node-SDK, test/mocks).
const signerName = "messageverificationcerts.sandbox.paypal.com"

// Authority is an own CA and one certificate of it that webhooks are signed
// with. It is never changed, so that several simulators may share one: making
// one takes a fraction of a second.
type Authority struct {
	ca   []byte // PEM
	leaf []byte // PEM
	key  *rsa.PrivateKey
}

// NewAuthority makes a CA and a leaf. An empty name is the one PayPal's sandbox
// has; a test of what a client refuses gives another one, or other dates.
func NewAuthority(name string, from, until time.Time) (*Authority, error) {
	if name == "" {
		name = signerName
	}
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	ca := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "Simulated PayPal CA"},
		NotBefore: from, NotAfter: until, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign,
	}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, caKey.Public(), caKey)
	if err != nil {
		return nil, err
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	leaf := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: name, Organization: []string{"Simulated PayPal"}},
		NotBefore: from, NotAfter: until, DNSNames: []string{name}, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, ca, key.Public(), caKey)
	if err != nil {
		return nil, err
	}
	return &Authority{ca: certificatePEM(caDER), leaf: certificatePEM(leafDER), key: key}, nil
}

// serial is a random serial number. It is drawn from crypto/rand like the keys:
// no two authorities are alike, whatever the seed.
func serial() *big.Int {
	n := make([]byte, 16)
	_, _ = rand.Read(n) // never fails
	n[0] &= 0x7f
	return new(big.Int).SetBytes(n)
}

func certificatePEM(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// CA is the CA's certificate in PEM: what a client has to trust.
func (a *Authority) CA() []byte { return append([]byte(nil), a.ca...) }

// sign is RSA PKCS #1 v1.5 with SHA-256, which PayPal calls SHA256withRSA.
func (a *Authority) sign(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, a.key, crypto.SHA256, sum[:])
	if err != nil {
		panic("paypal: a good RSA key does not sign: " + err.Error())
	}
	return signature
}

func (a *Authority) signed(text string, signature []byte) bool {
	sum := sha256.Sum256([]byte(text))
	return rsa.VerifyPKCS1v15(&a.key.PublicKey, crypto.SHA256, sum[:], signature) == nil
}

// keys gives the authority, and makes one when it is needed for the first time:
// most tests have no use for it. The caller holds mu, and keeps the state.
func (s *Simulator) keys() *Authority {
	if s.authority == nil {
		now := s.now()
		// As long as PayPal's own certificate was good.
		a, err := NewAuthority("", now.Add(-24*time.Hour), now.AddDate(2, 0, 0))
		if err != nil {
			panic("paypal: no certificate can be made: " + err.Error())
		}
		s.authority = a
	}
	return s.authority
}

// CA is the certificate in PEM that a client has to trust to believe this
// simulator's webhooks.
func (s *Simulator) CA() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	ca := s.keys().CA()
	_ = s.keep() // a write that failed is made up for by the next
	return ca
}

// authorityState is an authority as the file holds it.
type authorityState struct {
	CA   string `json:"ca"`
	Leaf string `json:"leaf"`
	Key  []byte `json:"key"` // PKCS #1
}

func stateOfAuthority(a *Authority) *authorityState {
	if a == nil {
		return nil
	}
	return &authorityState{string(a.ca), string(a.leaf), x509.MarshalPKCS1PrivateKey(a.key)}
}

func (st *authorityState) restore() (*Authority, error) {
	if st == nil {
		return nil, nil
	}
	key, err := x509.ParsePKCS1PrivateKey(st.Key)
	if err != nil {
		return nil, fmt.Errorf("the key: %w", err)
	}
	for _, text := range []string{st.CA, st.Leaf} {
		block, _ := pem.Decode([]byte(text))
		if block == nil {
			return nil, errors.New("a certificate that is none")
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("a certificate: %w", err)
		}
		if text == st.Leaf && !key.PublicKey.Equal(c.PublicKey) {
			return nil, errors.New("the key is not the certificate's")
		}
	}
	return &Authority{ca: []byte(st.CA), leaf: []byte(st.Leaf), key: key}, nil
}
