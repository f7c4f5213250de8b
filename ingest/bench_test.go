package ingest_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/zap"

	"headwater/ingest"
	"headwater/ingest/catalog"
	"headwater/ingest/catalog/sqlite"
	"headwater/ingest/storage/local"
	"headwater/packager"
)

// BenchmarkPublisher_Deliver tells of one change, with a feed that is as long as it gets.
func BenchmarkPublisher_Deliver(b *testing.B) {
	dir := b.TempDir()
	store, err := local.Open(filepath.Join(dir, "objects"))
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	c, err := sqlite.Open(b.Context(), filepath.Join(dir, "catalog.db"), time.Now)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	p := ingest.NewPublisher(store, c, zap.NewNop())
	n := 0
	change := func() {
		n++
		id := packager.AssetID(fmt.Sprint("a", n))
		if _, err := c.CreateAsset(b.Context(), catalog.NewAsset{ID: id}, catalog.NewJob{ID: catalog.JobID(id)}); err != nil {
			b.Fatal(err)
		}
		if err := c.DeleteAsset(b.Context(), id); err != nil {
			b.Fatal(err)
		}
	}
	deliver := func() {
		if err := p.Deliver(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	for range ingest.FeedLength {
		change()
	}
	deliver()
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		change()
		b.StartTimer()
		deliver()
	}
}
