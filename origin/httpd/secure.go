package httpd

import "net"

// sendSecure sends header and body over a connection that encrypts them. The header and the beginning of the body go in
// one record, so that a small response takes one system call. The rest of a body in memory is encrypted from where it
// lies.
func (b *body) sendSecure(secure net.Conn, header []byte) error {
	if b.stream != nil {
		if _, err := secure.Write(header); err != nil {
			return err
		}
		return b.writeTo(secure)
	}
	buffer := copyBuffers.Get().(*[]byte)
	defer copyBuffers.Put(buffer)
	filled := copy(*buffer, header)
	if filled < len(header) { // no header is that long; if one is, it goes alone
		if _, err := secure.Write(header); err != nil {
			return err
		}
		filled = 0
	}
	if b.file != nil {
		return b.copyTo(secure, *buffer, filled)
	}
	first := *buffer
	if b.left > int64(recordBytes-filled) && filled < recordBytes {
		first = first[:recordBytes]
	}
	n := copy(first[filled:], b.memory)
	if _, err := secure.Write(first[:filled+n]); err != nil {
		return err
	}
	b.advance(n)
	return b.writeTo(secure)
}

// recordBytes is what one TLS record holds (RFC 8446 §5.1).
const recordBytes = 16 << 10
