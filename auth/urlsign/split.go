package urlsign

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// ErrMalformed says that a URL holds something which is meant as a signature, but is not spelt as one.
var ErrMalformed = errors.New("malformed URL signature")

// Signature is a signature as it stands in a URL, still to be verified.
type Signature struct {
	statement
	hash    string
	expires time.Time
}

// Split takes the signature off a URL whose path and query, without '?', are as the viewer sent them. It returns the path
// that is signed, and whether there is a signature of a type that s accepts; where there is none, that is the path itself.
// The signature shares memory with path and query, and nothing is allocated.
//
// The error is [ErrMalformed], and then found is true: more than one signature, a parameter of one that is missing or
// there twice, or any spelling but the one of the package documentation. Other parameters are left alone, among them
// "start", by which players seek in files and which networks do not sign.
func (s *Scheme) Split(path, query string) (plainPath string, sig Signature, found bool, err error) {
	c, n := s.find(path, query)
	if n == 0 {
		return path, Signature{}, false, nil
	}
	sig, ok := s.read(&c)
	if n > 1 || !ok {
		return "", Signature{}, true, ErrMalformed
	}
	return c.path, sig, true, nil
}

// candidate holds the texts of what is meant as a signature. Those that are missing or there twice are empty, which is
// malformed.
type candidate struct {
	form       Type
	path       string
	time, hash string // hash is all of the parameter for type A
	end        param  // of type A
}

// find returns the last candidate in a URL and how many there are.
func (s *Scheme) find(path, query string) (c candidate, n int) {
	if c = s.inPath(path); c.form != 0 {
		n++
	}
	q := s.params(query)
	if q.auth.count > 0 && s.accepts(A) {
		c, n = candidate{form: A, path: path, hash: q.auth.once(), end: q.end}, n+1
	}
	if q.keyHash.count > 0 && s.accepts(C) {
		c, n = candidate{form: C, path: path, hash: q.keyHash.once(), time: q.keyTime.once()}, n+1
	}
	if q.signHash.count > 0 && s.accepts(F) {
		c, n = candidate{form: F, path: path, hash: q.signHash.once(), time: q.signTime.once()}, n+1
	}
	return c, n
}

// inPath finds a signature in two elements in front of the prefix. The first element alone decides whether that is meant,
// since nothing else that may stand there has its length.
func (s *Scheme) inPath(path string) candidate {
	if len(path) == 0 || path[0] != '/' {
		return candidate{}
	}
	first, rest, _ := strings.Cut(path[1:], "/")
	second, _, _ := strings.Cut(rest, "/")
	rest = rest[len(second):]
	switch {
	case !strings.HasPrefix(rest, s.Prefix):
		return candidate{}
	case len(first) == len(minutes) && allDigits(first) && s.accepts(B):
		return candidate{form: B, path: rest, time: first, hash: second}
	case len(first) == hashSize && s.accepts(C):
		return candidate{form: C, path: rest, time: second, hash: first}
	}
	return candidate{}
}

// params are the parameters of a query that signatures may use.
type params struct {
	auth, end, keyHash, keyTime, signHash, signTime param
}

// param is the last value of a parameter and how often it is there.
type param struct {
	value string
	count int
}

func (p param) once() string {
	if p.count != 1 {
		return ""
	}
	return p.value
}

func (s *Scheme) params(query string) params {
	var all params
	for query != "" {
		var one string
		one, query, _ = strings.Cut(query, "&")
		name, value, _ := strings.Cut(one, "=")
		if p := all.named(s, name); p != nil {
			p.value, p.count = value, p.count+1
		}
	}
	return all
}

func (p *params) named(s *Scheme, name string) *param {
	switch name {
	case authParam:
		return &p.auth
	case endParam:
		return &p.end
	case s.KeyParams[0]:
		return &p.keyHash
	case s.KeyParams[1]:
		return &p.keyTime
	case s.SignParam:
		return &p.signHash
	case s.TimeParam:
		return &p.signTime
	}
	return nil
}

// read reports as not ok whatever is not spelt in the one way that c's type has.
func (s *Scheme) read(c *candidate) (sig Signature, ok bool) {
	sig = Signature{statement: statement{form: c.form, path: c.path}, hash: c.hash}
	if c.form == A && !sig.readParam(c) {
		return Signature{}, false
	}
	stamp, at, ok := s.notation(c.form).parse(c.time)
	sig.time, sig.expires = stamp, at.Add(s.Validity)
	return sig, ok && isHash(sig.hash) && isPath(sig.path)
}

// readParam reads what only type A has, and splits its parameter.
func (sig *Signature) readParam(c *candidate) (ok bool) {
	var cuts [3]bool
	c.time, c.hash, cuts[0] = strings.Cut(c.hash, "-")
	sig.rand, c.hash, cuts[1] = strings.Cut(c.hash, "-")
	sig.uid, sig.hash, cuts[2] = strings.Cut(c.hash, "-")
	if cuts != [3]bool{true, true, true} || !isName(sig.rand) || !isName(sig.uid) || c.end.count > 1 {
		return false
	}
	if c.end.count == 0 {
		return true
	}
	sig.previewSeconds, ok = parsePreview(c.end.value)
	return ok
}

// parsePreview reads whole seconds from 1 on, in decimal without leading zeros.
func parsePreview(text string) (seconds int, ok bool) {
	if len(text) == 0 || len(text) > 7 || text[0] == '0' || !allDigits(text) {
		return 0, false
	}
	seconds, err := strconv.Atoi(text)
	return seconds, err == nil
}

func isHash(text string) bool {
	for i := range len(text) {
		if c := text[i]; !isDigit(c) && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(text) == hashSize
}

// isPath reports whether a path is printable ASCII throughout, as URLs are. MD5 hashes can be extended to texts that go on
// with the byte 0x80 and zeros; no such text is a path.
func isPath(path string) bool {
	for i := range len(path) {
		if path[i] <= ' ' || path[i] > '~' {
			return false
		}
	}
	return len(path) > 0 && path[0] == '/'
}
