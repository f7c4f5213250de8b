package wire

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"headwater/cache/disk"
	"headwater/origin"
	"headwater/packager"
)

// remote is a source with a file of random bytes for each track of each asset, which counts reads.
type remote struct {
	reads int
	fail  error
}

func (r *remote) ReadAt(_ context.Context, f origin.File, dst []byte, offset int64) error {
	r.reads++
	if r.fail != nil {
		return r.fail
	}
	copy(dst, remoteFile(f)[offset:])
	return nil
}

func remoteFile(f origin.File) []byte {
	random := rand.New(rand.NewPCG(uint64(len(f.Asset)), uint64(len(f.Track))))
	file := make([]byte, f.SizeBytes)
	for i := range file {
		file[i] = byte(random.Uint32())
	}
	return file
}

// tiered is a source over remote with a tier in folder that has looked at what is there.
func tiered(t *testing.T, folder string, r *remote) tieredSource {
	t.Helper()
	cfg := disk.NewDefaultConfig()
	cfg.Folder, cfg.MaxBytes = folder, 8<<20
	tier, err := disk.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for !tier.Stats().Indexed { // until then nothing is written
		time.Sleep(time.Millisecond)
	}
	return tieredSource{r, tier}
}

// expectRead reads a range and compares it, and the number of reads that reached remote.
func expectRead(t *testing.T, s tieredSource, f origin.File, offset int64, size, wantReads int) {
	t.Helper()
	dst := make([]byte, size)
	if err := s.ReadAt(t.Context(), f, dst, offset); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(dst, remoteFile(f)[offset:][:size]) {
		t.Errorf("%s/%s %d+%d: other bytes", f.Asset, f.Track, offset, size)
	}
	if reads := s.Source.(*remote).reads; reads != wantReads {
		t.Errorf("%s/%s %d+%d: %d reads reached storage, want %d", f.Asset, f.Track, offset, size, reads, wantReads)
	}
}

// closeTier writes what is queued.
func closeTier(t *testing.T, s tieredSource) {
	t.Helper()
	if err := s.tier.Close(); err != nil {
		t.Fatal(err)
	}
}

var tieredFile = origin.File{Asset: "film", Track: "v1", SizeBytes: 200_000}

func TestTieredSource_SecondReadIsLocal(t *testing.T) {
	r, folder := &remote{}, t.TempDir()
	s := tiered(t, folder, r)
	expectRead(t, s, tieredFile, 1000, 50_000, 1)
	closeTier(t, s)
	s = tiered(t, folder, r)
	defer closeTier(t, s)
	expectRead(t, s, tieredFile, 1000, 50_000, 1)
	if stats := s.tier.Stats(); stats.Hits != 1 {
		t.Errorf("stats %+v", stats)
	}
}

// TestTieredSource_KeysAreApart reads what differs in one part of its name only.
func TestTieredSource_KeysAreApart(t *testing.T) {
	r, folder := &remote{}, t.TempDir()
	type read struct {
		asset  packager.AssetID
		track  packager.TrackID
		offset int64
		size   int
	}
	reads := []read{
		{"film", "v1", 1, 1000}, {"films", "v1", 1, 1000}, {"film", "v12", 1, 1000},
		{"film", "v1", 11, 1000}, {"film", "v1", 1, 11000}, {"film", "v1", 1, 100}, {"film", "v1", 0, 1},
	}
	want := 0
	for range 2 { // the second time from the tier
		s := tiered(t, folder, r)
		for i, c := range reads {
			want = max(want, i+1)
			expectRead(t, s, origin.File{Asset: c.asset, Track: c.track, SizeBytes: 20_000}, c.offset, c.size, want)
		}
		closeTier(t, s)
	}
}

// TestTieredSource_DamageHeals damages every copy on the disk: the bytes come from storage and are kept again.
func TestTieredSource_DamageHeals(t *testing.T) {
	r, folder := &remote{}, t.TempDir()
	s := tiered(t, folder, r)
	expectRead(t, s, tieredFile, 0, 100_000, 1)
	closeTier(t, s)
	copies, err := filepath.Glob(filepath.Join(folder, "??", "*"))
	if err != nil || len(copies) != 1 {
		t.Fatalf("%v, %v", copies, err)
	}
	content, err := os.ReadFile(copies[0])
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)/2] ^= 1
	if err := os.WriteFile(copies[0], content, 0o600); err != nil {
		t.Fatal(err)
	}
	s = tiered(t, folder, r)
	expectRead(t, s, tieredFile, 0, 100_000, 2)
	if stats := s.tier.Stats(); stats.Damaged != 1 {
		t.Errorf("stats %+v", stats)
	}
	closeTier(t, s)
	s = tiered(t, folder, r)
	defer closeTier(t, s)
	expectRead(t, s, tieredFile, 0, 100_000, 2)
}

// TestTieredSource_FailureIsNotKept: an error goes to who asked, and the next one asks storage again.
func TestTieredSource_FailureIsNotKept(t *testing.T) {
	r, folder := &remote{fail: origin.ErrUnavailable}, t.TempDir()
	s := tiered(t, folder, r)
	if err := s.ReadAt(t.Context(), tieredFile, make([]byte, 1000), 0); !errors.Is(err, origin.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	closeTier(t, s)
	s = tiered(t, folder, r)
	defer closeTier(t, s)
	r.fail = nil
	expectRead(t, s, tieredFile, 0, 1000, 2)
}

// BenchmarkTieredSource_Hit reads a small segment from the tier.
func BenchmarkTieredSource_Hit(b *testing.B) {
	cfg := disk.NewDefaultConfig()
	cfg.Folder = b.TempDir()
	tier, err := disk.Open(cfg)
	if err != nil {
		b.Fatal(err)
	}
	defer tier.Close()
	s := tieredSource{&remote{}, tier}
	dst := make([]byte, 100_000)
	for tier.Stats().Written == 0 {
		if err := s.ReadAt(b.Context(), tieredFile, dst, 0); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(dst)))
	b.ReportAllocs()
	for b.Loop() {
		if err := s.ReadAt(b.Context(), tieredFile, dst, 0); err != nil {
			b.Fatal(err)
		}
	}
}
