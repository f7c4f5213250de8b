package system

import (
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"headwater/packager"
)

// TestLint has the program judge what it serves, all of it and a sample.
func TestLint(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	id := f.ingest(suiting)
	s := f.serve()
	s.status(http.StatusOK, s.master(id))
	for _, args := range [][]string{nil, {"--sample", "2"}} {
		urls := []string{s.master(id), s.url(id, packager.Resource{Kind: packager.DASHManifest})}
		cmd := exec.Command(binary, append(append([]string{"lint"}, args...), urls...)...)
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		out, err := cmd.Output()
		if err != nil || !strings.Contains(string(out), "0 findings (0 must, 0 should)") {
			t.Errorf("lint %q: %v\n%s", args, err, out)
		}
	}
}
