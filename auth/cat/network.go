package cat

import (
	"fmt"
	"net/netip"

	"github.com/fxamacker/cbor/v2"
)

// Tags of addresses and prefixes (RFC 9164 §3).
const (
	tagIPv4 = 52
	tagIPv6 = 54
)

// decodeNetwork reads an address, or a prefix as an array of its length and the bytes that it needs; more bytes than that,
// which some libraries write, are taken too.
func decodeNetwork(data []byte) (netip.Prefix, error) {
	if len(data) > 0 && data[0]>>5 == majorUint {
		return netip.Prefix{}, fmt.Errorf("%w: an autonomous system", ErrUnsupported)
	}
	tag, err := decode[cbor.RawTag](data, majorTag)
	if err != nil {
		return netip.Prefix{}, err
	}
	size, ok := map[uint64]int{tagIPv4: 4, tagIPv6: 16}[tag.Number]
	if !ok {
		return netip.Prefix{}, fmt.Errorf("%w: neither IPv4 nor IPv6", ErrUnsupported)
	}
	if tag.Content[0]>>5 == majorArray {
		return decodePrefix(tag.Content, size)
	}
	address, err := decode[[]byte](tag.Content, majorBytes)
	if err == nil && len(address) != size {
		err = fmt.Errorf("%w: an address of %d bytes, want %d", ErrMalformed, len(address), size)
	}
	if err != nil {
		return netip.Prefix{}, err
	}
	return makePrefix(address, size, 8*size)
}

func decodePrefix(data []byte, size int) (netip.Prefix, error) {
	parts, err := decode[[]cbor.RawMessage](data, majorArray)
	if err != nil {
		return netip.Prefix{}, err
	}
	if len(parts) != 2 {
		return netip.Prefix{}, fmt.Errorf("%w: not a prefix", ErrUnsupported)
	}
	bits, err := decode[int64](parts[0], majorUint)
	if err != nil {
		return netip.Prefix{}, err
	}
	address, err := decode[[]byte](parts[1], majorBytes)
	if err != nil {
		return netip.Prefix{}, err
	}
	if len(address) > size || bits > int64(8*size) {
		return netip.Prefix{}, fmt.Errorf("%w: a prefix of %d bits in %d bytes", ErrMalformed, bits, len(address))
	}
	return makePrefix(address, size, int(bits))
}

// makePrefix fills the address up with the zeros that encoders leave out.
func makePrefix(address []byte, size, bits int) (netip.Prefix, error) {
	full := make([]byte, size)
	copy(full, address)
	addr, _ := netip.AddrFromSlice(full) // of a size that addresses have
	prefix := netip.PrefixFrom(addr, bits)
	if prefix != prefix.Masked() {
		return netip.Prefix{}, fmt.Errorf("%w: bits behind the prefix", ErrMalformed)
	}
	return prefix, nil
}
