package origin

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"headwater/packager"
)

// fileSite is a site that sends from the files of a folder, over TCP.
type fileSite struct {
	*site
	film   *film
	folder disk
	stop   func() // ends Handler.Run and waits for it
}

func serveFiles(t *testing.T, f *film, change func(*Config)) *fileSite {
	t.Helper()
	return serveFilesOf(t, f, change, func(folder disk) Source { return folder })
}

func serveFilesOf(t *testing.T, f *film, change func(*Config), source func(disk) Source) *fileSite {
	t.Helper()
	// The collector would close files that nobody has closed.
	percent := debug.SetGCPercent(-1)
	t.Cleanup(func() { debug.SetGCPercent(percent) })
	folder := writeDisk(t, f)
	cfg := testConfig()
	if change != nil {
		change(&cfg)
	}
	u := newSetup(cfg)
	u.listen = listenTCP
	s := &fileSite{site: u.serve(t, newStorage(f), source(folder)), film: f, folder: folder}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { s.handler.Run(ctx) })
	s.stop = func() {
		cancel()
		running.Wait()
	}
	t.Cleanup(s.stop)
	return s
}

func (s *fileSite) path(track packager.TrackID) string {
	return filepath.Join(string(s.folder), string(track)+".mp4")
}

// descriptors counts the descriptors of this process that are of files in the folder, deleted ones among them.
func (s *fileSite) descriptors() (n int) {
	s.tb.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		s.tb.Fatal(err)
	}
	for _, entry := range entries {
		target, err := os.Readlink("/proc/self/fd/" + entry.Name())
		if err == nil && strings.HasPrefix(target, string(s.folder)) {
			n++
		}
	}
	return n
}

// awaitDescriptors waits until so many are open: a response lets go of its file after the client has its last byte.
func (s *fileSite) awaitDescriptors(want int) {
	s.tb.Helper()
	for deadline := time.Now().Add(10 * time.Second); s.descriptors() != want; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			s.tb.Fatalf("%d descriptors, want %d", s.descriptors(), want)
		}
	}
}

// doubt makes the files that are open be looked at again, as if confirmEvery had passed.
func (s *fileSite) doubt() {
	files := s.handler.files
	files.mu.RLock()
	defer files.mu.RUnlock()
	for _, item := range files.open.ring {
		item.value.confirm.Store(0)
	}
}

func segmentOf(track packager.TrackID, number int) string {
	return fmt.Sprintf("/v/film/cmaf1/%s/6s1/%d.m4s", track, number)
}

func TestTrackFiles_OneDescriptorForAll(t *testing.T) {
	s := serveFiles(t, newFilm(t, "film", 1, ""), nil)
	var viewers sync.WaitGroup
	for i := range 40 {
		viewers.Go(func() {
			number := 1 + i%2
			if r := s.do("GET", segmentOf("v720", number)); r.StatusCode != 200 || !bytes.Equal(r.body, s.film.segment("v720", number)) {
				t.Errorf("%s, %d bytes", r.Status, len(r.body))
			}
		})
	}
	viewers.Wait()
	s.awaitDescriptors(1)
	if stats := s.handler.Stats(); stats.Files != 1 || stats.Alerts != 0 {
		t.Errorf("stats %+v", stats)
	}
	s.stop()
	s.awaitDescriptors(0)
}

// meetingDisk lets so many calls of Open meet before any returns.
type meetingDisk struct {
	disk
	all sync.WaitGroup
}

func (d *meetingDisk) Open(ctx context.Context, f File) (*os.File, error) {
	file, err := d.disk.Open(ctx, f)
	d.all.Done()
	d.all.Wait()
	return file, err
}

// TestTrackFiles_OpenedByMany has requests open the same file at the same time: one descriptor stays.
func TestTrackFiles_OpenedByMany(t *testing.T) {
	f := newFilm(t, "film", 1, "")
	s := serveFilesOf(t, f, nil, func(folder disk) Source {
		d := &meetingDisk{disk: folder}
		d.all.Add(5)
		return d
	})
	s.do("HEAD", segmentPath)
	var viewers sync.WaitGroup
	for range 5 {
		viewers.Go(func() {
			if r := s.do("GET", segmentPath); r.StatusCode != 200 || !bytes.Equal(r.body, f.segment("v720", 1)) {
				t.Errorf("%s, %d bytes", r.Status, len(r.body))
			}
		})
	}
	viewers.Wait()
	s.awaitDescriptors(1)
}

