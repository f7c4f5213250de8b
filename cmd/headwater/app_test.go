package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/zap"

	"headwater/cmd/internal/config"
	"headwater/cmd/internal/report"
	"headwater/ingest"
	"headwater/packager"
)

var update = flag.Bool("update", false, "write the golden files")

// keeper is what the scripts test on a real data folder.
type keeper interface {
	assetKeeper
	ruleKeeper
	keyKeeper
	revoker
	linkKeeper
}

// memory is a system whose assets are the ids it knows.
type memory struct {
	keeper
	assets map[packager.AssetID]bool
	closed bool
	viewer net.Addr
}

func (m *memory) Serve(_ context.Context, ready func(viewer, control net.Addr)) error {
	ready(m.viewer, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 2})
	return nil
}

func (m *memory) Ingest(ctx context.Context, file string, _ ingest.Intent, progress func(report.Progress)) (report.Ingested, error) {
	progress(report.Progress{Phase: "encode", Fraction: 0.5})
	switch file {
	case "full.mp4":
		return report.Ingested{}, fmt.Errorf("write track: %w", syscall.ENOSPC)
	case "bad.mp4":
		return report.Ingested{Asset: "b1"}, errors.New("not a media file")
	}
	return report.Ingested{Asset: "a1", Generation: 1, Tracks: 2, DurationSeconds: 60, ElapsedSeconds: 12}, ctx.Err()
}

func (m *memory) InspectAsset(_ context.Context, id packager.AssetID) (*report.Inspection, error) {
	if err := m.find(id); err != nil {
		return nil, err
	}
	return &report.Inspection{Name: string(id), Kind: "asset", Tracks: []report.Track{}}, nil
}

func (m *memory) Delete(_ context.Context, id packager.AssetID) error  { return m.find(id) }
func (m *memory) Reindex(_ context.Context, id packager.AssetID) error { return m.find(id) }
func (m *memory) Close() error                                         { m.closed = true; return nil }

func (m *memory) find(id packager.AssetID) error {
	if !m.assets[id] {
		return errors.New("no such asset")
	}
	return nil
}

// run runs the command line on m and returns what it wrote and its exit code.
func run(t *testing.T, m *memory, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	a := &app{
		stdout:   &out,
		stderr:   report.NewMeter(&errs, nil, time.Now),
		settings: map[string]string{},
		parts: parts{
			open: func(*config.Config, *zap.Logger) (system, error) { return m, nil },
			inspectFile: func(_ context.Context, _ *config.Config, path string) (*report.Inspection, error) {
				return &report.Inspection{Name: path, Kind: "media file", Tracks: []report.Track{}}, nil
			},
		},
	}
	code = a.main(args)
	return out.String(), errs.String(), code
}

func TestCommands(t *testing.T) {
	f := func(args string, code int, stdout, stderr string) {
		t.Helper()
		m := &memory{assets: map[packager.AssetID]bool{"a1": true, "a2": true, "shop/a1": true}, viewer: &net.TCPAddr{Port: 1}}
		gotOut, gotErr, gotCode := run(t, m, strings.Fields(args)...)
		if gotCode != code || gotOut != stdout || gotErr != stderr {
			t.Errorf("headwater %s: exit code %d, want %d\nstdout:\n%s\nwant:\n%s\nstderr:\n%s\nwant:\n%s",
				args, gotCode, code, gotOut, stdout, gotErr, stderr)
		}
		if !m.closed {
			t.Errorf("headwater %s: the system stays open", args)
		}
	}
	const film = "film.mp4: encode 50 %\nfilm.mp4: asset a1, generation 1 with 2 tracks, 1m0s in 12s\n"
	f("ingest film.mp4", 0, "a1\n", film)
	f("ingest film.mp4 bad.mp4", 3, "a1\n", film+"bad.mp4: encode 50 %\nbad.mp4: not a media file\nheadwater: 1 of 2 failed\n")
	f("ingest bad.mp4", 1, "", "bad.mp4: encode 50 %\nbad.mp4: not a media file\n")
	f("ingest full.mp4", 1, "", "full.mp4: encode 50 %\nfull.mp4: write track: no space left on device; make room on the disk and try again\n")
	f("ingest --json film.mp4", 0,
		`{"file":"film.mp4","asset":"a1","generation":1,"tracks":2,"duration_seconds":60,"elapsed_seconds":12}`+"\n", film)
	f("delete a1 a2", 0, "a1\na2\n", "")
	f("delete shop/a1", 0, "shop/a1\n", "")
	f("delete a1 zz a2", 3, "a1\na2\n", "headwater: delete zz: no such asset\nheadwater: 1 of 3 failed\n")
	f("delete zz yy --json", 1, `{"asset":"zz","error":"no such asset"}`+"\n"+`{"asset":"yy","error":"no such asset"}`+"\n",
		"headwater: delete zz: no such asset\nheadwater: delete yy: no such asset\nheadwater: all 2 failed\n")
	f("reindex a2", 0, "a2\n", "")
	f("inspect zz", 1, "", "headwater: inspect zz: no such asset\n")
	f("inspect shop/a1", 0, "asset     shop/a1\nduration  0s\nsize      0 B\n", "")
	f("inspect a1", 0, "asset     a1\nduration  0s\nsize      0 B\n", "")
	f("serve", 0, "viewer http://127.0.0.1:1\ncontrol http://127.0.0.1:2\n", "")
	f("serve --json --public-url https://v.example/", 0, `{"viewer":"https://v.example","control":"http://127.0.0.1:2"}`+"\n", "")
}

func TestInspectFileNeedsNoDataFolder(t *testing.T) {
	m := &memory{}
	stdout, _, code := run(t, m, "inspect", "./film.mp4", "--json")
	if want := `{"name":"./film.mp4","kind":"media file","size_bytes":0,"duration_seconds":0,"tracks":[]}` + "\n"; code != 0 || stdout != want || m.closed {
		t.Errorf("exit code %d, system used: %t, %s", code, m.closed, stdout)
	}
}

// TestSignal stops an ingest of two files during the first.
func TestSignal(t *testing.T) {
	for s, code := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143} {
		ctx, stop := notifyContext(context.Background())
		if err := syscall.Kill(syscall.Getpid(), s); err != nil {
			t.Fatal(err)
		}
		<-ctx.Done()
		err := each(ctx, []string{"a", "b"}, func(operand string) error {
			if operand == "b" {
				t.Error("goes on after the signal")
			}
			return ctx.Err()
		})
		if got, told := classify(ctx, err); got != code || !strings.HasPrefix(told.Error(), "stopped by signal: ") {
			t.Errorf("%v: exit code %d, %v", s, got, told)
		}
		stop()
	}
}

func TestListenerURL(t *testing.T) {
	f := func(ip string, want string) {
		t.Helper()
		if got := listenerURL("http", &net.TCPAddr{IP: net.ParseIP(ip), Port: 80}); got != want {
			t.Errorf("%s: got %s, want %s", ip, got, want)
		}
	}
	f("", "http://127.0.0.1:80")
	f("::", "http://127.0.0.1:80")
	f("0.0.0.0", "http://127.0.0.1:80")
	f("::1", "http://[::1]:80")
	f("10.1.2.3", "http://10.1.2.3:80")
}
