package disk

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"github.com/cespare/xxhash/v2"
)

// A file begins with a header, all numbers little endian:
//
//	0  "HWDC" and the version of the format, a byte of 1, and three of 0
//	8  length of the key, 4 bytes, and 4 of 0
//	16 length of the body, 8 bytes
//	24 xxhash64 of the 24 bytes before, the key and the body
//
// The key and the body follow and end it.
const (
	magic       = "HWDC\x01\x00\x00\x00"
	sumAt       = 24
	headerBytes = 32
	maxKeyBytes = 4096
)

var (
	// errDamaged says that a file is not what was written for the key.
	errDamaged = errors.New("damaged file")
	// errTooLarge says that the body does not fit into the buffer.
	errTooLarge = errors.New("body larger than the buffer")
)

// fileBytes returns the length of a file.
func fileBytes(key, body []byte) int64 { return headerBytes + int64(len(key)) + int64(len(body)) }

// appendHead appends header and key.
func appendHead(dst, key, body []byte) []byte {
	start := len(dst)
	dst = append(dst, magic...)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(len(key)))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(len(body)))
	sum := checksum(dst[start:], key, body)
	return append(binary.LittleEndian.AppendUint64(dst, sum), key...)
}

func checksum(lengths, key, body []byte) uint64 {
	var d xxhash.Digest
	d.Reset()
	d.Write(lengths)
	d.Write(key)
	d.Write(body)
	return d.Sum64()
}

// readBody reads the body of key from a file of size bytes into dst and returns its length. The error is errDamaged,
// errTooLarge, or that of reading. It reads no more than the head and dst can hold.
func readBody(file io.ReaderAt, size int64, key, dst []byte) (int, error) {
	head := make([]byte, headerBytes+len(key))
	if size < int64(len(head)) {
		return 0, errDamaged
	}
	if err := readFull(file, head, 0); err != nil {
		return 0, err
	}
	lengths, sum, storedKey := head[:sumAt], binary.LittleEndian.Uint64(head[sumAt:]), head[headerBytes:]
	keyBytes, bodyBytes := binary.LittleEndian.Uint64(lengths[8:]), binary.LittleEndian.Uint64(lengths[16:])
	switch {
	case string(lengths[:8]) != magic, keyBytes != uint64(len(key)), bodyBytes != uint64(size)-uint64(len(head)):
		return 0, errDamaged
	case !bytes.Equal(storedKey, key):
		return 0, errDamaged
	case bodyBytes > uint64(len(dst)):
		return 0, errTooLarge
	}
	body := dst[:bodyBytes]
	if err := readFull(file, body, int64(len(head))); err != nil {
		return 0, err
	}
	if checksum(lengths, key, body) != sum {
		return 0, errDamaged
	}
	return len(body), nil
}

// readFull fills dst. A file that has become shorter is damaged.
func readFull(file io.ReaderAt, dst []byte, offset int64) error {
	n, err := file.ReadAt(dst, offset)
	switch {
	case n == len(dst):
		return nil
	case errors.Is(err, io.EOF):
		return errDamaged
	default:
		return err
	}
}
