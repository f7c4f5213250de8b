package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain doubles as the contained program: the test executable can act inside and report how it went.
func TestMain(m *testing.M) {
	Main()
	if len(os.Args) > 2 && os.Args[1] == "act" {
		if err := act(os.Args[2], os.Args[3:]); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(run(m))
}

// actor is a copy of the test executable where every user may execute it.
var actor string

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("/tmp", "sandbox")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	executable, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		panic(err)
	}
	actor = filepath.Join(dir, "actor")
	if err := errors.Join(os.WriteFile(actor, executable, 0o700), os.Chmod(actor, 0o755), os.Chmod(dir, 0o755)); err != nil {
		panic(err)
	}
	return m.Run()
}

// act does what the layers forbid.
func act(deed string, args []string) error {
	switch deed {
	case "read":
		_, err := os.ReadFile(args[0])
		return err
	case "write":
		return os.WriteFile(args[0], []byte("x"), 0o600)
	case "connect":
		var dialer net.Dialer
		dialer.SetMultipathTCP(false)
		conn, err := dialer.Dial("tcp", args[0])
		if err == nil {
			err = conn.Close()
		}
		return err
	case "execute":
		return exec.Command(args[0]).Run()
	case "environment":
		if env := os.Environ(); len(env) > 0 {
			return fmt.Errorf("%d variables, first %q", len(env), env[0])
		}
	case "allocate":
		memory, err := syscall.Mmap(-1, 0, 3<<30, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
		if err != nil {
			return err
		}
		return syscall.Munmap(memory)
	case "open-many":
		for i := range 2 * maxDescriptors {
			if _, err := syscall.Open("/proc/self/fd/3", syscall.O_RDONLY, 0); err != nil {
				return fmt.Errorf("descriptor %d: %w", i, err)
			}
		}
	}
	return nil
}

// ample lets every deed of act succeed as far as limits go.
var ample = Policy{MemoryBytes: 16 << 30, CPU: time.Minute}

// perform runs a deed of act under l and policy and returns how the process ended and what it printed.
func perform(t *testing.T, l layers, policy Policy, deed string, args ...string) error {
	t.Helper()
	return execute(t, l, policy, actor, append([]string{"act", deed}, args...)...)
}

func execute(t *testing.T, l layers, policy Policy, program string, args ...string) error {
	t.Helper()
	cmd, err := command(t.Context(), l, policy, program, args...)
	if err != nil {
		t.Fatal(err)
	}
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%w: %s", err, output.String())
	}
	return nil
}

// requireForbids checks that a deed succeeds without the layer, which shows that the check can fail, and not with it.
func requireForbids(t *testing.T, l layers, deed string, args ...string) {
	t.Helper()
	if err := perform(t, layers{}, ample, deed, args...); err != nil {
		t.Fatalf("%s %q fails without the layer: %v", deed, args, err)
	}
	if err := perform(t, l, ample, "nothing"); err != nil {
		t.Fatalf("nothing at all works under %+v: %v", l, err)
	}
	if err := perform(t, l, ample, deed, args...); err == nil {
		t.Errorf("%s %q succeeds under %+v", deed, args, l)
	}
}

func requireLandlock(t *testing.T, abi int) {
	t.Helper()
	if got := Detect().abi; got < abi {
		t.Skipf("the kernel has Landlock ABI %d, this needs %d", got, abi)
	}
}

