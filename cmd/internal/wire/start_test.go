package wire

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"headwater/cmd/internal/config"
	"headwater/ingest"
	"headwater/ingest/catalog"
	"headwater/ingest/storage/mem"
	"headwater/ingest/storage/storagetest"
	"headwater/packager"
	"headwater/packager/packagertest"
)

// countedStore is a store for a System that counts what is asked of it.
type countedStore struct{ storagetest.Counting }

func (*countedStore) Clean() error { return nil }
func (*countedStore) Close() error { return nil }

// TestStartReadsNothingOfTheLibrary counts what a server asks of storage until everything runs, and until an asset plays:
// the same for a small library and a large one, and no listing.
func TestStartReadsNothingOfTheLibrary(t *testing.T) {
	small, large := startCounts(t, 5), startCounts(t, 100)
	for i, when := range []string{"the start", "playing an asset"} {
		if !maps.Equal(small[i], large[i]) {
			t.Errorf("%s: 5 assets cost %v, 100 cost %v", when, small[i], large[i])
		}
	}
	// The documents are read before anybody is answered, and once more by the poller, which knows since when they hold.
	if want := map[storagetest.Op]int{storagetest.OpOpen: 3 + 1 + 3}; !maps.Equal(large[0], want) {
		t.Errorf("the start asks for %v, want the head of the feed and three documents, twice", large[0])
	}
	if lists := large[1][storagetest.OpList]; lists > 0 {
		t.Errorf("playing an asset lists %d times", lists)
	}
}

// startCounts serves a library of so many assets and counts the calls until the first poll and the first reconciliation
// have ended, and the calls for one manifest and one segment.
func startCounts(t *testing.T, assets int) (counts [2]map[storagetest.Op]int) {
	t.Helper()
	cfg := config.NewDefaultConfig()
	cfg.Data, cfg.Listen, cfg.Control = t.TempDir(), "127.0.0.1:0", "127.0.0.1:0"
	cfg.Origin.PollInterval = time.Hour
	store := &countedStore{storagetest.Counting{Store: &mem.Store{}}}
	s := newSystem(&cfg, "test", zap.NewNop(), store)
	film := publishAll(t, s, assets)
	store.Count()

	ctx, stop := context.WithCancel(t.Context())
	addresses := make(chan [2]net.Addr, 1)
	served := make(chan error, 1)
	go func() {
		served <- s.Serve(ctx, func(viewer, control net.Addr) { addresses <- [2]net.Addr{viewer, control} })
	}()
	at := <-addresses
	for !strings.Contains(fetch(t, at[1], "/metrics"), "headwater_table_outdates_total 1") || s.upkeep.stats().done == 0 {
		time.Sleep(time.Millisecond)
	}
	counts[0] = store.Count()
	base := "/v/" + string(film.Asset) + "/"
	fetch(t, at[0], base+"hls/master.m3u8")
	segment := packager.Resource{Kind: packager.MediaSegment, Track: film.Tracks[0].ID, TargetSeconds: 6, Number: 1}
	fetch(t, at[0], base+string(segment.AppendPath(nil)))
	counts[1] = store.Count()
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	return counts
}

// publishAll publishes assets of one track each and returns the last.
func publishAll(t *testing.T, s *System, assets int) (film *packager.Presentation) {
	t.Helper()
	err := s.withControlPlane(t.Context(), func(c *controlPlane) error {
		for i := range assets {
			film = filmOf(t, packager.AssetID(fmt.Sprint("a", i)))
			if err := publish(t.Context(), c, film); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return film
}

func filmOf(t *testing.T, id packager.AssetID) *packager.Presentation {
	g := packagertest.UniformGrid(1000, 2000, 3, 0)
	video := packager.VideoFormat{Width: 640, Height: 360, FrameRate: packager.FrameRate{Num: 25, Den: 1}}
	p := packagertest.New(t, g, packagertest.Video(g, "v1", "avc1.64001F", video, 1000, 100_000))
	p.Asset = id
	return p
}

func publish(ctx context.Context, c *controlPlane, p *packager.Presentation) error {
	index, err := packager.AppendIndex(nil, p)
	if err != nil {
		return err
	}
	track := &p.Tracks[0]
	if err := c.store.Put(ctx, ingest.TrackKey(p.Asset, track.ID), bytes.NewReader(trackFile(track)), track.SizeBytes); err != nil {
		return err
	}
	job := catalog.JobID(p.Asset)
	if _, err := c.catalog.CreateAsset(ctx, catalog.NewAsset{ID: p.Asset}, catalog.NewJob{ID: job}); err != nil {
		return err
	}
	return c.publisher.Publish(ctx, ingest.Publication{Job: job, Presentation: p, Index: index, Final: true})
}

// trackFile returns bytes with the boxes of fragments where t has them.
func trackFile(t *packager.Track) []byte {
	file := make([]byte, t.SizeBytes)
	for _, f := range t.Fragments {
		moof := file[f.Offset:]
		binary.BigEndian.PutUint32(moof, f.MoofSizeBytes)
		copy(moof[4:], "moof")
		copy(moof[f.MoofSizeBytes+4:], "mdat")
	}
	return file
}

// fetch gets a path from a listener, which must have it.
func fetch(t *testing.T, at net.Addr, path string) string {
	t.Helper()
	response, err := http.Get("http://" + at.String() + path)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", path, response.Status, err)
	}
	return string(body)
}
