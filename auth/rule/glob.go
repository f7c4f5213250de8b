package rule

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// glob is a pattern in lower case in which each '*' stands for any bytes, or none. The pieces between are looked for from
// left to right, each as early as it can be, so that matching never goes back.
type glob struct {
	first, last string
	middle      [][]byte
	whole       bool // without '*': all is in first
}

// compileGlob compiles a pattern; capital letters of ASCII are made small.
func compileGlob(pattern string) glob {
	pieces := strings.Split(string(appendLower(nil, pattern)), "*")
	end := len(pieces) - 1
	g := glob{first: pieces[0], last: pieces[end], whole: end == 0}
	for i := 1; i < end; i++ {
		if pieces[i] != "" {
			g.middle = append(g.middle, []byte(pieces[i]))
		}
	}
	return g
}

// matches reports whether all of text, which is in lower case, is as the pattern says.
func (g *glob) matches(text []byte) bool {
	if g.whole {
		return string(text) == g.first
	}
	if len(text) < len(g.first)+len(g.last) ||
		string(text[:len(g.first)]) != g.first || string(text[len(text)-len(g.last):]) != g.last {
		return false
	}
	text = text[len(g.first) : len(text)-len(g.last)]
	for _, piece := range g.middle {
		i := bytes.Index(text, piece)
		if i < 0 {
			return false
		}
		text = text[i+len(piece):]
	}
	return true
}

// globs matches when one of them does.
type globs []glob

func (gs globs) match(text []byte) bool {
	for i := range gs {
		if gs[i].matches(text) {
			return true
		}
	}
	return false
}

// appendLower appends text with the capital letters of ASCII made small.
func appendLower(dst []byte, text string) []byte {
	start := len(dst)
	dst = append(dst, text...)
	lower(dst[start:])
	return dst
}

// lower makes the capital letters of ASCII small. It takes eight bytes at a time, because headers are long and this is half
// of the work on them.
func lower(text []byte) {
	for ; len(text) >= 8; text = text[8:] {
		word := binary.LittleEndian.Uint64(text)
		binary.LittleEndian.PutUint64(text, word|capitals(word)>>2)
	}
	for i, c := range text {
		text[i] = c | byte(capitals(uint64(c))>>2)
	}
}

// capitals returns the highest bit of each byte of word that is from 'A' to 'Z'.
func capitals(word uint64) uint64 {
	const each, high = 0x0101010101010101, 0x8080808080808080
	low := word &^ high // so that no sum reaches into the next byte
	fromA, beyondZ := low+(0x80-'A')*each, low+(0x80-'Z'-1)*each
	return fromA &^ beyondZ &^ word & high
}
