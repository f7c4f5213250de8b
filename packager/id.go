package packager

import "fmt"

// AssetID names a catalogue entry. Its grammar is that of [ValidID].
type AssetID string

// TrackID names one stored track file, for ever: an id is never reused and the bytes behind it never change. Its
// grammar is that of [ValidID].
type TrackID string

// GridID names one [Grid], for ever. Its grammar is that of [ValidID].
type GridID string

// maxIDLength bounds ids so that URLs, object keys and log lines stay short.
const maxIDLength = 64

// ValidID reports whether s may be an id: 1 to 64 of a-z, 0-9 and inner hyphens. Such a string is safe as an URL path
// element, an object key and a file name, and differs in more than letter case from every other id.
func ValidID(s string) bool {
	if len(s) == 0 || len(s) > maxIDLength || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

func validateID(kind, id string) error {
	if !ValidID(id) {
		return fmt.Errorf("%s id %q: want 1 to %d of a-z, 0-9 and inner hyphens", kind, id, maxIDLength)
	}
	return nil
}
