package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Lengths that every backend can keep: a file name has at most 255 bytes on common disks, a key of S3 1024.
const (
	maxKeyLength     = 512
	maxElementLength = 128
)

// CheckKey returns an error that wraps [ErrInvalidKey] unless key is 1 to 512 bytes of elements joined by '/', each 1 to
// 128 of a-z, 0-9, '.', '_' and '-' and none starting with '.'. Such a key can neither leave a folder nor differ from
// another only by letter case. No key may be another's folder: "a/b" excludes "a".
func CheckKey(key string) error {
	if len(key) > maxKeyLength {
		return fmt.Errorf("%w: %d bytes, want at most %d", ErrInvalidKey, len(key), maxKeyLength)
	}
	for element := range strings.SplitSeq(key, "/") {
		if !validElement(element) {
			return fmt.Errorf("%w %q: want elements of a-z, 0-9, '.', '_', '-' joined by '/', none starting with '.'", ErrInvalidKey, key)
		}
	}
	return nil
}

func validElement(s string) bool {
	if len(s) == 0 || len(s) > maxElementLength || s[0] == '.' {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

// CheckRange returns an error unless offset and length are what [Store].Open takes. It is for backends.
func CheckRange(offset, length int64) error {
	if offset < 0 || length < 1 && length != ToEnd {
		return fmt.Errorf("range of %d bytes at %d: want an offset of 0 or more and 1 byte or more", length, offset)
	}
	return nil
}

// CheckLimit returns an error unless limit is what [Store].List takes. It is for backends.
func CheckLimit(limit int) error {
	if limit < 1 || limit > MaxList {
		return fmt.Errorf("list of %d objects: want 1 to %d", limit, MaxList)
	}
	return nil
}

// errSize says that the body of a Put had another length than announced.
var errSize = errors.New("body has another length than announced")

// CopyBody copies the body of a Put to dst: exactly sizeBytes, until ctx ends. It is for backends.
func CopyBody(ctx context.Context, dst io.Writer, body io.Reader, sizeBytes int64) error {
	if sizeBytes < 0 {
		return fmt.Errorf("%w: %d bytes", errSize, sizeBytes)
	}
	// One byte more than announced tells a body that is too long from one that fits.
	n, err := io.Copy(dst, io.LimitReader(contextReader{ctx, body}, sizeBytes+1))
	if err == nil && n != sizeBytes {
		return fmt.Errorf("%w: at least %d bytes for %d", errSize, n, sizeBytes)
	}
	return err
}

// contextReader stops reading when its context ends.
type contextReader struct {
	ctx  context.Context
	body io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.body.Read(p)
}
