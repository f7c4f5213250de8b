package urlsign

import (
	"strconv"
	"time"
)

// stamp is a time as URLs spell it. It is kept as it came, because that is what is signed.
type stamp struct {
	text [len(minutes)]byte
	size uint8
}

// notation is a way to spell times.
type notation uint8

const (
	decimal     notation = iota // Unix seconds, 10 digits
	hexadecimal                 // Unix seconds, 8 digits in either case
	civil                       // minutes of UTC+8
)

const minutes = "200601021504"

// eastern is UTC+8 the whole year; it needs no time zone database.
var eastern = time.FixedZone("UTC+8", 8*60*60)

// notation returns how URLs of type t spell times.
func (s *Scheme) notation(t Type) notation {
	switch {
	case t == A, t == F && s.DecimalTime:
		return decimal
	case t == B:
		return civil
	default:
		return hexadecimal
	}
}

// size returns how many characters a time has.
func (n notation) size() int {
	return [...]int{decimal: 10, hexadecimal: 8, civil: len(minutes)}[n]
}

// format spells a time, which is from September 2001 to February 2106.
func (n notation) format(at time.Time) stamp {
	var st stamp
	switch n {
	case decimal:
		st.size = uint8(len(strconv.AppendInt(st.text[:0], at.Unix(), 10)))
	case hexadecimal:
		st.size = uint8(len(strconv.AppendInt(st.text[:0], at.Unix(), 16)))
	case civil:
		st.size = uint8(len(at.In(eastern).AppendFormat(st.text[:0], minutes)))
	}
	return st
}

// parse reads a time that is spelt in the one way, or in the two of hexadecimal.
func (n notation) parse(text string) (st stamp, at time.Time, ok bool) {
	if len(text) != n.size() || text[0] == '0' {
		return stamp{}, time.Time{}, false
	}
	st.size = uint8(copy(st.text[:], text))
	if n == civil {
		at, ok = parseMinutes(text)
		return st, at, ok
	}
	base := int64(10)
	if n == hexadecimal {
		base = 16
	}
	var seconds int64
	for i := range len(text) {
		digit, ok := digitOf(text[i], base)
		if !ok {
			return stamp{}, time.Time{}, false
		}
		seconds = seconds*base + digit
	}
	return st, time.Unix(seconds, 0), true
}

func digitOf(c byte, base int64) (int64, bool) {
	switch {
	case isDigit(c):
		return int64(c - '0'), true
	case base == 16 && c|0x20 >= 'a' && c|0x20 <= 'f':
		return int64(c|0x20-'a') + 10, true
	}
	return 0, false
}

// parseMinutes reads yyyyMMddHHmm. Package time would make an error of each text that is none, which costs more than all
// the rest.
func parseMinutes(text string) (time.Time, bool) {
	if !allDigits(text) {
		return time.Time{}, false
	}
	two := func(i int) int { return int(text[i]-'0')*10 + int(text[i+1]-'0') }
	month, day, hour, minute := two(4), two(6), two(8), two(10)
	at := time.Date(two(0)*100+two(2), time.Month(month), day, hour, minute, 0, 0, eastern)
	// Dates that do not exist come out as others.
	ok := int(at.Month()) == month && at.Day() == day && at.Hour() == hour && at.Minute() == minute
	return at, ok
}

func allDigits(text string) bool {
	for i := range len(text) {
		if !isDigit(text[i]) {
			return false
		}
	}
	return true
}
