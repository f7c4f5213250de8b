package urlsign

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"
)

// Key is a secret that signs URLs.
type Key struct {
	ID string // for logs; URLs do not hold it
	// Secret is the text of the key, 16 to 128 printable characters. A shorter one never verifies anything.
	Secret []byte
}

const minSecret = 16

// String returns the key's id. The secret is never printed.
func (k Key) String() string { return k.ID }

// GoString is String for the verb %#v.
func (k Key) GoString() string { return k.ID }

// MarshalText is String for encoders, such as those of structured logs.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.ID), nil }

// statement is what is signed, beside the key.
type statement struct {
	form           Type
	path           string
	time           stamp
	rand, uid      string // of type A
	previewSeconds int    // of type A; 0 for none
}

const hashSize = 2 * md5.Size

// digest returns the signature in lower-case hexadecimal. It allocates nothing unless the path is very long.
func (s *statement) digest(secret []byte) [hashSize]byte {
	var scratch [1024]byte
	sum := md5.Sum(s.appendText(scratch[:0], secret))
	var text [hashSize]byte
	hex.Encode(text[:], sum[:])
	return text
}

func (s *statement) appendText(dst, secret []byte) []byte {
	at := s.time.text[:s.time.size]
	switch s.form {
	case A:
		dst = append(append(dst, s.path...), '-')
		dst = append(s.appendFields(dst), secret...)
		if s.previewSeconds > 0 {
			dst = strconv.AppendInt(append(dst, '-'), int64(s.previewSeconds), 10)
		}
		return dst
	case B:
		return append(append(append(dst, secret...), at...), s.path...)
	default:
		return append(append(append(dst, secret...), s.path...), at...)
	}
}

// appendFields writes what type A has before its hash, with a dash after each.
func (s *statement) appendFields(dst []byte) []byte {
	dst = append(append(dst, s.time.text[:s.time.size]...), '-')
	dst = append(append(dst, s.rand...), '-')
	return append(append(dst, s.uid...), '-')
}

// Append writes the signed URL of a path, from its first slash on, and allocates nothing where dst has room.
//
// The path has no query and is percent-encoded as viewers will send it. The URL is valid until at, of which type B drops
// the seconds, plus the validity of whoever verifies it. Type A holds rand and uid, up to 64 letters, digits, '_' and '.'
// ("0" in place of none), and previewSeconds, 0 for the whole; the other types cannot hold these, and because one that
// silently lets somebody see more than a preview must not be, Append panics when they are given one.
func (s *Scheme) Append(dst []byte, t Type, path string, k Key, at time.Time, rand, uid string, previewSeconds int) []byte {
	if t != A && previewSeconds != 0 {
		panic(fmt.Sprintf("urlsign: type %v cannot hold a preview", t))
	}
	said := statement{
		form: t, path: path, time: s.notation(t).format(at),
		rand: orZero(rand), uid: orZero(uid), previewSeconds: previewSeconds,
	}
	hash := said.digest(k.Secret)
	stamp := said.time.text[:said.time.size]
	switch {
	case t == A:
		return said.appendParam(dst, hash[:])
	case t == B:
		return append(appendElements(dst, stamp, hash[:]), path...)
	case t == C && !s.QueryForm:
		return append(appendElements(dst, hash[:], stamp), path...)
	case t == C:
		return appendParams(append(dst, path...), s.KeyParams[0], hash[:], s.KeyParams[1], stamp)
	default:
		return appendParams(append(dst, path...), s.SignParam, hash[:], s.TimeParam, stamp)
	}
}

func orZero(text string) string {
	if text == "" {
		return "0"
	}
	return text
}

// appendParam writes a URL of type A.
func (s *statement) appendParam(dst, hash []byte) []byte {
	dst = append(append(dst, s.path...), "?"+authParam+"="...)
	dst = append(s.appendFields(dst), hash...)
	if s.previewSeconds > 0 {
		dst = strconv.AppendInt(append(dst, "&"+endParam+"="...), int64(s.previewSeconds), 10)
	}
	return dst
}

func appendElements(dst, first, second []byte) []byte {
	dst = append(append(dst, '/'), first...)
	return append(append(dst, '/'), second...)
}

func appendParams(dst []byte, name1 string, value1 []byte, name2 string, value2 []byte) []byte {
	dst = append(append(append(dst, '?'), name1...), '=')
	dst = append(append(dst, value1...), '&')
	dst = append(append(dst, name2...), '=')
	return append(dst, value2...)
}
