package lint

import "maps"

// levels are the elements that a Representation stands in, from the Period to itself.
type levels []*node

// inner returns an attribute of the innermost element that has it.
func (l levels) inner(name string) string {
	for i := range l {
		if value, found := l[len(l)-1-i].attributes[name]; found {
			return value
		}
	}
	return ""
}

// all returns the children of that name at all levels, the innermost last.
func (l levels) all(name string) []*node {
	var found []*node
	for _, n := range l {
		found = append(found, n.all(name)...)
	}
	return found
}

// merged returns the segment information of that name: what outer levels say holds where inner ones are silent
// (ISO/IEC 23009-1 §5.3.9.1). It is nil where no level has it.
func (l levels) merged(name string) *node {
	var sum *node
	for _, n := range l {
		switch own := n.one(name); {
		case own == nil:
		case sum == nil:
			sum = own
		default:
			both := &node{name: name, attributes: maps.Clone(sum.attributes), byName: maps.Clone(sum.byName)}
			maps.Copy(both.attributes, own.attributes)
			if both.byName == nil {
				both.byName = own.byName
			} else {
				maps.Copy(both.byName, own.byName)
			}
			sum = both
		}
	}
	return sum
}

// base returns what relative references in the innermost level are relative to, from where the MPD lies (RFC 3986 §5.1,
// ISO/IEC 23009-1 §5.6). Where a level offers several, players begin with the first.
func (l levels) base(where string, mpd *node) string {
	for _, n := range append(levels{mpd}, l...) {
		if offered := n.one("BaseURL"); offered != nil {
			where = resolve(where, offered.text)
		}
	}
	return where
}

// addressing are the elements that say where segments are. A Representation follows the innermost.
var addressing = []string{"SegmentTemplate", "SegmentList", "SegmentBase"}

// addressing returns the segment information that holds for the innermost level; nil where there is none.
func (l levels) addressing() *node {
	for i := range l {
		for _, name := range addressing {
			if l[len(l)-1-i].one(name) != nil {
				return l.merged(name)
			}
		}
	}
	return nil
}
