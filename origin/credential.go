package origin

import (
	"bytes"
	"strings"

	"github.com/valyala/fasthttp"

	"headwater/auth"
)

// Where a credential is looked for, in this order.
const (
	tokenParam  = "token"
	catParam    = "CAT" // as players of CTA-5007-B name it
	bearer      = "Bearer "
	catHeader   = "CTA-Common-Access-Token"
	tokenCookie = "headwater"
)

// findCredential returns a copy of the credential that a request carries, empty for none. The error is [auth.Malformed].
func findCredential(header *fasthttp.RequestHeader, query []byte) (string, error) {
	if token, err := queryCredential(query); token != "" || err != nil {
		return token, err
	}
	if value := view(header.Peek(fasthttp.HeaderAuthorization)); len(value) > len(bearer) && strings.EqualFold(value[:len(bearer)], bearer) {
		return strings.Clone(value[len(bearer):]), nil
	}
	if value := header.Peek(catHeader); len(value) > 0 {
		return string(value), nil
	}
	return string(header.Cookie(tokenCookie)), nil
}

// queryCredential returns the one of the query, which is there once if at all.
func queryCredential(query []byte) (string, error) {
	var token []byte
	for field := range bytes.SplitSeq(query, []byte("&")) {
		name, value, _ := bytes.Cut(field, []byte("="))
		if string(name) != tokenParam && string(name) != catParam {
			continue
		}
		if token != nil || len(value) == 0 {
			return "", auth.Malformed
		}
		token = value
	}
	return string(token), nil
}
