package paypal

import (
	"encoding/json"
	"errors"
	"hash/crc32"
	"math/bits"
)

// ErrForgery is returned for a body that no forger could use.
var ErrForgery = errors.New("paypal: the altered body is not one JSON value")

// ForgeSameCRC gives the altered JSON body the CRC-32 of the other body, by
// white space after its end. PayPal's signature covers nothing but the CRC-32,
// so the headers of a genuine delivery are good for what this returns: a webhook
// can be a reason to look, and never a reason to believe.
//
// A CRC is linear: turning the k-th space into a tab changes the checksum by an
// amount that depends on k alone. So the tabs are the solution of 32 linear
// equations over two values.
func ForgeSameCRC(body, altered []byte) ([]byte, error) {
	if !json.Valid(altered) {
		return nil, ErrForgery
	}
	const pad = 40 // a few more than 32, in case two of them do not differ enough
	forged := append([]byte(nil), altered...)
	for range pad {
		forged = append(forged, ' ')
	}
	at, begun := forged[len(altered):], crc32.ChecksumIEEE(altered)
	checksum := func() uint32 { return crc32.Update(begun, crc32.IEEETable, at) }
	plain := checksum()
	// rows are the changes, each freed of the highest bits of those before it,
	// with the set of tabs that makes it.
	type row struct {
		change uint32
		tabs   uint64
	}
	var rows [33]row // by their highest bit, counted from 1
	for k := range at {
		at[k] = '\t'
		r := row{checksum() ^ plain, 1 << k}
		at[k] = ' '
		for r.change != 0 {
			top := bits.Len32(r.change)
			other := rows[top]
			if other.change == 0 {
				rows[top] = r
				break
			}
			r.change, r.tabs = r.change^other.change, r.tabs^other.tabs
		}
	}
	wanted, tabs := plain^crc32.ChecksumIEEE(body), uint64(0)
	for wanted != 0 {
		r := rows[bits.Len32(wanted)]
		if r.change == 0 {
			return nil, errors.New("paypal: the white space does not suffice")
		}
		wanted, tabs = wanted^r.change, tabs^r.tabs
	}
	for k := range at {
		if tabs>>k&1 == 1 {
			at[k] = '\t'
		}
	}
	return forged, nil
}
