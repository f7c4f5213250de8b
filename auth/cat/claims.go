package cat

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// Claims is what a token says. Where a field has its zero value the token does not limit that.
type Claims struct {
	ID       string // cti in hexadecimal
	Issuer   string
	Subject  string
	Audience []string

	Issued, NotBefore, Expires time.Time

	Networks  []netip.Prefix // the client's address is in one of them
	Countries []string       // the client is in one of them: ISO 3166-1 alpha-2, upper case
	Methods   []string       // the method of the request is one of them
	URI       URI            // what the request asks for
	Once      bool           // the token may be used once; it has an ID
}

// Keys of claims (RFC 8392 §4, CTA-5007-B), by IANA's registry of CWT claims.
const (
	claimIssuer    = 1
	claimSubject   = 2
	claimAudience  = 3
	claimExpires   = 4
	claimNotBefore = 5
	claimIssued    = 6
	claimID        = 7
	claimReplay    = 308
	claimVersion   = 310
	claimNetworks  = 311
	claimURI       = 312
	claimMethods   = 313
	claimCountries = 316
	claimIfData    = 320
	claimIf        = 322
	claimRenewal   = 323
)

// version is the one of CTA-5007-B.
const version = 1

// Modes of replay.
const (
	replayPermitted  = 0
	replayProhibited = 1
)

// maxTime is the last second of the year 9999.
const maxTime = 253402300799

// claimReaders reads each claim that is understood into its field.
var claimReaders = map[int64]func(*Claims, []byte) error{
	claimIssuer:    func(c *Claims, data []byte) (err error) { c.Issuer, err = decodeText(data); return },
	claimSubject:   func(c *Claims, data []byte) (err error) { c.Subject, err = decodeText(data); return },
	claimAudience:  func(c *Claims, data []byte) (err error) { c.Audience, err = decodeAudience(data); return },
	claimExpires:   func(c *Claims, data []byte) (err error) { c.Expires, err = decodeTime(data); return },
	claimNotBefore: func(c *Claims, data []byte) (err error) { c.NotBefore, err = decodeTime(data); return },
	claimIssued:    func(c *Claims, data []byte) (err error) { c.Issued, err = decodeTime(data); return },
	claimID:        func(c *Claims, data []byte) (err error) { c.ID, err = decodeID(data); return },
	claimReplay:    func(c *Claims, data []byte) (err error) { c.Once, err = decodeReplay(data); return },
	claimVersion:   func(_ *Claims, data []byte) error { return checkVersion(data) },
	claimNetworks:  func(c *Claims, data []byte) (err error) { c.Networks, err = decodeList(data, decodeNetwork); return },
	claimURI:       func(c *Claims, data []byte) (err error) { c.URI, err = decodeURI(data); return },
	claimMethods:   func(c *Claims, data []byte) (err error) { c.Methods, err = decodeList(data, decodeText); return },
	claimCountries: func(c *Claims, data []byte) (err error) { c.Countries, err = decodeList(data, decodeCountry); return },
	claimIfData:    passOver,
	claimIf:        passOver,
	claimRenewal:   passOver,
}

func passOver(*Claims, []byte) error { return nil }

func parseClaims(payload []byte) (Claims, error) {
	entries, err := decodeMap(payload)
	if err != nil {
		return Claims{}, fmt.Errorf("claims: %w", err)
	}
	var c Claims
	for label, value := range entries {
		number, ok := label.(int64)
		if !ok || number < 0 {
			continue // for private use
		}
		read, ok := claimReaders[number]
		if !ok {
			return Claims{}, fmt.Errorf("claim %d: %w", number, ErrUnsupported)
		}
		if err := read(&c, value); err != nil {
			return Claims{}, fmt.Errorf("claim %d: %w", number, err)
		}
	}
	if c.Once && c.ID == "" {
		return Claims{}, fmt.Errorf("claim %d: %w: nothing (cti) by which to know the token again", claimReplay, ErrMalformed)
	}
	return c, nil
}

// decodeAudience reads one text or an array of them (RFC 8392 §3.1.3).
func decodeAudience(data []byte) ([]string, error) {
	if len(data) > 0 && data[0]>>5 == majorArray {
		return decodeList(data, decodeText)
	}
	one, err := decodeText(data)
	return []string{one}, err
}

func decodeTime(data []byte) (time.Time, error) {
	seconds, err := decode[int64](data, majorUint)
	if err == nil && seconds > maxTime {
		err = fmt.Errorf("%w: after the year 9999", ErrMalformed)
	}
	return time.Unix(seconds, 0), err
}

func decodeID(data []byte) (string, error) {
	id, err := decode[[]byte](data, majorBytes)
	if err == nil && len(id) == 0 {
		err = fmt.Errorf("%w: empty", ErrMalformed)
	}
	return hex.EncodeToString(id), err
}

func decodeReplay(data []byte) (once bool, err error) {
	mode, err := decodeInt(data)
	if err == nil && mode != replayPermitted && mode != replayProhibited {
		err = fmt.Errorf("%w: mode %d of replay", ErrUnsupported, mode)
	}
	return mode == replayProhibited, err
}

func checkVersion(data []byte) error {
	number, err := decodeInt(data)
	if err == nil && number != version {
		err = fmt.Errorf("%w: version %d", ErrUnsupported, number)
	}
	return err
}

func decodeCountry(data []byte) (string, error) {
	text, err := decodeText(data)
	if err != nil {
		return "", err
	}
	country := strings.ToUpper(text)
	if len(country) != 2 || strings.Trim(country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return "", fmt.Errorf("%w: not a country of two letters", ErrUnsupported)
	}
	return country, nil
}
