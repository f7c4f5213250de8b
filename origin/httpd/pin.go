package httpd

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"os"

	"github.com/valyala/fasthttp"
)

// errWrongPin says why nobody is answered who does not come through the CDN. It does not hold what was shown.
var errWrongPin = errors.New("request does not show a secret of the pin file")

// pins are the digests of the secrets that a CDN may show. A digest takes the same time to compare however much of the
// secret, or of its length, was guessed.
type pins [][sha256.Size]byte

// Bounds of one secret: shorter ones can be guessed.
const (
	minPinBytes = 16
	maxPinBytes = 256
)

// loadPins reads a file of secrets, one a line; empty lines do not count.
func loadPins(file string) (*followed[pins], error) {
	return newFollowed("pin secrets", func() (*pins, error) {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("pin file: %w", err)
		}
		p, err := parsePins(content)
		if err != nil {
			return nil, fmt.Errorf("pin file %s: %w", file, err)
		}
		return &p, nil
	}, file)
}

// parsePins reads the lines of a pin file. Its errors do not hold what the lines hold.
func parsePins(content []byte) (pins, error) {
	var p pins
	number := 0
	for line := range bytes.Lines(content) {
		number++
		secret := bytes.TrimRight(line, " \t\r\n")
		if len(secret) == 0 {
			continue
		}
		if len(secret) < minPinBytes || len(secret) > maxPinBytes || bytes.ContainsFunc(secret, invisible) {
			return nil, fmt.Errorf("line %d: want one secret of %d to %d visible ASCII characters", number, minPinBytes, maxPinBytes)
		}
		p = append(p, sha256.Sum256(secret))
	}
	if len(p) == 0 {
		return nil, errors.New("want at least one line with a secret")
	}
	return p, nil
}

func invisible(r rune) bool { return r <= ' ' || r > '~' }

// match reports whether shown is one of the secrets.
func (p pins) match(shown []byte) bool {
	digest, matches := sha256.Sum256(shown), 0
	for i := range p {
		matches |= subtle.ConstantTimeCompare(digest[:], p[i][:])
	}
	return matches != 0
}

// pinned reports whether a request shows what it must to be answered.
func (s *Server) pinned(header *fasthttp.RequestHeader) bool {
	return s.pins == nil || s.pins.current.Load().match(header.Peek(s.cfg.PinHeader))
}
