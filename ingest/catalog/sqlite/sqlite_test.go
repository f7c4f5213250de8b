package sqlite_test

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"errors"
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
	f := func(name, want string, kind error, prepare func(path string) error) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "catalog.db")
		if err := prepare(path); err != nil {
			t.Fatal(err)
		}
		c, err := sqlite.Open(t.Context(), path, time.Now)
		if err == nil {
			c.Close()
			t.Errorf("%s: no error", name)
		} else if !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) || kind != nil && !errors.Is(err, kind) {
			t.Errorf("%s: error %v, want the path, %q and %v", name, err, want, kind)
		}
	}
	f("another file", "not a database", catalog.ErrDamaged, func(path string) error {
		return os.WriteFile(path, []byte(strings.Repeat("no database ", 1000)), 0o600)
	})
	f("a folder", "is a directory", nil, func(path string) error { return os.Mkdir(path, 0o700) })
	f("a newer schema", "newer than this program", nil, func(path string) error {
		if err := open(t, path, time.Now).Close(); err != nil {
			return err
		}
		_, err := raw(t, path).Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)")
		return err
	})
}

// TestOpenEarlier opens a catalogue of the first schema: its assets are published, its changes still to be delivered.
func TestOpenEarlier(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	db := raw(t, path)
	if err := sqlite.MigrateTo(t.Context(), db, 1); err != nil {
		t.Fatal(err)
	}
	_, err := db.Exec("INSERT INTO assets (id, name, state, generation, created_ms, updated_ms) VALUES ('a1', 'film', 'ready', 1, 1, 2);" +
		"INSERT INTO changes (seq, kind, asset, generation, at_ms) VALUES (1, 'publish', 'a1', 1, 2); UPDATE feed SET last_seq = 1")
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	c := open(t, path, time.Now)
	a, err := c.Asset(t.Context(), "a1")
	if err != nil || a.Visibility != catalog.Published || !a.PublishAt.IsZero() || !a.ExpireAt.IsZero() || a.Policy != "" {
		t.Errorf("asset %+v, %v", a, err)
	}
	if _, err := c.PutDocument(t.Context(), "rules", 0, nil); err != nil {
		t.Error(err)
	}
	changes, err := c.Pending(t.Context(), catalog.MaxPage)
	if err != nil || len(changes) != 2 || changes[0].Asset != "a1" || changes[1].Seq != 2 || changes[1].Document != "rules" {
		t.Errorf("changes %+v, %v", changes, err)
	}
}

// raw opens the file past the catalogue.
func raw(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	return db
}

// TestDamagedPages overwrites the tables: what needs them says so, by its kind.
func TestDamagedPages(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	if err := open(t, path, time.Now).Close(); err != nil {
		t.Fatal(err)
	}
	overwrite(t, path, "assets")
	c := open(t, path, time.Now)
	f := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, catalog.ErrDamaged) {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err := c.Asset(t.Context(), "a")
	f("asset", err)
	_, err = c.Unpurged(t.Context())
	f("unpurged", err)
	_, err = c.CreateAsset(t.Context(), catalog.NewAsset{ID: "a"}, catalog.NewJob{ID: "a"})
	f("create asset", err)
	f("mark purged", c.MarkPurged(t.Context(), "a"))
}

// overwrite overwrites the first page of a table and those of its indexes.
func overwrite(t *testing.T, path, table string) {
	t.Helper()
	db := raw(t, path)
	const places = "SELECT (rootpage - 1) * page_size, page_size FROM sqlite_schema, pragma_page_size WHERE tbl_name = ?"
	rows, err := db.Query(places, table)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var offset, sizeBytes int64
		err := rows.Scan(&offset, &sizeBytes)
		if err == nil {
			_, err = file.WriteAt(bytes.Repeat([]byte{0xff}, int(sizeBytes)), offset)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(rows.Err(), rows.Close(), file.Close(), db.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestLockedFile opens a catalogue that another process has for itself: waiting heeds the context.
func TestLockedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	if err := open(t, path, time.Now).Close(); err != nil {
		t.Fatal(err)
	}
	db := raw(t, path)
	if _, err := db.Exec("PRAGMA locking_mode = EXCLUSIVE; CREATE TABLE mine (x)"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := sqlite.Open(ctx, path, time.Now); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, path, time.Now)
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

// publishUntilKilled publishes assets, puts a document of its own for each and prints the number of each change when it
// is stored.
func publishUntilKilled(path string) {
	ctx := context.Background()
	c, err := sqlite.Open(ctx, path, time.Now)
	for revision := uint64(0); err == nil; revision++ {
		id := fmt.Sprintf("a-%d", time.Now().UnixNano())
		asset, job := packager.AssetID(id), catalog.JobID(id)
		if _, err = c.CreateAsset(ctx, catalog.NewAsset{ID: asset}, catalog.NewJob{ID: job}); err != nil {
			break
		}
		var change catalog.Change
		publication := catalog.Publication{Asset: asset, Job: job, Generation: catalogtest.Generation(asset, 1), Final: true}
		if change, err = c.Publish(ctx, publication); err != nil {
			break
		}
		fmt.Println(change.Seq)
		if change, err = c.PutDocument(ctx, fmt.Sprint("of-", os.Getpid()), revision, []byte(id)); err == nil {
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
