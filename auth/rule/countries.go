package rule

import (
	"errors"
	"fmt"
	"net/netip"

	"golang.org/x/text/language"
)

// Code is a country as two capital letters, ISO 3166-1 alpha-2.
type Code [2]byte

// Locator knows where addresses are. Its Country may be called by many goroutines at once.
type Locator interface {
	// Country returns the country of an address, unless it is not known, as that of a private network.
	Country(address netip.Addr) (code Code, ok bool)
}

// Countries is a rule about the country that a client address belongs to.
type Countries struct {
	locator      Locator
	allow, deny  codes
	restricted   bool // there is an allow list
	allowUnknown bool
}

// NewCountries compiles lists of countries, each two letters of either case. allowUnknown says what becomes of clients
// whose country the locator does not know. The error names every entry that is none; a locator there must be.
func NewCountries(locator Locator, allow, deny []string, allowUnknown bool) (*Countries, error) {
	var problems []error
	if locator == nil {
		problems = append(problems, errors.New("countries are listed, but there is no country database: configure one"))
	}
	c := &Countries{locator: locator, restricted: len(allow) > 0, allowUnknown: allowUnknown}
	add := func(to *codes, list []string) {
		for _, country := range list {
			code, err := ParseCode(country)
			if err != nil {
				problems = append(problems, err)
				continue
			}
			to.add(code)
		}
	}
	add(&c.allow, allow)
	add(&c.deny, deny)
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return c, nil
}

// ParseCode reads the code of a country in either case. Codes that stand for no country are refused; of a former one or an
// alias, such as UK, the error tells the code that is in use.
func ParseCode(text string) (Code, error) {
	region, err := language.ParseRegion(text)
	if err != nil || len(text) != 2 || !region.IsCountry() {
		return Code{}, fmt.Errorf("country %q: want two letters of ISO 3166-1, such as DE", text)
	}
	code := Code{text[0] &^ 0x20, text[1] &^ 0x20}
	if used := region.Canonicalize().String(); used != string(code[:]) {
		return Code{}, fmt.Errorf("country %q: the code is %s", text, used)
	}
	return code, nil
}

// Allows reports whether the client may be answered.
func (c *Countries) Allows(client netip.Addr) bool {
	code, ok := c.locator.Country(client)
	if !ok {
		return c.allowUnknown
	}
	return !c.deny.contain(code) && (!c.restricted || c.allow.contain(code))
}

// codes is a set of countries.
type codes [(26*26 + 63) / 64]uint64

func (cs *codes) add(c Code) { cs[c.index()/64] |= 1 << (c.index() % 64) }

func (cs *codes) contain(c Code) bool { return cs[c.index()/64]>>(c.index()%64)&1 != 0 }

// index counts codes from AA on. Those that are no two capital letters count as AA, which no country has.
func (c Code) index() int {
	if !c.isLetters() {
		return 0
	}
	return int(c[0]-'A')*26 + int(c[1]-'A')
}

func (c Code) isLetters() bool {
	return c[0] >= 'A' && c[0] <= 'Z' && c[1] >= 'A' && c[1] <= 'Z'
}
