package process_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"headwater/cmd/internal/process"
)

// TestMain is also the child of the tests: it spins for the processor time that it is told, says so, and waits for its end.
func TestMain(m *testing.M) {
	spin := os.Getenv("SPIN_FOR")
	if spin == "" {
		os.Exit(m.Run())
	}
	wanted, err := time.ParseDuration(spin)
	if err != nil {
		panic(err)
	}
	held := make([]byte, 64<<20)
	for spent() < wanted {
		for i := range held {
			held[i]++
		}
	}
	cores, err := process.Cores()
	fmt.Println(cores, err)
	io.Copy(io.Discard, os.Stdin)
}

// spent is the processor time of this process.
func spent() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// start starts a spinning child on one core; it is done spinning and waits when start returns what it printed.
func start(t *testing.T, core int, spin time.Duration) (*exec.Cmd, string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "SPIN_FOR="+spin.String())
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.StartOn(core, cmd); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return cmd, line
}

func TestID(t *testing.T) {
	cores, err := process.Cores()
	if err != nil || len(cores) == 0 {
		t.Fatal(cores, err)
	}
	last := cores[len(cores)-1]
	const spin = 300 * time.Millisecond
	begun := time.Now()
	cmd, printed := start(t, last, spin)
	if want := fmt.Sprintf("[%d] <nil>\n", last); printed != want {
		t.Errorf("the child runs on %q, want %q", printed, want)
	}
	if after, err := process.Cores(); err != nil || len(after) != len(cores) {
		t.Errorf("we run on %v, %v, before on %v", after, err, cores)
	}
	child := process.ID(cmd.Process.Pid)
	cpu, err := child.CPU()
	const tick = 10 * time.Millisecond
	if wall := time.Since(begun); err != nil || cpu < spin-tick || cpu > wall {
		t.Errorf("%v on the processor, %v; it wanted %v, and %v have passed", cpu, err, spin, wall)
	}
	memory, err := child.Memory()
	if err != nil || memory.Anonymous < 64<<20 || memory.Resident < memory.Anonymous || memory.Peak < memory.Resident {
		t.Errorf("%+v, %v", memory, err)
	}
	if read, err := child.ReadBytes(); err != nil || read < 0 {
		t.Errorf("%d bytes read, %v", read, err)
	}
	children, err := process.ID(os.Getpid()).Children()
	if err != nil || len(children) != 1 || children[0] != child {
		t.Errorf("children %v, %v, want %d", children, err, child)
	}
}

func TestID_gone(t *testing.T) {
	cmd := exec.Command("true")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	gone := process.ID(cmd.Process.Pid)
	if _, err := gone.CPU(); err == nil {
		t.Error("a process that has ended has processor time")
	}
	if _, err := gone.Memory(); err == nil {
		t.Error("a process that has ended has memory")
	}
}
