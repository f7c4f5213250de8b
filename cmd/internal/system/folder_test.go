package system

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the catalogue's driver

	"headwater/cmd/internal/report"
	"headwater/packager"
)

// folder is a data folder and what runs on it.
type folder struct {
	*testing.T
	dir string
}

func newFolder(t *testing.T) folder { return folder{t, filepath.Join(t.TempDir(), "data")} }

func (f folder) path(elements ...string) string {
	return filepath.Join(append([]string{f.dir}, elements...)...)
}

// command returns a run of the program on the folder. Signals for the test are not for it.
func (f folder) command(verb string, args ...string) *exec.Cmd {
	cmd := exec.Command(binary, append([]string{verb, "--config", settings, "--data", f.dir}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	return cmd
}

// outcome is how a run ended.
type outcome struct {
	stdout, stderr string
	code           int
	usage          syscall.Rusage // of the process and all that it waited for
	took           time.Duration
}

// run runs the program to its end.
func (f folder) run(verb string, args ...string) outcome {
	f.Helper()
	return f.start(verb, args...).wait()
}

// process is a running program.
type process struct {
	folder
	cmd            *exec.Cmd
	stdout, stderr bytes.Buffer // complete after wait
	began          time.Time
}

func (f folder) start(verb string, args ...string) *process {
	f.Helper()
	p := &process{folder: f, cmd: f.command(verb, args...), began: time.Now()}
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	must(f.T, p.cmd.Start())
	f.Cleanup(func() { p.cmd.Process.Kill() }) // in case the test gave up on it
	return p
}

func (p *process) signal(s syscall.Signal) {
	p.Helper()
	must(p.T, p.cmd.Process.Signal(s))
}

// wait waits for the end and complains of whatever no run may show.
func (p *process) wait() outcome {
	p.Helper()
	defer time.AfterFunc(patience, func() {
		p.Errorf("does not end: %q", p.cmd.Args)
		p.cmd.Process.Kill()
	}).Stop()
	var exit *exec.ExitError
	if err := p.cmd.Wait(); err != nil && !errors.As(err, &exit) {
		p.Fatal(err)
	}
	o := outcome{stdout: p.stdout.String(), stderr: p.stderr.String(), code: p.cmd.ProcessState.ExitCode(), took: time.Since(p.began)}
	o.usage = *p.cmd.ProcessState.SysUsage().(*syscall.Rusage)
	checkText(p.T, o.stderr)
	return o
}

// crash is what the standard error of a sound program never has.
var crash = regexp.MustCompile(`(?m)DATA RACE|^panic: |^fatal error: |^goroutine \d+|\.go:\d+`)

func checkText(t *testing.T, stderr string) {
	t.Helper()
	if crash.MatchString(stderr) {
		t.Errorf("the program crashed or shows its inside:\n%s", stderr)
	}
}

// progressLine is what ingest prints where it cannot redraw a line.
var progressLine = regexp.MustCompile(`: (copy|probe|passthrough|encode|publish)( \(.*\))? \d+ %`)

// machineLine is what ingest says of a machine on which it cannot contain ffmpeg wholly.
const machineLine = "ffmpeg is contained less"

// complaints returns the lines of standard error beside those of progress and of the machine.
func (o outcome) complaints() []string {
	lines := strings.Split(strings.TrimSpace(o.stderr), "\n")
	return slices.DeleteFunc(lines, func(line string) bool {
		return line == "" || progressLine.MatchString(line) || strings.Contains(line, machineLine)
	})
}

// ingest stores a clip, which must succeed.
func (f folder) ingest(c *clip) packager.AssetID {
	f.Helper()
	return f.ingested(f.run("ingest", c.path(f.T)))
}

// ingested returns the asset of a run of ingest, which must have succeeded.
func (f folder) ingested(o outcome) packager.AssetID {
	f.Helper()
	id := strings.TrimSpace(o.stdout)
	if o.code != 0 || !packager.ValidID(id) {
		f.Fatalf("ingest ended with %d, printed %q and said:\n%s", o.code, o.stdout, o.stderr)
	}
	return packager.AssetID(id)
}

// inspect returns what the program says of an asset.
func (f folder) inspect(id packager.AssetID) report.Inspection {
	f.Helper()
	o := f.run("inspect", "--json", string(id))
	var inspection report.Inspection
	if err := json.Unmarshal([]byte(o.stdout), &inspection); err != nil || o.code != 0 {
		f.Fatalf("inspect %s ended with %d (%v): %s%s", id, o.code, err, o.stdout, o.stderr)
	}
	return inspection
}

// row is an asset of the catalogue with its last job.
type row struct {
	id          packager.AssetID
	state       string
	generation  uint32
	job, reason string
}

// catalogue reads all assets from the database file, oldest first.
func (f folder) catalogue() (rows []row) {
	f.Helper()
	db := f.database()
	defer db.Close()
	found, err := db.Query(`SELECT a.id, a.state, a.generation, j.state, j.reason FROM assets a JOIN jobs j ON j.asset = a.id
		WHERE j.rowid = (SELECT max(rowid) FROM jobs WHERE asset = a.id) ORDER BY a.rowid`)
	must(f.T, err)
	defer found.Close()
	for found.Next() {
		var r row
		must(f.T, found.Scan(&r.id, &r.state, &r.generation, &r.job, &r.reason))
		rows = append(rows, r)
	}
	must(f.T, found.Err())
	return rows
}

// database opens the catalogue for reading.
func (f folder) database() *sql.DB {
	f.Helper()
	db, err := sql.Open("sqlite", "file:"+f.path("catalog.db")+"?mode=ro&_busy_timeout=20000")
	must(f.T, err)
	return db
}

// count returns the number that a query finds; -1 while there is no such table yet.
func count(db *sql.DB, query string) (n int) {
	if err := db.QueryRow(query).Scan(&n); err != nil {
		return -1
	}
	return n
}

// last returns the asset made last.
func (f folder) last() row {
	f.Helper()
	rows := f.catalogue()
	if len(rows) == 0 {
		f.Fatal("the catalogue has no asset")
	}
	return rows[len(rows)-1]
}

// holders returns the processes that have a file of the folder open, as far as we may look.
func (f folder) holders() (pids []string) {
	open, err := filepath.Glob("/proc/[0-9]*/fd/*")
	must(f.T, err)
	for _, fd := range open {
		target, err := os.Readlink(fd) // it may be gone
		if err == nil && strings.HasPrefix(target, f.dir+"/") {
			pids = append(pids, strings.Split(fd, "/")[2])
		}
	}
	slices.Sort(pids)
	return slices.Compact(pids)
}

// suspended starts an ingest of the clip and stops it (SIGSTOP) while it encodes the second generation.
func (f folder) suspended(c *clip) (p *process, id packager.AssetID) {
	f.Helper()
	p = f.start("ingest", c.path(f.T))
	eventually(f.T, "there is a catalogue", func() bool {
		_, err := os.Stat(f.path("catalog.db"))
		return err == nil
	})
	db := f.database()
	defer db.Close()
	// In that stage it holds no lock that others need, but for moments a second apart.
	eventually(f.T, "it encodes", func() bool { return count(db, "SELECT count(*) FROM jobs WHERE stage = 'encode'") == 1 })
	p.signal(syscall.SIGSTOP)
	stat := "/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/stat"
	eventually(f.T, "the process has stopped", func() bool {
		text, err := os.ReadFile(stat)
		return err == nil && bytes.Contains(text, []byte(") T "))
	})
	r := f.last()
	if r.generation != 1 || r.job != "running" {
		f.Fatalf("too late: %+v", r)
	}
	return p, r.id
}
