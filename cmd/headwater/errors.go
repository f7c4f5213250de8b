package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"headwater/auth"
	"headwater/cmd/internal/config"
	"headwater/cmd/internal/report"
)

// Exit codes, documented in the help of the root command.
const (
	exitOK      = 0
	exitFailed  = 1
	exitUsage   = 2
	exitPartial = 3
	exitSignal  = 128 // plus the number of the signal
)

// failure is an error that knows its exit code. Its text may be empty when everything has been said.
type failure struct {
	code int
	text string
}

// Error returns the text for the user.
func (f failure) Error() string { return f.text }

// usage is the failure of a command line that makes no sense.
func usage(cmd *cobra.Command, message string) error {
	return failure{exitUsage, message + "; see " + cmd.CommandPath() + " --help"}
}

// operands is the check of a command that takes at least one.
func operands(noun string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usage(cmd, "name at least one "+noun)
		}
		return nil
	}
}

// noOperands is the check of a command that takes none.
func noOperands(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage(cmd, fmt.Sprintf("%q is one argument too many", args[0]))
	}
	return nil
}

// stopped is the cause of a context that a signal ended.
type stopped struct{ signal syscall.Signal }

// Error says which signal it was.
func (s stopped) Error() string { return "stopped by signal: " + s.signal.String() }

// classify returns the exit code for err and what to tell the user.
func classify(ctx context.Context, err error) (code int, told error) {
	var s stopped
	if errors.As(context.Cause(ctx), &s) {
		return exitSignal + int(s.signal), s
	}
	var f failure
	if errors.As(err, &f) {
		return f.code, f
	}
	var problems config.Problems
	if errors.As(err, &problems) {
		return exitUsage, problems
	}
	if errors.Is(err, auth.ErrRules) {
		return exitFailed, err // a problem a line
	}
	return exitFailed, errors.New(explain(err))
}

// explain returns err on one line, with what to do next where that is known.
func explain(err error) string {
	text := strings.ReplaceAll(err.Error(), "\n", "; ")
	if next := report.Advice(err); next != "" {
		text += "; " + next
	}
	return text
}

// each runs work on every operand, even after failures, which work itself has told. It stops when ctx ends.
func each(ctx context.Context, operands []string, work func(operand string) error) error {
	failed := 0
	for _, operand := range operands {
		if work(operand) != nil {
			failed++
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	switch failed {
	case 0:
		return nil
	case 1:
		if len(operands) == 1 {
			return failure{code: exitFailed}
		}
	case len(operands):
		return failure{exitFailed, fmt.Sprintf("all %d failed", failed)}
	}
	return failure{exitPartial, fmt.Sprintf("%d of %d failed", failed, len(operands))}
}
