package sandbox

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	landlock "github.com/landlock-lsm/go-landlock/landlock/syscall"
)

// unprivileged is the user and group id that contained programs get when we are root: nobody's.
const unprivileged = 65534

// networkNamespace says how a contained program gets a network namespace of its own.
type networkNamespace int

const (
	sharedNetwork     networkNamespace = iota
	ownNetwork                         // CLONE_NEWNET, which needs CAP_SYS_ADMIN
	ownUserAndNetwork                  // CLONE_NEWUSER first, which some systems allow everybody
)

// layers are those parts of the containment that a kernel or a lack of privileges may rule out.
type layers struct {
	network  networkNamespace
	landlock bool
	user     int // 0 stays
}

// attributes returns how to create the process of the second stage.
func (l layers) attributes() *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	switch l.network {
	case ownNetwork:
		a.Cloneflags = syscall.CLONE_NEWNET
	case ownUserAndNetwork:
		a.Cloneflags = syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET
		a.UidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getuid(), HostID: os.Getuid(), Size: 1}}
		a.GidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getgid(), HostID: os.Getgid(), Size: 1}}
	}
	return a
}

// Level says which layers of containment this system gives, and why it does not give the others.
type Level struct {
	layers
	abi     int   // of Landlock
	refusal error // of the strongest attempt that failed
}

// Complete reports whether every layer is there.
func (l Level) Complete() bool {
	return l.network != sharedNetwork && l.abi > 0 && (l.user != 0 || os.Getuid() != 0)
}

// String returns one line for logs, such as "no network, Landlock ABI 7, user 65534".
func (l Level) String() string {
	parts := []string{"no network", fmt.Sprintf("Landlock ABI %d", l.abi), fmt.Sprintf("user %d", l.user)}
	if l.network == sharedNetwork {
		parts[0] = "network not taken away"
	}
	if l.abi == 0 {
		parts[1] = "no Landlock in this kernel"
	}
	if l.user == 0 {
		parts[2] = fmt.Sprintf("our own user %d", os.Getuid())
	}
	text := strings.Join(parts, ", ")
	if l.refusal != nil {
		text += fmt.Sprintf(" (a stronger containment was refused: %v)", l.refusal)
	}
	return text
}

// Detect finds out which layers work here by entering them in a process that then ends. It does so once and remembers.
// Main must have been called.
var Detect = sync.OnceValue(detect)

func detect() Level {
	l := Level{}
	if abi, err := landlock.LandlockGetABIVersion(); err == nil {
		l.abi = abi
	}
	for _, attempt := range attempts(os.Getuid()) {
		attempt.landlock = l.abi > 0
		err := attempt.try()
		if err == nil {
			l.layers = attempt
			return l
		}
		if l.refusal == nil {
			l.refusal = err
		}
	}
	return l
}

// attempts lists combinations of layers from the strongest to the weakest.
func attempts(uid int) []layers {
	if uid != 0 {
		return []layers{{network: ownUserAndNetwork}, {}}
	}
	return []layers{
		{network: ownNetwork, user: unprivileged},
		{user: unprivileged},
		{network: ownNetwork},
		{},
	}
}

// tryTimeout bounds one attempt, which takes milliseconds; it ends a second stage that hangs.
const tryTimeout = 10 * time.Second

func (l layers) try() error {
	ctx, cancel := context.WithTimeout(context.Background(), tryTimeout)
	defer cancel()
	cmd, err := command(ctx, l, Policy{MemoryBytes: 1 << 40, CPU: tryTimeout}, "")
	if err != nil {
		return err
	}
	var output strings.Builder
	cmd.Stderr = &output
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%w %s", err, strings.TrimSpace(output.String()))
	}
	return nil
}
