package httpd

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net/netip"
	"strings"
)

// The header that a proxy sends first on a connection, to say for whom it has made it: "The PROXY protocol", versions 1
// and 2, by Willy Tarreau (haproxy, doc/proxy-protocol.txt; the sections below are its own).

var errProxyHeader = errors.New("connection of a trusted proxy does not begin with a header of the PROXY protocol")

const (
	textPrefix      = "PROXY "                             // §2.1
	binarySignature = "\r\n\r\n\x00\r\nQUIT\n"             // §2.2
	fixedBytes      = len(binarySignature) + 2 + 2         // of a binary header: signature, four half bytes, length
	minTextBytes    = len(textPrefix + "UNKNOWN" + "\r\n") // no header of either version is shorter
	maxTextBytes    = 107
	// maxProxyHeaderBytes bounds a binary header, whose additions are skipped. Those that are in use take some hundred bytes.
	maxProxyHeaderBytes = receiveBytes
)

// parseProxyHeader reads b, the beginning of a connection and no more than a header. It returns how many bytes are missing
// at least, so that a caller never reads what comes behind the header; when none are, the address of the client, which is
// the zero Addr where the header leaves it to be the peer. What can be no header is an error as soon as that is known.
func parseProxyHeader(b []byte) (client netip.Addr, missing int, err error) {
	switch {
	case len(b) == 0:
		return netip.Addr{}, minTextBytes, nil
	case begins(b, binarySignature):
		return parseBinaryHeader(b)
	case begins(b, textPrefix):
		return parseTextHeader(b)
	default:
		return netip.Addr{}, 0, errProxyHeader
	}
}

// begins reports whether b begins with prefix or is the beginning of it.
func begins(b []byte, prefix string) bool {
	n := min(len(b), len(prefix))
	return string(b[:n]) == prefix[:n]
}

// parseTextHeader reads one of version 1: a line of 107 bytes at most.
func parseTextHeader(b []byte) (client netip.Addr, missing int, err error) {
	line, complete := bytes.CutSuffix(b, []byte("\r\n"))
	if complete {
		client, err = parseTextLine(string(line))
		return client, 0, err
	}
	missing = len("\r\n")
	if b[len(b)-1] == '\r' {
		missing = len("\n")
	}
	missing = max(missing, minTextBytes-len(b))
	if len(b)+missing > maxTextBytes {
		return netip.Addr{}, 0, errProxyHeader
	}
	return netip.Addr{}, missing, nil
}

func parseTextLine(line string) (netip.Addr, error) {
	fields := strings.Split(line, " ")
	if len(fields) > 1 && fields[1] == "UNKNOWN" {
		return netip.Addr{}, nil // whatever follows
	}
	if len(fields) != 6 || !isPort(fields[4]) || !isPort(fields[5]) {
		return netip.Addr{}, errProxyHeader
	}
	source, ok := parseFamily(fields[1], fields[2])
	_, too := parseFamily(fields[1], fields[3])
	if !ok || !too {
		return netip.Addr{}, errProxyHeader
	}
	return source, nil
}

// parseFamily reads an address that is written as its protocol wants it.
func parseFamily(protocol, s string) (netip.Addr, bool) {
	isIPv6 := strings.Contains(s, ":")
	if protocol != "TCP4" && protocol != "TCP6" || isIPv6 != (protocol == "TCP6") {
		return netip.Addr{}, false
	}
	return parseAddress(s)
}

// Values of a binary header.
const (
	versionTwo    = 2
	commandLocal  = 0 // the proxy itself asks, for its own sake
	commandProxy  = 1
	maxFamily     = 3
	maxTransport  = 2
	tcpOverIPv4   = 0x11
	tcpOverIPv6   = 0x21
	ipv4AddrBytes = 4 + 4 + 2 + 2 // addresses and ports, those of the source before those of the destination
	ipv6AddrBytes = 16 + 16 + 2 + 2
)

// parseBinaryHeader reads one of version 2. What follows the addresses is skipped.
func parseBinaryHeader(b []byte) (client netip.Addr, missing int, err error) {
	if len(b) < fixedBytes {
		return netip.Addr{}, fixedBytes - len(b), nil
	}
	versionAndCommand, family := b[len(binarySignature)], b[len(binarySignature)+1]
	sizeBytes := fixedBytes + int(binary.BigEndian.Uint16(b[fixedBytes-2:]))
	if !soundHeader(versionAndCommand, family, sizeBytes-fixedBytes) || sizeBytes > maxProxyHeaderBytes {
		return netip.Addr{}, 0, errProxyHeader
	}
	if len(b) < sizeBytes {
		return netip.Addr{}, sizeBytes - len(b), nil
	}
	addresses := b[fixedBytes:]
	switch {
	case versionAndCommand&0xf == commandLocal:
		return netip.Addr{}, 0, nil
	case family == tcpOverIPv4:
		return netip.AddrFrom4([4]byte(addresses)), 0, nil
	case family == tcpOverIPv6:
		return netip.AddrFrom16([16]byte(addresses)).Unmap(), 0, nil
	default:
		return netip.Addr{}, 0, nil // another protocol, whose addresses tell us nothing
	}
}

// soundHeader checks the fixed part of a header. The family does not matter where the proxy speaks for itself.
func soundHeader(versionAndCommand, family byte, addrBytes int) bool {
	switch {
	case versionAndCommand>>4 != versionTwo || versionAndCommand&0xf > commandProxy:
		return false
	case versionAndCommand&0xf == commandLocal:
		return true
	case family>>4 > maxFamily || family&0xf > maxTransport:
		return false
	case family == tcpOverIPv4:
		return addrBytes >= ipv4AddrBytes
	case family == tcpOverIPv6:
		return addrBytes >= ipv6AddrBytes
	default:
		return true
	}
}

// readProxyHeader reads a header and nothing behind it. The error is io.EOF, or that of the timer, when nothing has come.
func (c *conn) readProxyHeader() (netip.Addr, error) {
	buffer := receiveBuffers.Get().(*[]byte)
	defer receiveBuffers.Put(buffer)
	header := (*buffer)[:0]
	for {
		client, missing, err := parseProxyHeader(header)
		if err != nil || missing == 0 {
			return client, err
		}
		err = c.await() // takes all that has come, so that reading on costs no system calls
		if err != nil && len(header) == 0 {
			return netip.Addr{}, err
		}
		if err != nil {
			return netip.Addr{}, errProxyHeader
		}
		n, err := c.Read(header[len(header) : len(header)+missing])
		if err != nil {
			return netip.Addr{}, err
		}
		header = header[:len(header)+n]
	}
}
