package disk

import (
	"bytes"
	"errors"
	"testing"
)

// FuzzReadBody reads files of any content. What it accepts must be exactly what is written for the key and body.
func FuzzReadBody(f *testing.F) {
	file := append(appendHead(nil, []byte("asset/track/0/5"), []byte("hello")), "hello"...)
	f.Add(file, []byte("asset/track/0/5"))
	f.Add(file, []byte("asset/track/0/6"))
	f.Add(file[:20], []byte("asset/track/0/5"))
	f.Add(append(file, 0), []byte("asset/track/0/5"))
	f.Add(appendHead(nil, nil, nil), []byte(nil))
	f.Add([]byte(nil), []byte(nil))
	f.Fuzz(func(t *testing.T, file, key []byte) {
		dst := make([]byte, 1000)
		n, err := readBody(bytes.NewReader(file), int64(len(file)), key, dst)
		switch {
		case errors.Is(err, errDamaged), errors.Is(err, errTooLarge):
		case err != nil:
			t.Error(err)
		case !bytes.Equal(append(appendHead(nil, key, dst[:n]), dst[:n]...), file):
			t.Error("accepted something else than what is written")
		}
	})
}
