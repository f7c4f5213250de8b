package packager

import (
	"strings"
	"testing"
)

func TestValidAssetID(t *testing.T) {
	long := strings.Repeat("x", maxIDLength)
	f := func(id string, want bool) {
		t.Helper()
		if got := ValidAssetID(id); got != want {
			t.Errorf("%q: %v", id, got)
		}
	}
	f("a1", true)
	f("shop/a1", true)
	f(long+"/"+long, true)
	for _, id := range []string{
		"", "/", "/a1", "shop/", "shop//a1", "shop/a1/", "shop/a1/b", "../a1", "shop/..", "Shop/a1", "shop/A1", "-shop/a1",
		"shop/a1-", "shop%2fa1", "shop\\a1", "shop/a1\n", "shop /a1", long + "x/a1", "shop/" + long + "x",
	} {
		f(id, false)
	}
}

func TestAssetID_Parts(t *testing.T) {
	f := func(id AssetID, project, plain string) {
		t.Helper()
		if id.Project() != project || id.Plain() != plain {
			t.Errorf("%s: project %q, plain %q", id, id.Project(), id.Plain())
		}
	}
	f("a1", "", "a1")
	f("shop/a1", "shop", "a1")
}

// TestIndex_Project holds that an index names an asset of a project and no other id with a slash.
func TestIndex_Project(t *testing.T) {
	p := testPresentation()
	p.Asset = "shop/a1"
	got, err := ParseIndex(mustAppendIndex(t, p))
	if err != nil || got.Asset != p.Asset {
		t.Errorf("asset %q, %v", got.Asset, err)
	}
	for _, change := range []func(*Presentation){
		func(p *Presentation) { p.Asset = "shop/a1/b" },
		func(p *Presentation) { p.Grid.ID = "shop/g1" },
		func(p *Presentation) { p.Tracks[0].ID = "shop/v1" },
	} {
		p := testPresentation()
		change(p)
		if _, err := AppendIndex(nil, p); err == nil {
			t.Errorf("asset %s, grid %s, track %s: no error", p.Asset, p.Grid.ID, p.Tracks[0].ID)
		}
	}
}
