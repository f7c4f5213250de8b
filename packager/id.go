package packager

import (
	"fmt"
	"strings"
)

// AssetID names a catalogue entry: "id" in the default project, "project/id" in any other. Its grammar is that of
// [ValidAssetID]. URLs hold the plain part, because their host selects the project.
type AssetID string

// Project returns the project that the asset belongs to, "" for the default one.
func (a AssetID) Project() string {
	project, _, found := strings.Cut(string(a), "/")
	if !found {
		return ""
	}
	return project
}

// Plain returns the part of a that names the asset within its project, as URLs do.
func (a AssetID) Plain() string { return string(a[strings.IndexByte(string(a), '/')+1:]) }

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

// ValidAssetID reports whether s may be an [AssetID]: an id as [ValidID] has it, or two joined by a slash, of which the
// first names a project.
func ValidAssetID(s string) bool {
	project, id, found := strings.Cut(s, "/")
	return ValidID(project) && (!found || ValidID(id))
}

func validateAssetID(id AssetID) error {
	if !ValidAssetID(string(id)) {
		return fmt.Errorf("asset id %q: want 1 to %d of a-z, 0-9 and inner hyphens, or a project of such letters, '/' and an id",
			id, maxIDLength)
	}
	return nil
}

func validateID(kind, id string) error {
	if !ValidID(id) {
		return fmt.Errorf("%s id %q: want 1 to %d of a-z, 0-9 and inner hyphens", kind, id, maxIDLength)
	}
	return nil
}
