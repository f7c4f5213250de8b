package auth

import (
	"encoding/json"
	"fmt"
	"math"
	"net/netip"
	"time"
	"unicode"
	"unicode/utf8"

	"headwater/auth/internal/strictjson"
)

// MaxToken is the length of the longest credential that is read, in bytes.
const MaxToken = 4096

// Bounds of single claims.
const (
	maxText    = 128 // bytes of an id or user
	maxReferer = 255 // bytes of a pattern, as of a host name
	maxList    = 64
	maxHeight  = 1 << 16   // lines
	maxPreview = 24 * 3600 // seconds
	maxDate    = 253402300799
)

// A claimReader sets what one claim says in c, and reports whether it may say that.
type claimReader func(c *Claims, raw json.RawMessage) bool

type knownClaim struct {
	name, want string
	read       claimReader
}

// playAuthClaims are those that a PlayAuth has beside sharedClaims: its subject is an asset.
var playAuthClaims = []knownClaim{
	{"sub", "the id of an asset", readAsset},
	{"user", "1 to 128 bytes of printable text", readUser},
}

// jwtClaims are those of other tokens, whose subject is a user (RFC 7519 §4.1.2).
var jwtClaims = []knownClaim{
	{"sub", "1 to 128 bytes of printable text", readUser},
	{"asset", "the id of an asset", readAsset},
}

func readAsset(c *Claims, raw json.RawMessage) bool { return decode(raw, &c.Asset) && validID(c.Asset) }

func readUser(c *Claims, raw json.RawMessage) bool { return decodeText(raw, &c.User) }

// sharedClaims are those of RFC 7519 §4.1 that say something here, and ours.
var sharedClaims = []knownClaim{
	{"jti", "1 to 128 bytes of printable text", func(c *Claims, raw json.RawMessage) bool { return decodeText(raw, &c.ID) }},
	{"exp", "seconds since 1970", func(c *Claims, raw json.RawMessage) bool { return decodeDate(raw, &c.Expires) }},
	{"iat", "seconds since 1970", func(c *Claims, raw json.RawMessage) bool { return decodeDate(raw, &c.Issued) }},
	{"nbf", "seconds since 1970", func(c *Claims, raw json.RawMessage) bool { return decodeDate(raw, &c.NotBefore) }},
	{"ip", "an address, or a prefix without bits behind it", func(c *Claims, raw json.RawMessage) bool { return decodePrefix(raw, &c.Client) }},
	{"referer", "1 to 64 patterns", func(c *Claims, raw json.RawMessage) bool { return decodeList(raw, &c.Referers, isReferer) }},
	{"tracks", "1 to 64 ids", func(c *Claims, raw json.RawMessage) bool { return decodeList(raw, &c.Tracks, validID) }},
	{"max_height", "1 to 65536", func(c *Claims, raw json.RawMessage) bool { return decodeCount(raw, &c.MaxHeight, maxHeight) }},
	{"preview", "1 to 86400 seconds", func(c *Claims, raw json.RawMessage) bool { return decodeCount(raw, &c.PreviewSeconds, maxPreview) }},
	{"once", "true or false", func(c *Claims, raw json.RawMessage) bool { return decode(raw, &c.Once) }},
	{"preview_link", "true or false", func(c *Claims, raw json.RawMessage) bool { return decode(raw, &c.Draft) }},
}

// ParseClaims reads the payload of a PlayAuth whose signature is good: a JSON object with exp, and further claims
// that are what they must be or are not there. A limit that is empty, zero or null is an error, so that nothing plays
// unlimited by mistake. Claims that it does not know are ignored. Form and KeyID are for the caller to set. Safe for
// bytes from outside; errors wrap [Malformed].
func ParseClaims(payload []byte) (Claims, error) { return parseClaims(payload, playAuthClaims) }

// parseClaims reads the payload of a token that has own claims beside sharedClaims.
func parseClaims(payload []byte, own []knownClaim) (Claims, error) {
	if len(payload) > MaxToken {
		return Claims{}, fmt.Errorf("%w: claims of %d bytes, at most %d", Malformed, len(payload), MaxToken)
	}
	members, err := strictjson.Object(payload)
	if err != nil {
		return Claims{}, fmt.Errorf("%w: claims: %w", Malformed, err)
	}
	var c Claims
	for _, known := range append(own[:len(own):len(own)], sharedClaims...) {
		if raw, ok := members[known.name]; ok && !known.read(&c, raw) {
			return Claims{}, fmt.Errorf("%w: claim %s: want %s", Malformed, known.name, known.want)
		}
	}
	switch {
	case c.Expires.IsZero():
		return Claims{}, fmt.Errorf("%w: there is no claim exp", Malformed)
	case (c.Once || c.Draft) && c.ID == "":
		return Claims{}, fmt.Errorf("%w: there is no claim jti, which once and preview_link need", Malformed)
	}
	return c, nil
}

// decode reads a value that is not null.
func decode[T any](raw json.RawMessage, value *T) bool {
	return string(raw) != "null" && json.Unmarshal(raw, value) == nil
}

// decodeDate reads a NumericDate (RFC 7519 §2), which may have a fraction, of the years 1970 to 9999.
func decodeDate(raw json.RawMessage, date *time.Time) bool {
	var seconds float64
	if !decode(raw, &seconds) || seconds < 0 || seconds > maxDate {
		return false
	}
	whole, fraction := math.Modf(seconds)
	*date = time.Unix(int64(whole), int64(fraction*1e9)).UTC()
	return true
}

// decodePrefix reads an address or a prefix. Bits of the address beyond the prefix are an error: they are a mistake that
// would let in more than was meant.
func decodePrefix(raw json.RawMessage, prefix *netip.Prefix) bool {
	var text string
	if !decode(raw, &text) {
		return false
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		address, err := netip.ParseAddr(text)
		if err != nil || address.Zone() != "" {
			return false
		}
		address = address.Unmap()
		p = netip.PrefixFrom(address, address.BitLen())
	}
	*prefix = p
	return isCanonical(p)
}

func decodeCount(raw json.RawMessage, count *int, most int) bool {
	return decode(raw, count) && *count > 0 && *count <= most
}

func decodeList(raw json.RawMessage, list *[]string, valid func(string) bool) bool {
	if !decode(raw, list) || len(*list) == 0 || len(*list) > maxList {
		return false
	}
	for _, s := range *list {
		if !valid(s) {
			return false
		}
	}
	return true
}

func isReferer(pattern string) bool {
	return len(pattern) <= maxReferer && isVisibleASCII([]byte(pattern)) && pattern != ""
}

func decodeText(raw json.RawMessage, text *string) bool { return decode(raw, text) && isText(*text) }

// isText reports whether s is printable and has 1 to maxText bytes. It has no replacement character, which stands for
// whatever could not be read.
func isText(s string) bool {
	if s == "" || len(s) > maxText || !utf8.ValidString(s) {
		return false
	}
	for _, c := range s {
		if c == utf8.RuneError || !unicode.IsPrint(c) {
			return false
		}
	}
	return true
}
