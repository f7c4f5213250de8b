package packager

import "strings"

// Link appends to dst the URL that a manifest prints in place of a relative one: resolved, signed, or both. It must
// neither keep nor change relative. A nil Link leaves URLs as they are.
type Link func(dst, relative []byte) []byte

// inURL are the characters besides letters and digits that an URL may hold (RFC 3986 §2).
const inURL = "-._~:/?#[]@!$&'()*+,;=%"

// Append appends the URL to print for relative. Whatever the link made it of, what RFC 3986 allows in no URL is
// percent-encoded, so that nothing in it can end a line or a quoted string of a playlist; XML needs escaping besides.
func (l Link) Append(dst, relative []byte) []byte {
	if l == nil {
		return append(dst, relative...)
	}
	start := len(dst)
	dst = l(dst, relative)
	for i, c := range dst[start:] {
		if !allowedInURL(c) {
			return appendEncoded(dst[:start+i], string(dst[start+i:]))
		}
	}
	return dst
}

func allowedInURL(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte(inURL, c) >= 0
}

func appendEncoded(dst []byte, url string) []byte {
	const hex = "0123456789ABCDEF"
	for i := range len(url) {
		if c := url[i]; allowedInURL(c) {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', hex[c>>4], hex[c&15])
		}
	}
	return dst
}
