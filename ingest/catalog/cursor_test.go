package catalog_test

import (
	"errors"
	"testing"
	"time"

	"headwater/ingest/catalog"
)

// FuzzParseCursor holds that an accepted cursor is in the one form that is written.
func FuzzParseCursor(f *testing.F) {
	a := catalog.Asset{ID: "a1-b", CreatedAt: time.UnixMilli(1_795_000_000_123)}
	inProject := catalog.Asset{ID: "shop/a1", CreatedAt: a.CreatedAt}
	for _, text := range []string{"", a.Cursor().String(), inProject.Cursor().String(), "MS9h", "MDEvYQ", "KzEvYQ", "MS9B", "////", "MQ", "MS9h=="} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := catalog.ParseCursor(text)
		if err != nil && !errors.Is(err, catalog.ErrInvalidCursor) {
			t.Errorf("error %v", err)
		}
		if err == nil && c.String() != text {
			t.Errorf("%q read as %q", text, c)
		}
	})
}

func TestCursor(t *testing.T) {
	a := catalog.Asset{ID: "a1", CreatedAt: time.UnixMilli(1_795_000_000_123).UTC()}
	c, err := catalog.ParseCursor(a.Cursor().String())
	if err != nil || c != a.Cursor() || c.IsZero() {
		t.Errorf("%v, %v", c, err)
	}
	if millis, id := c.Position(); millis != 1_795_000_000_123 || id != "a1" {
		t.Errorf("position %d, %s", millis, id)
	}
}
