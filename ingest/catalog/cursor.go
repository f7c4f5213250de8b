package catalog

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"headwater/packager"
)

// Cursor is a place in the listing of assets. It stays valid when the asset that it came from is gone.
type Cursor struct {
	createdMillis int64
	id            packager.AssetID
}

// ErrInvalidCursor says that a text is not one that [Cursor.String] wrote.
var ErrInvalidCursor = errors.New("invalid cursor: want one that a listing returned")

// Cursor returns the place just after a in the listing.
func (a Asset) Cursor() Cursor { return Cursor{a.CreatedAt.UnixMilli(), a.ID} }

// IsZero reports whether c is the beginning of the listing.
func (c Cursor) IsZero() bool { return c == Cursor{} }

// Position returns what c is made of, for backends: the time of creation in milliseconds since 1970 and the id of the
// last asset listed.
func (c Cursor) Position() (createdMillis int64, id packager.AssetID) { return c.createdMillis, c.id }

// String returns c as an opaque text that is safe in an URL; empty for the beginning.
func (c Cursor) String() string {
	if c.IsZero() {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d/%s", c.createdMillis, c.id))
}

// ParseCursor reads what [Cursor.String] wrote, and nothing else. Safe for bytes from outside. The error is
// [ErrInvalidCursor].
func ParseCursor(text string) (Cursor, error) {
	if text == "" {
		return Cursor{}, nil
	}
	decoded, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return Cursor{}, ErrInvalidCursor
	}
	millis, id, _ := strings.Cut(string(decoded), "/")
	created, err := strconv.ParseInt(millis, 10, 64)
	c := Cursor{created, packager.AssetID(id)}
	if err != nil || !packager.ValidAssetID(id) || c.String() != text {
		return Cursor{}, ErrInvalidCursor
	}
	return c, nil
}