// TestTrackFiles_EachFragmentIsChecked damages the second segment of an open file, where only the first has been sent.
func TestTrackFiles_EachFragmentIsChecked(t *testing.T) {
	f := newFilm(t, "film", 1, "")
	s := serveFiles(t, f, nil)
	file, err := os.OpenFile(s.path("v720"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	last := f.Track("v720").Fragments[len(f.Track("v720").Fragments)-1]
	if _, err := file.WriteAt([]byte("free"), last.Offset+4); err != nil {
		t.Fatal(err)
	}
	for number, want := range map[int]int{1: 200, 2: 500} {
		for range 2 {
			if r := s.do("GET", segmentOf("v720", number)); r.StatusCode != want {
				t.Errorf("segment %d: %s", number, r.Status)
			}
		}
	}
	s.awaitDescriptors(2) // the test's own is one
}

// TestTrackFiles_AfterTheEnd has a response begin when the files were closed already: it gets its own.
func TestTrackFiles_AfterTheEnd(t *testing.T) {
	s := serveFiles(t, newFilm(t, "film", 1, ""), nil)
	s.stop()
	for range 2 {
		if r := s.do("GET", segmentPath); r.StatusCode != 200 || !bytes.Equal(r.body, s.film.segment("v720", 1)) {
			t.Errorf("%s, %d bytes", r.Status, len(r.body))
		}
		s.awaitDescriptors(0)
	}
}

// TestTrackFiles_ChangedBetweenRequests does to an open file what happens to files.
func TestTrackFiles_ChangedBetweenRequests(t *testing.T) {
	f := newFilm(t, "film", 1, "")
	content := f.files["v720"]
	other := bytes.Clone(content)
	other[f.Track("v720").Fragments[0].Offset+50] ^= 0xff // not in a header of a box
	replace := func(with []byte) func(path string) error {
		return func(path string) error {
			if err := os.WriteFile(path+".new", with, 0o600); err != nil {
				return err
			}
			return os.Rename(path+".new", path)
		}
	}
	rewrite := func(with []byte) func(path string) error {
		return func(path string) error { return os.WriteFile(path, with, 0o600) }
	}
	past := time.Now().Add(-time.Hour) // so that a change shows in the time of modification
	for name, c := range map[string]struct {
		change    func(path string) error
		want      []byte // nil for 500 with an alert
		wantFiles int
	}{
		"nothing":             {func(string) error { return nil }, content, 1},
		"deleted":             {os.Remove, nil, 0},
		"replaced, same":      {replace(content), content, 1},
		"replaced, other":     {replace(other), other, 1},
		"replaced, shorter":   {replace(content[:len(content)-1]), nil, 0},
		"replaced, longer":    {replace(append(bytes.Clone(content), 0)), nil, 0},
		"replaced, no boxes":  {replace(make([]byte, len(content))), nil, 1},
		"rewritten, same":     {rewrite(content), content, 1},
		"rewritten, no boxes": {rewrite(make([]byte, len(content))), nil, 1},
		"cut":                 {func(path string) error { return os.Truncate(path, int64(len(content)-1)) }, nil, 0},
		"cut, time kept": {func(path string) error {
			return errors.Join(os.Truncate(path, int64(len(content)-1)), os.Chtimes(path, past, past))
		}, nil, 0},
		"emptied": {func(path string) error { return os.Truncate(path, 0) }, nil, 0},
		"grown":   {func(path string) error { return os.Truncate(path, int64(len(content)+1)) }, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := serveFiles(t, f, nil)
			if r := s.do("GET", segmentPath); r.StatusCode != 200 {
				t.Fatal(r.Status)
			}
			if err := os.Chtimes(s.path("v720"), past, past); err != nil {
				t.Fatal(err)
			}
			s.doubt()
			s.do("GET", segmentPath)
			if err := c.change(s.path("v720")); err != nil {
				t.Fatal(err)
			}
			s.doubt()
			r := s.do("GET", segmentPath)
			if c.want == nil {
				if r.StatusCode != 500 || s.last().ErrKind != "corrupt" || s.handler.Stats().Alerts != 1 {
					t.Errorf("%s, record %+v, stats %+v", r.Status, s.last(), s.handler.Stats())
				}
			} else if extent := f.Track("v720").Fragments[0].Offset; r.StatusCode != 200 || !bytes.Equal(r.body, c.want[extent:][:len(r.body)]) ||
				len(r.body) != len(f.segment("v720", 1)) {
				t.Errorf("%s, %d bytes", r.Status, len(r.body))
			}
			s.awaitDescriptors(c.wantFiles)
			if err := replace(content)(s.path("v720")); err != nil { // somebody mends it
				t.Fatal(err)
			}
			s.doubt()
			if r := s.do("GET", segmentPath); r.StatusCode != 200 || !bytes.Equal(r.body, f.segment("v720", 1)) {
				t.Errorf("mended: %s, %v", r.Status, s.last().Err)
			}
			s.awaitDescriptors(1)
		})
	}
}

// download is a response that is read in two parts.
type download struct {
	conn net.Conn
	body io.ReadCloser
	got  []byte
}

// begin asks for a path and reads so many bytes of the body.
func (s *site) begin(path string, sizeBytes int, headers ...string) *download {
	s.tb.Helper()
	conn, err := s.dial()
	if err != nil {
		s.tb.Fatal(err)
	}
	s.tb.Cleanup(func() { conn.Close() })
	if _, err := conn.Write(request(path, headers...)); err != nil {
		s.tb.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReaderSize(conn, 16), nil)
	if err != nil || response.StatusCode >= 300 {
		s.tb.Fatalf("%s: %v, %v", path, response, err)
	}
	d := &download{conn: conn, body: response.Body, got: make([]byte, sizeBytes)}
	if _, err := io.ReadFull(d.body, d.got); err != nil {
		s.tb.Fatal(err)
	}
	return d
}

// rest reads what else comes.
func (d *download) rest() ([]byte, error) {
	rest, err := io.ReadAll(d.body)
	d.conn.Close()
	return append(d.got, rest...), err
}

// TestTrackFiles_CutWhileSending truncates a file under a response: its viewer gets less than promised, the next one is
// told at once.
func TestTrackFiles_CutWhileSending(t *testing.T) {
	f := largeFilm(t)
	s := serveFiles(t, f, nil)
	d := s.begin(segmentPath, 1000)
	whole := f.segment("v720", 1)
	extent := f.Track("v720").Fragments[0].Offset
	if err := os.Truncate(s.path("v720"), extent+int64(len(whole))-1); err != nil {
		t.Fatal(err)
	}
	if got, err := d.rest(); err != io.ErrUnexpectedEOF || !bytes.Equal(got, whole[:len(whole)-1]) {
		t.Errorf("%d of %d bytes, %v", len(got), len(whole), err)
	}
	s.awaitDescriptors(1)
	if stats := s.handler.Stats(); stats.Alerts != 1 {
		t.Errorf("%d alerts", stats.Alerts)
	}
	if r := s.do("GET", segmentPath); r.StatusCode != 500 || s.last().ErrKind != "corrupt" {
		t.Errorf("then %s (%v)", r.Status, s.last().Err)
	}
	s.awaitDescriptors(0)
	if err := os.WriteFile(s.path("v720"), f.files["v720"], 0o600); err != nil {
		t.Fatal(err)
	}
	if r := s.do("GET", segmentPath); r.StatusCode != 200 || !bytes.Equal(r.body, whole) {
		t.Errorf("mended: %s, %d bytes", r.Status, len(r.body))
	}
}

// TestTrackFiles_DeletedWhileSending: who has begun gets all of it.
func TestTrackFiles_DeletedWhileSending(t *testing.T) {
	f := largeFilm(t)
	s := serveFiles(t, f, nil)
	d := s.begin(segmentPath, 1000)
	if err := os.Remove(s.path("v720")); err != nil {
		t.Fatal(err)
	}
	s.doubt()
	if r := s.do("GET", segmentPath); r.StatusCode != 500 {
		t.Errorf("meanwhile %s", r.Status)
	}
	if got, err := d.rest(); err != nil || !bytes.Equal(got, f.segment("v720", 1)) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	s.awaitDescriptors(0)
}

// TestTrackFiles_LimitWhileSending has more files asked for than may be open, all of them with slow viewers: each goes on
// from the file that it began with.
func TestTrackFiles_LimitWhileSending(t *testing.T) {
	f := largeFilm(t)
	s := serveFiles(t, f, func(c *Config) { c.MaxOpenFiles = 1 })
	var downloads []*download
	for i := range f.Tracks {
		downloads = append(downloads, s.begin(segmentOf(f.Tracks[i].ID, 1), 1000))
	}
	if open := s.handler.Stats().Files; open != 1 {
		t.Errorf("%d files are held", open)
	}
	s.awaitDescriptors(len(f.Tracks))
	var others sync.WaitGroup // who make files come and go meanwhile
	for i := range 20 {
		others.Go(func() {
			track := f.Tracks[i%len(f.Tracks)].ID
			if r := s.do("GET", segmentOf(track, 2), "Range: bytes=-1000"); !bytes.HasSuffix(f.segment(track, 2), r.body) || r.StatusCode != 206 {
				t.Errorf("%s: %s", track, r.Status)
			}
		})
	}
	for i, d := range downloads {
		track := f.Tracks[i].ID
		if got, err := d.rest(); err != nil || !bytes.Equal(got, f.segment(track, 1)) {
			t.Errorf("%s: %d bytes, %v", track, len(got), err)
		}
	}
	others.Wait()
	s.awaitDescriptors(1)
}

func TestTrackFiles_Sweep(t *testing.T) {
	f := largeFilm(t)
	s := serveFiles(t, f, nil)
	d := s.begin(segmentPath, 1000)
	for _, track := range []packager.TrackID{"v720", "v360", "a-en"} {
		for range 2 {
			s.do("GET", segmentOf(track, 1), "Range: bytes=0-9")
		}
	}
	if err := os.Remove(s.path("a-en")); err != nil {
		t.Fatal(err)
	}
	s.handler.files.sweep() // all were used, one has lost its name
	s.awaitDescriptors(2)
	s.do("GET", segmentOf("v360", 1), "Range: bytes=0-9")
	s.handler.files.sweep() // the one being sent was not asked for again
	if open := s.handler.Stats().Files; open != 1 {
		t.Errorf("%d files are held", open)
	}
	s.awaitDescriptors(2)
	if got, err := d.rest(); err != nil || !bytes.Equal(got, f.segment("v720", 1)) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	s.awaitDescriptors(1)
	s.handler.files.sweep()
	s.awaitDescriptors(0)
}

// TestTrackFiles_ViewersLeave has viewers close in the middle of the body.
func TestTrackFiles_ViewersLeave(t *testing.T) {
	f := largeFilm(t)
	s := serveFiles(t, f, nil)
	for i := range f.Tracks {
		s.begin(segmentOf(f.Tracks[i].ID, 1), 1000).conn.Close()
	}
	s.handler.files.sweep()
	s.handler.files.sweep()
	s.awaitDescriptors(0)
}

// starvedDisk has no descriptor left as long as starved is set.
type starvedDisk struct {
	disk
	starved bool
}

func (d *starvedDisk) Open(ctx context.Context, f File) (*os.File, error) {
	if d.starved {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, &os.PathError{Op: "open", Path: "secret", Err: syscall.EMFILE})
	}
	return d.disk.Open(ctx, f)
}

func TestTrackFiles_NoDescriptorLeft(t *testing.T) {
	f := newFilm(t, "film", 1, "")
	source := &starvedDisk{disk: writeDisk(t, f)}
	s := serve(t, testConfig(), newStorage(f), source)
	if r := s.do("GET", segmentPath); r.StatusCode != 200 {
		t.Fatal(r.Status)
	}
	source.starved = true
	if r := s.do("GET", segmentOf("v720", 2)); r.StatusCode != 200 {
		t.Errorf("of the open file: %s", r.Status)
	}
	if r := s.do("GET", segmentOf("v360", 1)); r.StatusCode != 503 || strings.Contains(string(r.body), "secret") || s.last().ErrKind != "unavailable" {
		t.Errorf("of another: %s %q, %+v", r.Status, r.body, s.last())
	}
	source.starved = false
	if r := s.do("GET", segmentOf("v360", 1)); r.StatusCode != 200 || s.handler.Stats().Alerts != 0 {
		t.Errorf("later: %s, %+v", r.Status, s.handler.Stats())
	}
}
