package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"

	"headwater/cmd/internal/process"
)

// driveArgument makes this program the client side.
const driveArgument = "drive"

// driver is the client side, in a process and on a core of its own.
type driver struct {
	cmd      *exec.Cmd
	stdin    io.Closer
	commands *json.Encoder
	outcomes *json.Decoder
}

func startDriver(ctx context.Context, core int) (*driver, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, driveArgument)
	cmd.Stderr = os.Stderr
	cmd.WaitDelay = time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	d := &driver{cmd, stdin, json.NewEncoder(stdin), json.NewDecoder(stdout)}
	return d, process.StartOn(core, cmd)
}

// do has the client side do c and waits for what comes of it.
func (d *driver) do(c command) (outcome, error) {
	var result outcome
	if err := d.commands.Encode(c); err != nil {
		return outcome{}, fmt.Errorf("client side: %w", err)
	}
	if err := d.outcomes.Decode(&result); err != nil {
		return outcome{}, fmt.Errorf("client side: %w", err)
	}
	if result.Error != "" {
		return outcome{}, errors.New(result.Error)
	}
	return result, nil
}

// open connects a session with s and returns the cipher, over TLS.
func (d *driver) open(s *server, session, root string, connections int, objects []object) (string, error) {
	address := s.plain
	if root != "" {
		address = s.secure
	}
	result, err := d.do(command{Session: session, Open: &opening{address, root, connections, objects}})
	if err != nil {
		return "", fmt.Errorf("connect to %s: %w", s.name, err)
	}
	return result.Cipher, nil
}

func (d *driver) close(session string) error {
	_, err := d.do(command{Session: session, Close: true})
	return err
}

// stop ends the client side.
func (d *driver) stop() error { return errors.Join(d.stdin.Close(), d.cmd.Wait()) }