// secret makes a file that everybody may read, in a folder that everybody may write.
func secret(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "sandbox")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "secret")
	if err := os.WriteFile(path, []byte("secret"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{dir, path} {
		if err := os.Chmod(p, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func listen(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener.Addr().String()
}

func TestLandlock_Files(t *testing.T) {
	requireLandlock(t, 1)
	path := secret(t)
	requireForbids(t, layers{landlock: true}, "read", path)
	requireForbids(t, layers{landlock: true}, "read", "/etc/hostname")
	requireForbids(t, layers{landlock: true}, "read", "/proc/self/status")
	requireForbids(t, layers{landlock: true}, "execute", "/usr/bin/true")
}

func TestLandlock_Write(t *testing.T) {
	requireLandlock(t, 1)
	// The limit of file sizes alone leaves an empty file behind: opening must fail already.
	path := filepath.Join(filepath.Dir(secret(t)), "new")
	err := perform(t, layers{landlock: true}, ample, "write", path)
	if err == nil {
		t.Error("a file can be written")
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("a file can be created: %v", err)
	}
}

func TestLandlock_Network(t *testing.T) {
	requireLandlock(t, 4)
	requireForbids(t, layers{landlock: true}, "connect", listen(t))
}

func TestNetworkNamespace(t *testing.T) {
	network := Detect().network
	if network == sharedNetwork {
		t.Skip("no network namespaces here:", Detect())
	}
	requireForbids(t, layers{network: network}, "connect", listen(t))
}

func TestUser(t *testing.T) {
	if Detect().user == 0 {
		t.Skip("not root, or root that may not change the user")
	}
	path := secret(t)
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	requireForbids(t, layers{user: unprivileged}, "read", path)
}

func TestSourceCanBeReopened(t *testing.T) {
	path := secret(t)
	if err := os.Chmod(path, 0o444); err != nil {
		t.Fatal(err)
	}
	source, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	if err := os.Chmod(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	policy := ample
	policy.Source = source
	if err := perform(t, Detect().layers, policy, "read", SourcePath); err != nil {
		t.Errorf("the source cannot be opened by its descriptor: %v", err)
	}
	if err := perform(t, Detect().layers, policy, "write", SourcePath); err == nil {
		t.Error("the source can be written")
	}
	if err := perform(t, layers{}, policy, "open-many"); err == nil {
		t.Errorf("more than %d descriptors can be opened", maxDescriptors)
	}
}

func TestSourceMustBeReadable(t *testing.T) {
	path := secret(t)
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	source, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	policy := ample
	policy.Source = source
	_, err = command(t.Context(), layers{user: unprivileged}, policy, "/usr/bin/true")
	if err == nil || !strings.Contains(err.Error(), "0444") {
		t.Errorf("error %v does not say which mode is wanted", err)
	}
}

func TestFileSizeLimit(t *testing.T) {
	path := secret(t)
	if err := perform(t, layers{}, ample, "write", path); err == nil {
		t.Error("a file can grow")
	}
}

func TestMemoryLimit(t *testing.T) {
	if err := perform(t, layers{}, ample, "allocate"); err != nil {
		t.Fatalf("3 GiB cannot be had without the limit: %v", err)
	}
	policy := ample
	policy.MemoryBytes = 2 << 30
	if err := perform(t, layers{}, policy, "allocate"); err == nil {
		t.Error("3 GiB can be had under a limit of 2 GiB")
	}
}

func TestCPULimit(t *testing.T) {
	policy := ample
	policy.CPU = time.Second
	err := execute(t, layers{}, policy, "/bin/sh", "-c", "while :; do :; done")
	if err == nil || !strings.Contains(err.Error(), syscall.SIGXCPU.String()) {
		t.Errorf("a busy loop ends with %v", err)
	}
}

func TestEnvironmentIsEmpty(t *testing.T) {
	if err := perform(t, layers{}, ample, "environment"); err != nil {
		t.Error(err)
	}
}

func TestDetect(t *testing.T) {
	level := Detect()
	t.Log(level)
	if os.Getuid() == 0 && level.abi > 0 && level.network == ownNetwork && level.user != 0 && !level.Complete() {
		t.Errorf("%s is not complete", level)
	}
	if strings.Contains(level.String(), "\n") {
		t.Errorf("%q is not one line", level)
	}
}

// Cancelling must end children of the program too, which hold its output open.
func TestCancelEndsTheGroup(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cmd, err := command(ctx, layers{}, ample, "/bin/sh", "-c", "echo started; /bin/sleep 1000 & wait")
	if err != nil {
		t.Fatal(err)
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var line [len("started\n")]byte
	if _, err := output.Read(line[:]); err != nil {
		t.Fatal(err)
	}
	cancel()
	var rest bytes.Buffer
	if _, err := rest.ReadFrom(output); err != nil { // ends when the last holder of the pipe has ended
		t.Error(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Error("the canceled program ended well")
	}
}
