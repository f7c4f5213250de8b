// Command startbench measures on this machine what a large library costs a server, and prints each line of the budget
// beside what was measured:
//
//   - memory over the configured cache after the start, and after so many assets have been played;
//   - what following the change feed costs while nothing happens;
//   - the time from the start of the process to the first answer, and to the first segment of an asset that nobody has
//     asked for, with nothing of the data folder in the page cache where we may drop it; and how long bringing catalogue
//     and storage in step takes beside serving.
//
// It makes a data folder first: one asset that is ingested, and copies of it whose track files are hard links.
//
//	startbench [-binary bin/headwater] [-assets 100000] [-rounds 5] [-data DIR]
//
// DIR keeps the folder, some 2 GB in half a million files, for the next run; without it the folder is removed. Making it
// takes minutes, and so does playing all assets from a disk.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

func main() {
	b := bench{}
	flag.StringVar(&b.binary, "binary", "bin/headwater", "the headwater to measure")
	flag.IntVar(&b.assets, "assets", 100_000, "published assets")
	flag.IntVar(&b.rounds, "rounds", 5, "starts that are timed")
	flag.StringVar(&b.data, "data", "", "folder to keep the library in")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := b.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "startbench:", err)
		os.Exit(1)
	}
}

// Budgets: issue 3 for the start, DESIGN §6 for memory.
const (
	startBudget  = time.Second
	memoryBudget = 256 << 20 // over the configured cache
	cacheBytes   = 64 << 20
)

type bench struct {
	binary, data   string
	assets, rounds int
	library        *library
	next           int // number of the next asset that nobody has asked for
}

func (b *bench) run(ctx context.Context) (err error) {
	keep := b.data != ""
	if !keep {
		if b.data, err = os.MkdirTemp("", "headwater-startbench-"); err != nil {
			return err
		}
		defer os.RemoveAll(b.data)
	}
	b.library = &library{binary: b.binary, dir: filepath.Join(b.data, fmt.Sprintf("assets-%d", b.assets)), assets: b.assets}
	if err := b.prepare(ctx); err != nil {
		return err
	}
	// First memory, while the page cache holds what was just made: playing all assets from a disk takes long.
	if err := b.measureMemory(ctx); err != nil {
		return err
	}
	return b.measureStart(ctx)
}

// prepare makes the library, or takes the one that an earlier run has kept.
func (b *bench) prepare(ctx context.Context) error {
	complete := filepath.Join(b.library.dir, "film")
	if id, err := os.ReadFile(complete); err == nil {
		return b.library.reuse(string(id))
	}
	began := time.Now()
	fmt.Fprintf(os.Stderr, "making %d assets in %s\n", b.assets, b.library.dir)
	if err := os.RemoveAll(b.library.dir); err != nil {
		return err
	}
	if err := b.library.make(ctx); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "made in %s\n", time.Since(began).Round(time.Second))
	return os.WriteFile(complete, []byte(b.library.film.Asset), 0o600)
}

// line prints one line of the table.
func line(what, measured, budget string, met bool) {
	verdict := "met"
	if !met {
		verdict = "missed"
	}
	if budget == "" {
		budget, verdict = "-", ""
	}
	fmt.Printf("%-52s %14s   budget %-9s %s\n", what, measured, budget, verdict)
}
