package system

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"headwater/bench/report"
)

// load runs a load test of some seconds and returns its report.
func load(t *testing.T, args ...string) report.Report {
	t.Helper()
	cmd := exec.Command(binary, append([]string{"bench", "--json", "-", "--warm-up", "0s", "--duration", "3s", "--verify", "1"}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("bench %q: %v: %s", args, err, &stderr)
	}
	checkText(t, stderr.String())
	var r report.Report
	if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
		t.Fatalf("bench %q: %v: %s", args, err, &stdout)
	}
	if r.Failures > 0 || r.Requests == 0 || r.Verified.Bodies == 0 {
		t.Errorf("bench %q: %d requests, failures %+v, verified %+v", args, r.Requests, r.Errors, r.Verified)
	}
	return r
}

// asked returns the classes of a report.
func asked(r report.Report) string {
	var names []string
	for _, c := range r.Classes {
		names = append(names, c.Class)
	}
	return strings.Join(names, " ")
}

// TestBench loads the program with its own load tester in every mode, and finds the counters of its cache.
func TestBench(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	ids := f.path("ids")
	one, two := f.ingest(suiting), f.ingest(tiny)
	must(t, os.WriteFile(ids, fmt.Appendf(nil, "%s\n%s\n", one, two), 0o600))
	s := f.serve()
	from := []string{"--origin", s.viewer, "--assets", ids, "--metrics", s.control + "/metrics", "--zipf", "0.8"}
	check := func(want string, args ...string) report.Report {
		t.Helper()
		r := load(t, append(args, from...)...)
		if asked(r) != want {
			t.Errorf("bench %q asked for %s, want %s", args, asked(r), want)
		}
		// Manifests come from the cache, segments straight from files.
		if r.Origin == nil || r.Origin.CPUSeconds <= 0 || strings.Contains(want, "manifest") && r.Origin.Lookups["hit"] == 0 {
			t.Errorf("bench %q: the origin says %+v", args, r.Origin)
		}
		return r
	}
	r := check("manifest playlist init video audio", "--arrivals", "10", "--speed", "20", "--think", "10ms")
	if p := r.Players; p.Began == 0 || p.Ended == 0 || p.Endings["failed"] > 0 || p.PlayedSeconds == 0 {
		t.Errorf("players: %+v", p)
	}
	check("video audio", "--rate", "50")
	check("video audio", "--connections", "2")
	interrupted(t, s, from)
}

// interrupted stops a test by Ctrl-C: it reports what it has measured.
func interrupted(t *testing.T, s *server, from []string) {
	t.Helper()
	before := s.metric("headwater_requests_total")
	cmd := exec.Command(binary, append([]string{"bench", "--json", "-", "--warm-up", "0s", "--duration", "1h"}, from...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	must(t, cmd.Start())
	eventually(t, "the load has begun", func() bool { return s.metric("headwater_requests_total") > before+20 })
	must(t, cmd.Process.Signal(syscall.SIGINT))
	_ = cmd.Wait() // its exit code tells more
	var r report.Report
	must(t, json.Unmarshal(stdout.Bytes(), &r))
	if code := cmd.ProcessState.ExitCode(); code != 130 || r.Stopped == "" || r.Requests == 0 || !strings.HasSuffix(stderr.String(), "stopped by signal: interrupt\n") {
		t.Errorf("exit code %d, %d requests, stopped %q: %s", code, r.Requests, r.Stopped, &stderr)
	}
}

// TestBenchNginx loads nginx with what ffmpeg packages: forms of HLS and DASH that this program does not write.
func TestBenchNginx(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	packageClip(t, root)
	base := nginx(t, root)
	for manifest, want := range map[string]string{
		"ranges.m3u8":   "manifest init video", // a media playlist with byte ranges of one file
		"template.mpd":  "manifest init video audio",
		"list.mpd":      "manifest init video audio",
		"on-demand.mpd": "manifest init index video",
	} {
		r := load(t, "--arrivals", "5", "--speed", "20", "--think", "10ms", base+"/"+manifest)
		if asked(r) != want || r.Players.Endings["failed"] > 0 || r.Players.Ended == 0 {
			t.Errorf("%s: asked for %s, want %s; %+v", manifest, asked(r), want, r.Players)
		}
	}
	load(t, "--connections", "3", base+"/ranges.m3u8", base+"/template.mpd", base+"/list.mpd", base+"/on-demand.mpd")
}

// packageClip writes a clip into a folder in several forms.
func packageClip(t *testing.T, root string) {
	t.Helper()
	run := func(args ...string) {
		t.Helper()
		cmd := exec.Command("ffmpeg", append([]string{"-nostdin", "-v", "error", "-i", suiting.path(t), "-c", "copy"}, args...)...)
		cmd.Dir = root
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("ffmpeg %q: %v\n%s", args, err, out)
		}
	}
	run("-f", "hls", "-hls_segment_type", "fmp4", "-hls_flags", "single_file", "-hls_playlist_type", "vod", "-hls_time", "2", "ranges.m3u8")
	run("-f", "dash", "-seg_duration", "2", "template.mpd")
	run("-f", "dash", "-seg_duration", "2", "-single_file", "1", "-single_file_name", "list-$RepresentationID$.mp4", "list.mpd")
	run("-an", "-movflags", "dash+global_sidx+frag_keyframe", "-f", "mp4", "on-demand.mp4")
	file, err := os.ReadFile(filepath.Join(root, "on-demand.mp4"))
	must(t, err)
	index, size := findBox(t, file, "sidx")
	must(t, os.WriteFile(filepath.Join(root, "on-demand.mpd"), fmt.Appendf(nil, `<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"
mediaPresentationDuration="PT6S"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="500000"><BaseURL>on-demand.mp4</BaseURL>
<SegmentBase indexRange="%d-%d"><Initialization range="0-%d"/></SegmentBase></Representation></AdaptationSet></Period></MPD>`, index, index+size-1, index-1), 0o600))
}

// findBox returns where the first top-level box of a name lies in a file.
func findBox(t *testing.T, file []byte, name string) (offset, size int) {
	t.Helper()
	for offset < len(file)-8 {
		size = int(file[offset])<<24 | int(file[offset+1])<<16 | int(file[offset+2])<<8 | int(file[offset+3])
		if string(file[offset+4:offset+8]) == name || size < 8 {
			break
		}
		offset += size
	}
	if offset >= len(file)-8 || size < 8 {
		t.Fatalf("no box %s", name)
	}
	return offset, size
}

// nginx serves a folder and returns where.
func nginx(t *testing.T, root string) (base string) {
	t.Helper()
	program, err := exec.LookPath("nginx")
	if err != nil {
		if program = "/usr/sbin/nginx"; exec.Command(program, "-v").Run() != nil {
			t.Skip("there is no nginx: apt-get install nginx-light")
		}
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	address := free.Addr().String()
	must(t, free.Close())
	must(t, os.Chmod(root, 0o755))
	config := fmt.Sprintf(`daemon off; master_process off; pid nginx.pid; error_log stderr crit;
events {}
http {
	access_log off; sendfile on; default_type video/mp4;
	client_body_temp_path t; proxy_temp_path t; fastcgi_temp_path t; uwsgi_temp_path t; scgi_temp_path t;
	server { listen %s; root .; }
}
`, address)
	must(t, os.WriteFile(filepath.Join(root, "nginx.conf"), []byte(config), 0o600))
	cmd := exec.Command(program, "-p", root, "-c", "nginx.conf")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	must(t, cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("nginx: %v: %s", err, &stderr)
		}
	})
	eventually(t, "nginx accepts", func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	return "http://" + address
}
