package origin

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/valyala/fasthttp/fasthttputil"
	"go.uber.org/zap"

	"headwater/auth"
	"headwater/cache"
	"headwater/origin/httpd"
	"headwater/packager"
)

// film is a presentation of 10 s with the bytes of its track files.
type film struct {
	*packager.Presentation
	files, tables map[packager.TrackID][]byte // track files and sample tables
}

// newFilm makes one whose tracks have ids that begin with prefix: two video renditions and two languages.
func newFilm(tb testing.TB, asset packager.AssetID, generation uint32, prefix string) *film {
	tb.Helper()
	return newFilmOf(tb, asset, generation, prefix, 2000)
}

// largeFilm returns one whose segments are larger than what sockets buffer. Tests share it.
func largeFilm(tb testing.TB) *film {
	tb.Helper()
	makeLargeFilm.Do(func() { theLargeFilm = newFilmOf(tb, "film", 1, "", 1<<20) })
	return theLargeFilm
}

var (
	makeLargeFilm sync.Once
	theLargeFilm  *film
)

// newFilmOf makes one whose fragments take fragmentBytes to 2.5 times as much.
func newFilmOf(tb testing.TB, asset packager.AssetID, generation uint32, prefix string, fragmentBytes int) *film {
	tb.Helper()
	f := &film{files: map[packager.TrackID][]byte{}, tables: map[packager.TrackID][]byte{}, Presentation: &packager.Presentation{
		Asset: asset, Generation: generation, Checksum: uint64(generation) * 0x9e3779b97f4a7c15,
		Grid: packager.Grid{ID: "grid", Timescale: 1000, Cuts: []packager.Ticks{0, 2000, 4000, 6000, 8000, 10000}},
	}}
	video := func(id string, height uint16) packager.Track {
		return packager.Track{
			ID: packager.TrackID(prefix + id), Kind: packager.Video, Codec: "avc1.64001F", Timescale: 12800, Language: "und",
			Video: packager.VideoFormat{Width: height / 9 * 16, Height: height, FrameRate: packager.FrameRate{Num: 25, Den: 1}},
		}
	}
	audio := func(id, language string) packager.Track {
		return packager.Track{
			ID: packager.TrackID(prefix + id), Kind: packager.Audio, Codec: "mp4a.40.2", Timescale: 48000, Language: language,
			Default: language == "en", Audio: packager.AudioFormat{Channels: 2, SampleRate: 48000, FrameSamples: 1024},
		}
	}
	f.Tracks = []packager.Track{video("v720", 720), video("v360", 360), audio("a-en", "en"), audio("a-fr", "fr")}
	for i := range f.Tracks {
		t := &f.Tracks[i]
		f.files[t.ID], f.tables[t.ID] = writeTrack(t, &f.Grid, fragmentBytes)
	}
	if err := f.Validate(); err != nil {
		tb.Fatal(err)
	}
	return f
}

// as returns f as the first generation of another asset.
func (f *film) as(asset packager.AssetID) *film {
	return &film{files: f.files, tables: f.tables, Presentation: &packager.Presentation{Asset: asset, Generation: 1, Grid: f.Grid, Tracks: f.Tracks}}
}

// segment returns the bytes of one segment of 6 s.
func (f *film) segment(track packager.TrackID, number int) []byte {
	plan, err := f.Segment(track, packager.DefaultTargetSeconds, number)
	if err != nil {
		panic(err)
	}
	return f.files[track][plan.Extent.Offset:][:plan.SizeBytes]
}

// storage is a Library and a Source in memory whose state a test may change at any time.
type storage struct {
	mu            sync.Mutex
	assets        map[packager.AssetID]Asset
	presentations map[generationKey]*packager.Presentation
	files         map[packager.TrackID][]byte
	fail          error                               // of every call
	before        func(context.Context, string) error // runs in every call, outside of mu
	calls         map[string]int
}

func newStorage(films ...*film) *storage {
	s := &storage{
		assets:        map[packager.AssetID]Asset{},
		presentations: map[generationKey]*packager.Presentation{},
		files:         map[packager.TrackID][]byte{},
		calls:         map[string]int{},
	}
	for _, f := range films {
		s.publish(f)
	}
	return s
}

// publish makes f the current generation of its asset and retains the others.
func (s *storage) publish(f *film) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.assets[f.Asset]
	a := Asset{Visibility: Published, Generation: f.Generation}
	if old.Generation != 0 {
		a.Retained = old.generations()
	}
	s.assets[f.Asset] = a
	s.presentations[generationKey{f.Asset, f.Generation}] = f.Presentation
	maps.Copy(s.files, f.files)
	for id, table := range f.tables {
		s.files[sampleTable(id)] = table
	}
}

