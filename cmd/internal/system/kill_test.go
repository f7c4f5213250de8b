package system

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"headwater/packager"
)

// TestKill ends ingests by SIGKILL at random instants spread over the whole of a normal run. Whatever the instant, the
// next program to start finds the old state or the new one and leaves nothing else.
func TestKill(t *testing.T) {
	kills := 20
	if testing.Short() {
		kills = 6
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	k := killer{folder: newFolder(t)}
	normal := k.run("ingest", suiting.path(t))
	k.kept = k.ingested(normal)
	s := k.serve()
	k.want = s.play(k.kept)
	s.stop()
	outcomes := map[string]int{}
	for i := range kills {
		after := time.Duration((float64(i) + random.Float64()) / float64(kills) * float64(normal.took))
		known := len(k.catalogue())
		running := k.kill(after)
		what := k.recover(i%2 == 0, known)
		t.Logf("killed after %s, ffmpeg running %v: %s", after.Round(time.Millisecond), running, what)
		outcomes[what]++
	}
	t.Logf("a normal run takes %s; %v", normal.took.Round(time.Millisecond), outcomes)
}

// killer kills ingests on a folder that holds an asset from before.
type killer struct {
	folder
	kept packager.AssetID
	want digests // what kept plays
}

// kill starts an ingest and kills it, and nothing else, after some time. It reports whether ffmpeg was running, which
// must end by itself.
func (k killer) kill(after time.Duration) (ffmpeg bool) {
	k.Helper()
	p := k.start("ingest", suiting.path(k.T))
	<-time.After(after) // the instant is what is tested, not a condition
	ffmpeg = len(k.holders()) > 1
	p.cmd.Process.Kill() // it may have ended
	p.wait()
	eventually(k.T, "no process has a file of the folder open", func() bool { return len(k.holders()) == 0 })
	return ffmpeg
}

// recover starts the next program, which is a server at once or after another ingest, and checks the folder. It returns
// what became of the asset, if there is one beside those known before.
func (k killer) recover(serverFirst bool, known int) string {
	k.Helper()
	if !serverFirst {
		k.ingest(tiny)
	}
	s := k.serve()
	defer s.stop()
	s.reconciled()
	k.checkStored()
	if got := s.play(k.kept); !maps.Equal(got, k.want) {
		k.Errorf("asset %s, there before, plays other bytes", k.kept)
	}
	made := k.catalogue()[known:]
	if !serverFirst {
		made = made[:len(made)-1]
	}
	if len(made) == 0 {
		return "not begun"
	}
	return k.check(s, made[0])
}

// check demands that the asset of a killed ingest plays or not as the catalogue says, and that its job has ended.
func (k killer) check(s *server, r row) string {
	k.Helper()
	if r.generation > 0 {
		s.play(r.id)
	} else {
		s.status(http.StatusNotFound, s.master(r.id))
	}
	if r.job == "done" {
		return "done"
	}
	seen := k.inspect(r.id)
	if r.job != "failed" || !strings.Contains(seen.Reason, "interrupted") {
		k.Errorf("the job of %s is %s, and inspect says %q", r.id, r.job, seen.Reason)
	}
	if r.generation == 0 {
		if seen.State != "failed" {
			k.Errorf("asset %s, never published, is %s", r.id, seen.State)
		}
		return "failed"
	}
	if seen.State != "ready" {
		k.Errorf("asset %s with generation %d is %s", r.id, r.generation, seen.State)
	}
	return fmt.Sprintf("failed with generation %d", r.generation)
}

// TestInterrupt ends an ingest by Ctrl-C in the middle of encoding: the job fails at once, visibly, and leaves nothing
// but the generation that plays.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	p, id := f.suspended(nearly)
	p.signal(syscall.SIGINT)
	p.signal(syscall.SIGCONT)
	if o := p.wait(); o.code != 128+int(syscall.SIGINT) {
		t.Errorf("exit code %d, want 130; %s", o.code, o.stderr)
	}
	if left := f.holders(); len(left) > 0 {
		t.Errorf("processes %v are left", left)
	}
	f.checkStored()
	if r := f.last(); r.state != "ready" || r.generation != 1 || r.job != "failed" || !strings.Contains(r.reason, "canceled") {
		t.Errorf("the catalogue says %+v", r)
	}
	f.serve().play(id)
}
