package sqlite_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"headwater/ingest/catalog"
	"headwater/ingest/catalog/catalogtest"
	"headwater/ingest/catalog/sqlite"
	"headwater/packager"
)

func TestCatalog(t *testing.T) {
	catalogtest.Run(t, func(t *testing.T, now func() time.Time) catalogtest.Database {
		path := filepath.Join(t.TempDir(), "odd name%20?#.db")
		return func(t *testing.T) catalog.Catalog { return open(t, path, now) }
	})
}

func open(t *testing.T, path string, now func() time.Time) *sqlite.Catalog {
	t.Helper()
	c, err := sqlite.Open(t.Context(), path, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// TestOpenAtOnce lets several processes make and migrate one file.
func TestOpenAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			c, err := sqlite.Open(context.Background(), path, time.Now)
			if err != nil {
				t.Error(err)
				return
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestOpenRefuses(t *testing.T) {
	f := func(name, want string, prepare func(path string) error) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "catalog.db")
		if err := prepare(path); err != nil {
			t.Fatal(err)
		}
		c, err := sqlite.Open(t.Context(), path, time.Now)
		if err == nil {
			c.Close()
			t.Errorf("%s: no error", name)
		} else if !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v, want the path and %q", name, err, want)
		}
	}
	f("another file", "not a database", func(path string) error {
		return os.WriteFile(path, []byte(strings.Repeat("no database ", 1000)), 0o600)
	})
	f("a folder", "unable to open", func(path string) error { return os.Mkdir(path, 0o700) })
	f("a newer schema", "newer than this program", func(path string) error {
		if err := open(t, path, time.Now).Close(); err != nil {
			return err
		}
		db, err := sql.Open("sqlite", path)
		if err != nil {
			return err
		}
		defer db.Close()
		_, err = db.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)")
		return err
	})
}

func TestSettings(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	c := open(t, path, time.Now)
	for name, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
		for pool, db := range c.Pools() {
			var got string
			if err := db.QueryRow("PRAGMA " + name).Scan(&got); err != nil || got != want {
				t.Errorf("%s of %s: %q, %v, want %q", name, pool, got, err, want)
			}
		}
	}
	if _, err := c.Pools()["read"].Exec("DELETE FROM assets"); err == nil {
		t.Error("the reading pool writes")
	}
}

// killFile, in the environment, makes the test binary the process that is killed.
const killFile = "CATALOG_KILL_FILE"

func TestMain(m *testing.M) {
	if path := os.Getenv(killFile); path != "" {
		publishUntilKilled(path)
	}
	os.Exit(m.Run())
}

// publishUntilKilled publishes assets and prints the number of each change when it is stored.
func publishUntilKilled(path string) {
	ctx := context.Background()
	c, err := sqlite.Open(ctx, path, time.Now)
	for err == nil {
		id := fmt.Sprintf("a-%d", time.Now().UnixNano())
		asset, job := packager.AssetID(id), catalog.JobID(id)
		if _, err = c.CreateAsset(ctx, catalog.NewAsset{ID: asset}, catalog.NewJob{ID: job}); err != nil {
			break
		}
		var change catalog.Change
		publication := catalog.Publication{Asset: asset, Job: job, Generation: catalogtest.Generation(asset, 1), Final: true}
		if change, err = c.Publish(ctx, publication); err == nil {
			fmt.Println(change.Seq)
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// TestKill kills one of two publishing processes at random instants: every change that was acknowledged is there, and
// the numbers have no gap.
func TestKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	for round := range 5 {
		var acknowledged [2]uint64
		var wg sync.WaitGroup
		for i := range acknowledged {
			wg.Go(func() { acknowledged[i] = killOnce(t, path) })
		}
		wg.Wait()
		changes, err := open(t, path, time.Now).Pending(t.Context(), catalog.MaxPage)
		if err != nil {
			t.Fatal(err)
		}
		if len(changes) < int(max(acknowledged[0], acknowledged[1])) {
			t.Errorf("round %d: %d changes, %v were acknowledged", round, len(changes), acknowledged)
		}
		for i, c := range changes {
			if c.Seq != catalog.Seq(i+1) {
				t.Fatalf("round %d: change %d is number %d", round, i+1, c.Seq)
			}
		}
	}
}

func killOnce(t *testing.T, path string) (acknowledged uint64) {
	writer := exec.Command(os.Args[0])
	writer.Env = append(os.Environ(), killFile+"="+path)
	writer.Stderr = os.Stderr
	out, err := writer.StdoutPipe()
	if err == nil {
		err = writer.Start()
	}
	if err != nil {
		t.Error(err)
		return 0
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if acknowledged == 0 {
			time.AfterFunc(rand.N(60*time.Millisecond), func() { writer.Process.Kill() })
		}
		if _, err := fmt.Sscan(lines.Text(), &acknowledged); err != nil {
			t.Error(err)
		}
	}
	writer.Wait()
	return acknowledged
}

func BenchmarkCatalog_Publish(b *testing.B) {
	c, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "catalog.db"), time.Now)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	if _, err := c.CreateAsset(b.Context(), catalog.NewAsset{ID: "a"}, catalog.NewJob{ID: "a"}); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for number := uint32(1); b.Loop(); number++ {
		p := catalog.Publication{Asset: "a", Job: "a", Generation: catalogtest.Generation("a", number)}
		if _, err := c.Publish(b.Context(), p); err != nil {
			b.Fatal(err)
		}
	}
}