// change runs f with the state locked.
func (s *storage) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

func (s *storage) enter(ctx context.Context, call string) error {
	s.mu.Lock()
	s.calls[call]++
	before, fail := s.before, s.fail
	s.mu.Unlock()
	if before != nil {
		if err := before(ctx, call); err != nil {
			return err
		}
	}
	return fail
}

func (s *storage) count(call string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[call]
}

// Asset implements Library.
func (s *storage) Asset(ctx context.Context, id packager.AssetID) (Asset, error) {
	s.mu.Lock()
	a, ok := s.assets[id] // what is read is the state at the beginning
	s.mu.Unlock()
	if err := s.enter(ctx, "asset "+string(id)); err != nil {
		return Asset{}, err
	}
	if !ok {
		return Asset{}, fmt.Errorf("record of %s: %w", id, ErrNotFound)
	}
	return a, nil
}

// Presentation implements Library.
func (s *storage) Presentation(ctx context.Context, id packager.AssetID, generation uint32) (*packager.Presentation, error) {
	if err := s.enter(ctx, fmt.Sprintf("presentation %s %d", id, generation)); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.presentations[generationKey{id, generation}]
	if !ok {
		return nil, fmt.Errorf("index of %s: %w", id, ErrNotFound)
	}
	return p, nil
}

// ReadAt implements Source.
func (s *storage) ReadAt(ctx context.Context, f File, dst []byte, offset int64) error {
	if err := s.enter(ctx, "read "+string(f.Track)); err != nil {
		return err
	}
	name := f.Track
	if f.SampleTable {
		name = sampleTable(f.Track)
	}
	s.mu.Lock()
	file, ok := s.files[name]
	s.mu.Unlock()
	switch {
	case !ok:
		return fmt.Errorf("file of %s: %w", f.Track, ErrNotFound)
	case int64(len(file)) != f.SizeBytes:
		return fmt.Errorf("%w: %d bytes of %s", ErrCorrupt, len(file), f.Track)
	}
	copy(dst, file[offset:])
	return nil
}

// disk is a Source over files {track}.mp4 in a folder.
type disk string

