package rule

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/oschwald/maxminddb-golang/v2"
	"github.com/oschwald/maxminddb-golang/v2/mmdbdata"
)

// CountryDatabase is a [Locator] that reads a database in the MaxMind DB format 2.0: GeoLite2, GeoIP2 or DB-IP, by country or
// by city.
type CountryDatabase struct {
	reader *maxminddb.Reader
	spare  sync.Pool // of *located
	// known are the countries of records that were met, each in the one place that its offset may have: the offset and
	// one, over 16 bits of code. Databases by country have some 500 records for all the networks.
	known [1024]atomic.Uint64
}

// OpenCountries reads a database, which it keeps: mmdb must not change any more. The error tells of files that are no such
// databases or hold no countries; damage further inside is not looked for, and makes an address unknown.
func OpenCountries(mmdb []byte) (*CountryDatabase, error) {
	reader, err := maxminddb.OpenBytes(mmdb)
	if err != nil {
		return nil, fmt.Errorf("country database: %w", err)
	}
	kind := reader.Metadata.DatabaseType
	for _, word := range []string{"Country", "City", "Enterprise"} {
		if strings.Contains(kind, word) {
			return &CountryDatabase{reader: reader, spare: sync.Pool{New: func() any { return new(located) }}}, nil
		}
	}
	return nil, fmt.Errorf("country database: it is of type %q: want one by country or by city, such as GeoLite2-Country", kind)
}

// Country returns the country that an address lies in, or where the database has none for it the one that it is
// registered in. It allocates nothing, except for the first time that it meets a text.
func (d *CountryDatabase) Country(address netip.Addr) (code Code, ok bool) {
	found := d.reader.Lookup(address.Unmap())
	if !found.Found() {
		return Code{}, false
	}
	mark := uint64(found.Offset()) + 1
	place := &d.known[mark%uint64(len(d.known))]
	if known := place.Load(); known>>16 == mark {
		code = Code{byte(known >> 8), byte(known)}
	} else {
		code = d.decode(found)
		place.Store(mark<<16 | uint64(code[0])<<8 | uint64(code[1]))
	}
	return code, code != Code{}
}

// decode returns the country of a record, or the zero Code.
func (d *CountryDatabase) decode(record maxminddb.Result) Code {
	l := d.spare.Get().(*located)
	defer d.spare.Put(l)
	*l = located{}
	switch err := record.Decode(l); {
	case err != nil:
		return Code{}
	case l.country.isLetters():
		return l.country
	case l.registered.isLetters():
		return l.registered
	}
	return Code{}
}

// located is what a record says about a country.
type located struct{ country, registered Code }

// UnmarshalMaxMindDBCursor reads a record.
func (l *located) UnmarshalMaxMindDBCursor(record mmdbdata.Cursor) (mmdbdata.Cursor, error) {
	return eachEntry(record, func(key []byte, value mmdbdata.Cursor) (mmdbdata.Cursor, error) {
		switch string(key) {
		case "country":
			return l.country.read(value)
		case "registered_country":
			return l.registered.read(value)
		}
		return value.Skip()
	})
}

// read reads the iso_code of a country.
func (c *Code) read(country mmdbdata.Cursor) (mmdbdata.Cursor, error) {
	return eachEntry(country, func(key []byte, value mmdbdata.Cursor) (mmdbdata.Cursor, error) {
		if string(key) != "iso_code" {
			return value.Skip()
		}
		text, next, err := value.ReadStringMaxSize(uint64(len(c)))
		if len(text) == len(c) {
			*c = Code([]byte(text))
		}
		return next, err
	})
}

// eachEntry calls read with each entry of a map. It returns what follows the map.
func eachEntry(
	of mmdbdata.Cursor, read func(key []byte, value mmdbdata.Cursor) (mmdbdata.Cursor, error),
) (mmdbdata.Cursor, error) {
	entries, err := of.Map()
	if err != nil {
		return mmdbdata.Cursor{}, err
	}
	var next mmdbdata.Cursor
	for {
		key, value, ok := entries.Next(next)
		if !ok {
			return entries.End()
		}
		if next, err = read(key, value); err != nil {
			return mmdbdata.Cursor{}, err
		}
	}
}
