package system

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"headwater/ingest"
	"headwater/packager"
	"headwater/packager/lint"
)

// server is a running headwater serve.
type server struct {
	*process
	viewer, control string // base URLs
	client          *http.Client
	stopOnce        sync.Once
}

// serve starts a server and returns when it accepts. It is stopped at the end of the test at the latest.
func (f folder) serve(args ...string) *server {
	f.Helper()
	args = append([]string{"--listen", "127.0.0.1:0", "--control", "127.0.0.1:0"}, args...)
	p := &process{folder: f, cmd: f.command("serve", args...)}
	p.cmd.Stderr = &p.stderr
	stdout, err := p.cmd.StdoutPipe()
	must(f.T, err)
	must(f.T, p.cmd.Start())
	s := &server{process: p, client: &http.Client{Transport: &http.Transport{DisableCompression: true}}}
	f.Cleanup(s.stop)
	lines := bufio.NewScanner(stdout)
	for s.control == "" && lines.Scan() {
		switch name, url, _ := strings.Cut(lines.Text(), " "); name {
		case "viewer":
			s.viewer = url
		case "control":
			s.control = url
		}
	}
	if s.control == "" {
		f.Fatalf("serve ended before it was ready: %+v", p.wait())
	}
	return s
}

// stop ends the server, which must finish in peace.
func (s *server) stop() {
	s.Helper()
	s.stopOnce.Do(func() {
		if err := s.cmd.Process.Signal(syscall.SIGINT); err != nil {
			s.Errorf("stop the server: %v", err)
		}
		s.ended()
	})
}

// ended waits for the end of a server that was told to stop.
func (s *server) ended() {
	s.Helper()
	if o := s.wait(); o.code != 0 {
		s.Errorf("serve ended with %d: %s", o.code, o.stderr)
	}
	s.client.CloseIdleConnections()
}

// answer is a response, read whole.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// get asks for a URL. The body must have the announced length.
func (s *server) get(url string) answer {
	s.Helper()
	a, err := s.try(url)
	if err != nil {
		s.Fatal(err)
	}
	return a
}

func (s *server) try(url string) (answer, error) {
	response, err := s.client.Get(url)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	a := answer{status: response.StatusCode, header: response.Header}
	if a.body, err = io.ReadAll(response.Body); err != nil {
		return answer{}, fmt.Errorf("%s: %w", url, err)
	}
	if length := response.ContentLength; length >= 0 && length != int64(len(a.body)) {
		return answer{}, fmt.Errorf("%s: %d bytes, announced %d", url, len(a.body), length)
	}
	return a, nil
}

// url returns where a resource of an asset is, with options or without.
func (s *server) url(id packager.AssetID, r packager.Resource, options ...string) string {
	elements := append([]string{s.viewer, "v", string(id)}, options...)
	return strings.Join(append(elements, string(r.AppendPath(nil))), "/")
}

func (s *server) master(id packager.AssetID) string {
	return s.url(id, packager.Resource{Kind: packager.HLSMaster})
}

// status asks for a URL and demands a status.
func (s *server) status(want int, url string) answer {
	s.Helper()
	a := s.get(url)
	if a.status != want {
		s.Errorf("%s: %d %q, want %d", url, a.status, firstBytes(a.body), want)
	}
	return a
}

func firstBytes(b []byte) []byte { return b[:min(len(b), 200)] }

// appears waits until the server plays a generation of an asset that another process has published.
func (s *server) appears(id packager.AssetID, generation uint32) {
	s.Helper()
	want := fmt.Sprintf("%s,%s.%d", id, id, generation)
	eventually(s.T, "the server plays "+want, func() bool {
		a := s.get(s.master(id))
		return a.status == http.StatusOK && a.header.Get("Cache-Tag") == want
	})
}

// vanishes waits until the server has no such asset.
func (s *server) vanishes(id packager.AssetID) {
	s.Helper()
	eventually(s.T, "404 for "+string(id), func() bool { return s.get(s.master(id)).status == http.StatusNotFound })
}

// digests are the hashes of what was fetched, by path.
type digests map[string]string

func digest(b []byte) string {
	hash := sha256.Sum256(b)
	return hex.EncodeToString(hash[:])
}

// play fetches both entry manifests of an asset and all that they name, judges every rule of the formats, and compares
// the media with the stored tracks. options, if any, is one element.
func (s *server) play(id packager.AssetID, options ...string) digests {
	s.Helper()
	got := digests{}
	bodies := map[string][]byte{}
	fetch := func(url string) (lint.Response, error) {
		a, err := s.try(url)
		if err == nil && a.status != http.StatusOK {
			err = fmt.Errorf("%s: %d %q", url, a.status, firstBytes(a.body))
		}
		path := strings.TrimPrefix(url, s.viewer)
		got[path], bodies[path] = digest(a.body), a.body
		contentType, _, typeErr := mime.ParseMediaType(a.header.Get("Content-Type"))
		return lint.Response{Body: a.body, ContentType: contentType}, errors.Join(err, typeErr)
	}
	hls, dash := packager.Resource{Kind: packager.HLSMaster}, packager.Resource{Kind: packager.DASHManifest}
	for _, finding := range lint.Stream(s.url(id, hls, options...), s.url(id, dash, options...), lint.Whole(fetch)) {
		if !finding.Encoded { // the clips are copied as they are
			s.Errorf("asset %s: %s", id, finding)
		}
	}
	s.compareWithStored(id, bodies)
	return got
}

// compareWithStored demands that the segments of each track are its file, byte for byte.
func (s *server) compareWithStored(id packager.AssetID, bodies map[string][]byte) {
	s.Helper()
	tracks := 0
	for path := range bodies {
		dir, found := strings.CutSuffix(path, "/init.mp4")
		if !found {
			continue
		}
		tracks++
		track := packager.TrackID(dir[strings.LastIndexByte(dir, '/')+1:])
		var streamed bytes.Buffer
		streamed.Write(bodies[path])
		for _, segmentation := range []string{"6s1", "2s1"} {
			for n := 1; bodies[segment(dir, segmentation, n)] != nil; n++ {
				streamed.Write(bodies[segment(dir, segmentation, n)])
			}
		}
		if stored := s.object(ingest.TrackKey(id, track)); !bytes.Equal(stored, streamed.Bytes()) {
			s.Errorf("asset %s: track %s: %d bytes streamed, %d stored, or other ones", id, track, streamed.Len(), len(stored))
		}
	}
	if tracks == 0 {
		s.Errorf("asset %s: no track was played", id)
	}
}

func segment(dir, segmentation string, number int) string {
	return dir + "/" + segmentation + "/" + strconv.Itoa(number) + ".m4s"
}

// metric returns the sum of a metric over all its labels.
func (s *server) metric(name string) (sum float64) {
	s.Helper()
	for line := range strings.Lines(string(s.status(http.StatusOK, s.control+"/metrics").body)) {
		series, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if base, _, _ := strings.Cut(series, "{"); base == name {
			v, err := strconv.ParseFloat(value, 64)
			must(s.T, err)
			sum += v
		}
	}
	return sum
}