// ReadAt implements Source.
func (d disk) ReadAt(_ context.Context, f File, dst []byte, offset int64) error {
	name := f.Track
	if f.SampleTable {
		name = sampleTable(f.Track)
	}
	file, err := os.Open(filepath.Join(string(d), string(name)+".mp4"))
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	defer file.Close()
	if _, err := file.ReadAt(dst, offset); err != nil {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return nil
}

// Open implements Opener.
func (d disk) Open(_ context.Context, f File) (*os.File, error) {
	file, err := os.Open(filepath.Join(string(d), string(f.Track)+".mp4"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	return file, err
}

// writeDisk puts the track files of f on a disk.
func writeDisk(tb testing.TB, f *film) disk {
	tb.Helper()
	dir := tb.TempDir()
	for id, content := range f.files {
		if err := os.WriteFile(filepath.Join(dir, string(id)+".mp4"), content, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	for id, table := range f.tables {
		if err := os.WriteFile(filepath.Join(dir, string(sampleTable(id))+".mp4"), table, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	return disk(dir)
}

// site is a running viewer listener.
type site struct {
	tb      testing.TB
	dial    func() (net.Conn, error)
	handler *Handler
	table   *Table
	cache   *cache.Cache
	server  *httpd.Server

	unobserved bool // no records are kept

	mu      sync.Mutex
	records []httpd.Record
}

func testConfig() Config {
	cfg := NewDefaultConfig()
	cfg.MaxPresentationBytes = minPresentationBytes
	cfg.Prefetch = false // what is read is counted
	return cfg
}

// setup is a site before it runs.
type setup struct {
	cfg    Config
	cache  cache.Config
	viewer httpd.Config
	engine *auth.Engine // nil for one that lets everybody watch
	// listen returns what the server listens on and how to get there.
	listen func(tb testing.TB, viewer *httpd.Config) (net.Listener, func() (net.Conn, error))
}

// newSetup returns one with a listener in memory.
func newSetup(cfg Config) setup {
	s := setup{cfg: cfg, cache: cache.NewDefaultConfig(), viewer: httpd.NewDefaultConfig(), listen: listenInMemory}
	s.cache.MaxBytes = 16 << 20
	s.cache.PoisonReleased = true
	return s
}

func listenInMemory(testing.TB, *httpd.Config) (net.Listener, func() (net.Conn, error)) {
	ln := fasthttputil.NewInmemoryListener()
	return ln, ln.Dial
}

// listenTCP listens where files are sent without a copy. Clients have small buffers, so that they notice what happens to
// the body of a large response on its way.
func listenTCP(tb testing.TB, _ *httpd.Config) (net.Listener, func() (net.Conn, error)) {
	tb.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	return ln, func() (net.Conn, error) {
		conn, err := net.Dial("tcp", ln.Addr().String())
		if err == nil {
			err = conn.(*net.TCPConn).SetReadBuffer(64 << 10)
		}
		return conn, err
	}
}

// serve starts a listener over library and source.
func serve(tb testing.TB, cfg Config, library Library, source Source) *site {
	tb.Helper()
	return newSetup(cfg).serve(tb, library, source)
}

func (u setup) serve(tb testing.TB, library Library, source Source) *site {
	tb.Helper()
	s := &site{tb: tb}
	var err error
	must := func() {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
	}
	s.cache, err = cache.New(u.cache)
	must()
	tb.Cleanup(s.cache.Close)
	s.table, err = NewTable(u.cfg, library)
	must()
	tb.Cleanup(s.table.Close)
	if u.engine == nil {
		u.engine = openEngine(tb)
	}
	s.handler, err = New(u.cfg, u.engine, s.table, source, s.cache)
	must()
	var ln net.Listener
	ln, s.dial = u.listen(tb, &u.viewer)
	s.server, err = httpd.New(u.viewer, s.handler, s.observe, zap.NewNop())
	must()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- s.server.Run(ctx, ln) }()
	tb.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			tb.Error(err)
		}
	})
	return s
}

// newHandler returns one without a listener that serves a film.
func newHandler(tb testing.TB, engine *auth.Engine) *Handler {
	tb.Helper()
	storage := newStorage(newFilm(tb, "film", 1, ""))
	answers, err := cache.New(cache.NewDefaultConfig())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(answers.Close)
	table, err := NewTable(testConfig(), storage)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(table.Close)
	handler, err := New(testConfig(), engine, table, storage, answers)
	if err != nil {
		tb.Fatal(err)
	}
	return handler
}

// observe keeps a copy of what is a view of the request.
func (s *site) observe(rec *httpd.Record) {
	if s.unobserved {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := *rec
	kept.AssetID, kept.Track = strings.Clone(rec.AssetID), strings.Clone(rec.Track)
	s.records = append(s.records, kept)
}

// last returns the record of the last request.
func (s *site) last() httpd.Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.records[len(s.records)-1]
}

// reply is a response read whole.
type reply struct {
	*http.Response
	body []byte
}

func (r *reply) header(name string) string { return r.Header.Get(name) }

// do sends one request on a connection of its own, its target byte for byte, with header lines "Name: value".
func (s *site) do(method, target string, headers ...string) *reply {
	s.tb.Helper()
	conn, err := s.dial()
	if err != nil {
		s.tb.Fatal(err)
	}
	defer conn.Close()
	r, err := exchange(conn, method, target, headers)
	if err != nil {
		s.tb.Fatalf("%s %q: %v", method, target, err)
	}
	return r
}

func exchange(conn net.Conn, method, target string, headers []string) (*reply, error) {
	lines := append([]string{method + " " + target + " HTTP/1.1", "Connection: close"}, withHost(headers)...)
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return nil, err
	}
	if _, err := io.WriteString(conn, strings.Join(lines, "\r\n")+"\r\n\r\n"); err != nil {
		return nil, err
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return &reply{response, body}, err
}

// withHost returns header lines with one for the host, if there is none.
func withHost(headers []string) []string {
	if slices.ContainsFunc(headers, func(line string) bool { return strings.HasPrefix(line, "Host: ") }) {
		return headers
	}
	return append([]string{"Host: origin.test"}, headers...)
}

// request returns the bytes of a GET with header lines "Name: value".
func request(path string, headers ...string) []byte {
	lines := append([]string{"GET " + path + " HTTP/1.1"}, withHost(headers)...)
	return []byte(strings.Join(lines, "\r\n") + "\r\n\r\n")
}

// openEngine returns an engine without rules of its own: everybody may watch.
func openEngine(tb testing.TB) *auth.Engine {
	tb.Helper()
	return newWarden(tb, "").engine
}

// byAsset is a Source with files of their own for some assets.
type byAsset struct {
	Source
	files map[string][]byte // by asset and track
}

// ReadAt implements Source.
func (b byAsset) ReadAt(ctx context.Context, f File, dst []byte, offset int64) error {
	if file, ok := b.files[string(f.Asset)+"/"+string(f.Track)]; ok {
		copy(dst, file[offset:])
		return nil
	}
	return b.Source.ReadAt(ctx, f, dst, offset)
}
