package client

import (
	"bytes"
	"math"
)

// MaxHeadBytes bounds status line and header fields together, and the trailer of a chunked body.
const MaxHeadBytes = 32 << 10

const crlf = "\r\n"

// framing is what the head of an answer says about where its body ends, and about the connection.
type framing struct {
	status        int
	contentLength int64 // -1 without
	chunked       bool
	old           bool // HTTP/1.0, where a connection ends with the answer unless it says keep-alive
	keepAlive     bool
	close         bool
}

// interim reports whether another answer follows (RFC 9110 §15.2).
func (f framing) interim() bool { return f.status < 200 }

// bodyless reports whether an answer to method has no body, whatever its header says (RFC 9112 §6.3).
func (f framing) bodyless(method string) bool {
	return method == methodHead || f.status == 204 || f.status == 304 || f.interim()
}

// untilClose reports whether a body ends where the connection does.
func (f framing) untilClose() bool { return !f.chunked && f.contentLength < 0 }

// last reports whether the connection ends with this answer to method.
func (f framing) last(method string) bool {
	return f.close || f.old && !f.keepAlive || f.untilClose() && !f.bodyless(method)
}

// parseHead reads status line and fields, each with its end of line, without the empty line at the end.
func parseHead(head []byte) (framing, error) {
	line, rest := cutLine(head)
	f, err := parseStatusLine(line)
	if err != nil {
		return framing{}, err
	}
	for len(rest) > 0 {
		line, rest = cutLine(rest)
		if err := f.addField(line); err != nil {
			return framing{}, err
		}
	}
	if f.chunked && (f.contentLength >= 0 || f.old) {
		return framing{}, malformed("Transfer-Encoding beside Content-Length or in HTTP/1.0")
	}
	return f, nil
}

// parseStatusLine reads "HTTP/1.1 200 OK"; the reason may be missing.
func parseStatusLine(line []byte) (framing, error) {
	const version = "HTTP/1."
	if len(line) < len("HTTP/1.1 200") || string(line[:len(version)]) != version || line[8] != ' ' ||
		len(line) > 12 && line[12] != ' ' {
		return framing{}, malformed("status line %.60q", line)
	}
	minor, status := line[7], 0
	for _, c := range line[9:12] {
		if c < '0' || c > '9' {
			return framing{}, malformed("status line %.60q", line)
		}
		status = 10*status + int(c-'0')
	}
	if minor > '1' || minor < '0' || status < 100 || status > 599 || hasControl(line) {
		return framing{}, malformed("status line %.60q", line)
	}
	return framing{status: status, contentLength: -1, old: minor == '0'}, nil
}

// addField takes in one header field.
func (f *framing) addField(line []byte) error {
	name, value, ok := cutField(line)
	if !ok {
		return malformed("header line %.60q", line)
	}
	switch {
	case equalFold(name, "Content-Length"):
		return f.setContentLength(value)
	case equalFold(name, "Transfer-Encoding"):
		if f.chunked || !equalFold(value, "chunked") {
			return malformed("Transfer-Encoding %.60q: only chunked is understood", value)
		}
		f.chunked = true
	case equalFold(name, "Connection"):
		f.setConnection(value)
	}
	return nil
}

func (f *framing) setContentLength(value []byte) error {
	n, ok := parseDecimal(value)
	if !ok || f.contentLength >= 0 {
		return malformed("Content-Length %.60q: want one number, once", value)
	}
	f.contentLength = n
	return nil
}

func (f *framing) setConnection(value []byte) {
	for len(value) > 0 {
		var option []byte
		option, value, _ = bytes.Cut(value, []byte(","))
		switch option = bytes.Trim(option, " \t"); {
		case equalFold(option, "close"):
			f.close = true
		case equalFold(option, "keep-alive"):
			f.keepAlive = true
		}
	}
}

// parseDecimal reads a number of digits alone that an int64 holds.
func parseDecimal(text []byte) (n int64, ok bool) {
	for _, c := range text {
		if c < '0' || c > '9' || n > (math.MaxInt64-9)/10 {
			return 0, false
		}
		n = 10*n + int64(c-'0')
	}
	return n, len(text) > 0
}

// cutLine splits text after its first end of line, and leaves that out of line.
func cutLine(text []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(text, []byte(crlf))
	return line, rest
}

// cutField splits a header line (RFC 9112 §5). False for what is none: a folded line among others.
func cutField(line []byte) (name, value []byte, ok bool) {
	name, value, ok = bytes.Cut(line, []byte(":"))
	return name, bytes.Trim(value, " \t"), ok && isToken(name) && !hasControl(value)
}

// hasControl reports whether text holds a control character other than a tab.
func hasControl(text []byte) bool {
	for _, c := range text {
		if c < ' ' && c != '\t' || c == 0x7f {
			return true
		}
	}
	return false
}

// isToken reports whether text is a token (RFC 9110 §5.6.2).
func isToken[T string | []byte](text T) bool {
	for i := range len(text) {
		if !tokenChars[text[i]] {
			return false
		}
	}
	return len(text) > 0
}

var tokenChars = func() (set [256]bool) {
	const chars = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for _, c := range []byte(chars) {
		set[c] = true
	}
	return set
}()

// equalFold reports whether text is name, whatever the case of its ASCII letters.
func equalFold(text []byte, name string) bool {
	if len(text) != len(name) {
		return false
	}
	for i, c := range text {
		if lower(c) != lower(name[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
