package rule

import "strings"

const (
	maxHost  = 253 // RFC 1035 §2.3.4, as text
	maxLabel = 63
)

// hostOf returns the host of a URL of the web in lower case, without a dot at its end. Browsers send such URLs in one
// spelling, without user and with neither spaces nor backslashes; of whatever differs somebody hopes that we find another
// host in it than others do, and it is not ok.
func hostOf(scratch *[maxHost]byte, url string) (host []byte, ok bool) {
	authority, ok := authorityOf(url)
	if !ok {
		return nil, false
	}
	name, port := authority, ""
	if strings.HasPrefix(authority, "[") {
		i := strings.IndexByte(authority, ']')
		name, port = authority[:i+1], authority[i+1:]
	} else if i := strings.IndexByte(authority, ':'); i >= 0 {
		name, port = authority[:i], authority[i:]
	}
	if !isPort(port) {
		return nil, false
	}
	if strings.HasPrefix(name, "[") {
		return appendBracketed(scratch[:0], name)
	}
	return appendName(scratch[:0], strings.TrimSuffix(name, "."))
}

// authorityOf returns what lies between the scheme, http or https, and the path.
func authorityOf(url string) (authority string, ok bool) {
	const plain, secure = "http://", "https://"
	switch {
	case len(url) >= len(plain) && strings.EqualFold(url[:len(plain)], plain):
		url = url[len(plain):]
	case len(url) >= len(secure) && strings.EqualFold(url[:len(secure)], secure):
		url = url[len(secure):]
	default:
		return "", false
	}
	for i := range len(url) {
		if c := url[i]; c == '/' || c == '?' || c == '#' {
			return url[:i], true
		}
	}
	return url, true
}

// isPort reports whether text is nothing, or ':' and one to five digits.
func isPort(text string) bool {
	return text == "" || text[0] == ':' && len(text) >= 2 && len(text) <= 6 && isNumber(text[1:])
}

// appendName appends a host name or IPv4 address in lower case.
func appendName(dst []byte, name string) (host []byte, ok bool) {
	if len(name) > maxHost {
		return nil, false
	}
	label := 0
	for i := range len(name) {
		c := hostBytes[name[i]]
		switch {
		case c == 0, c == '.' && label == 0, label > maxLabel:
			return nil, false
		case c == '.':
			label = 0
		default:
			label++
		}
		dst = append(dst, c)
	}
	return dst, label > 0 && label <= maxLabel
}

// hostBytes are those of host names, in lower case.
var hostBytes = func() (lower [256]byte) {
	for _, c := range []byte("abcdefghijklmnopqrstuvwxyz0123456789-_.") {
		lower[c] = c
		if c >= 'a' {
			lower[c&^0x20] = c
		}
	}
	return lower
}()

// appendBracketed appends an IPv6 address in its brackets. Whether it is one does not matter: the addresses of patterns
// are, and it is compared with them as text.
func appendBracketed(dst []byte, name string) (host []byte, ok bool) {
	if len(name) < len("[::]") || len(name) > len("[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]") {
		return nil, false
	}
	for i := 1; i < len(name)-1; i++ {
		if c := name[i]; !(c >= '0' && c <= ':' || c|0x20 >= 'a' && c|0x20 <= 'f' || c == '.') {
			return nil, false
		}
	}
	return appendLower(dst, name), true
}
