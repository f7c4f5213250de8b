package system

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Bounds for files that must be refused.
const (
	refuseWithin  = 30 * time.Second
	refuseInBytes = 1 << 30
)

// TestHostile ingests every file of CORPUS/hostile.
func TestHostile(t *testing.T) {
	t.Parallel()
	corpus := os.Getenv("CORPUS")
	files, err := filepath.Glob(filepath.Join(corpus, "hostile", "*"))
	must(t, err)
	if corpus == "" || len(files) == 0 {
		t.Skip("CORPUS names no folder with hostile files")
	}
	f := newFolder(t)
	for _, file := range files {
		f.refuses(file)
	}
}

// TestRenamed ingests scripts that name a file and an address of this machine under the name of a video. Nobody touches
// what they name, although the file is a good one that everybody may read.
func TestRenamed(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret.mp4")
	content, err := os.ReadFile(tiny.path(t))
	must(t, err)
	must(t, os.WriteFile(secret, content, 0o644))
	opened := watch(t, secret)
	address, visits := listen(t)
	for i, script := range []string{
		"ffconcat version 1.0\nfile '" + secret + "'\n",
		"ffconcat version 1.0\nfile 'http://" + address + "/a.mp4'\n",
		"file '" + secret + "'\n",
		"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n" + secret + "\n#EXT-X-ENDLIST\n",
		"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nhttp://" + address + "/a.ts\n#EXT-X-ENDLIST\n",
		"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-KEY:METHOD=AES-128,URI=\"http://" + address + "/key\"\n#EXTINF:2,\nfile://" + secret + "\n#EXT-X-ENDLIST\n",
		`<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1">` +
			"<BaseURL>http://" + address + "/a.mp4</BaseURL></Representation></AdaptationSet></Period></MPD>",
		`<svg xmlns="http://www.w3.org/2000/svg"><image href="file://` + secret + `"/></svg>`,
	} {
		renamed := filepath.Join(dir, fmt.Sprintf("video%d.mp4", i))
		must(t, os.WriteFile(renamed, []byte(script), 0o644))
		f.refuses(renamed)
	}
	if n := visits.Load(); n != 0 {
		t.Errorf("the address was connected to %d times", n)
	}
	if opened() {
		t.Error("the secret file was opened")
	}
	if _, err := os.ReadFile(secret); err != nil || !opened() {
		t.Errorf("the watch did not see the file being opened: %v", err)
	}
}

// TestNoFile ingests things that are no regular files. None makes it wait.
func TestNoFile(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe.mp4")
	must(t, unix.Mkfifo(pipe, 0o644))
	for _, path := range []string{pipe, dir, filepath.Join(dir, "absent"), "/dev/zero"} {
		if o := f.run("ingest", path); o.code != 1 || len(o.complaints()) != 1 {
			t.Errorf("ingest %s ended with %d: %s", path, o.code, o.stderr)
		}
	}
	if o := f.run("inspect", pipe); o.code != 1 || len(o.complaints()) != 1 {
		t.Errorf("inspect %s ended with %d: %s", pipe, o.code, o.stderr)
	}
	if rows := f.catalogue(); len(rows) > 0 {
		t.Errorf("assets were made of them: %v", rows)
	}
}

// refuses ingests a file, which must fail for a reason that is told on one line, and leave nothing but that.
func (f folder) refuses(file string) {
	f.Helper()
	name := filepath.Base(file)
	o := f.run("ingest", file)
	said := o.complaints()
	if o.code != 1 || len(said) != 1 || o.stdout != "" {
		f.Errorf("%s: ingest ended with %d, printed %q and said:\n%s", name, o.code, o.stdout, o.stderr)
		return
	}
	if o.took > refuseWithin || o.usage.Maxrss > refuseInBytes>>10 {
		f.Errorf("%s: took %s and %d MiB", name, o.took, o.usage.Maxrss>>10)
	}
	r := f.last()
	if r.state != "failed" || r.job != "failed" || r.reason == "" || !strings.Contains(said[0], r.reason) {
		f.Errorf("%s: the catalogue says %+v, standard error %q", name, r, said)
	}
	if seen := f.inspect(r.id); seen.State != "failed" || !strings.Contains(seen.Reason, r.reason) {
		f.Errorf("%s: inspect says %s: %s", name, seen.State, seen.Reason)
	}
	if strings.Contains(r.reason, f.dir) || strings.Contains(r.reason, "/proc") {
		f.Errorf("%s: the reason names a path of ours: %s", name, r.reason)
	}
	f.checkStored()
	f.Logf("%s: %s (%s, %d MiB)", name, r.reason, o.took.Round(time.Millisecond), o.usage.Maxrss>>10)
}

// listen counts connections to a port of this machine.
func listen(t *testing.T) (address string, visits *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { l.Close() })
	visits = new(atomic.Int64)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			visits.Add(1)
			conn.Close()
		}
	}()
	return l.Addr().String(), visits
}

// watch returns a function that reports whether anybody has opened the file since it was last asked.
func watch(t *testing.T, file string) (opened func() bool) {
	t.Helper()
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	must(t, err)
	t.Cleanup(func() { unix.Close(fd) })
	_, err = unix.InotifyAddWatch(fd, file, unix.IN_OPEN)
	must(t, err)
	return func() bool {
		n, err := unix.Read(fd, make([]byte, 4096))
		if err != nil && !errors.Is(err, syscall.EAGAIN) {
			t.Fatal(err)
		}
		return n > 0
	}
}
