package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"headwater/cmd/internal/config"
	"headwater/cmd/internal/report"
)

func (a *app) checkConfigCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check-config",
		Short: "Report everything that is wrong with the configuration",
		Long: `Read the configuration as serve would, from file, environment and flags, and print every problem with its origin,
the value and what is expected. Exits with 0 when there is none, else with 1.`,
		Example: "  headwater check-config --config /etc/headwater.yaml",
		Args:    noOperands,
		RunE:    func(*cobra.Command, []string) error { return a.checkConfig() },
	}
	a.addSettings(cmd)
	return cmd
}

// verdict is the JSON form of check-config.
type verdict struct {
	Valid    bool             `json:"valid"`
	Problems []config.Problem `json:"problems"`
	Ignored  []string         `json:"ignored_environment,omitempty"`
}

func (a *app) checkConfig() error {
	loaded, err := a.load()
	v := verdict{Valid: err == nil, Problems: config.Problems{}}
	var problems config.Problems
	if errors.As(err, &problems) {
		v.Problems = problems
	}
	if loaded != nil {
		v.Ignored = loaded.Ignored
	}
	if err := a.printVerdict(v); err != nil {
		return err
	}
	if !v.Valid {
		return failure{code: exitFailed}
	}
	return nil
}

func (a *app) printVerdict(v verdict) error {
	if a.json {
		return report.JSON(a.stdout, v)
	}
	for _, name := range v.Ignored {
		fmt.Fprintf(a.stderr, "headwater: %s is ignored: no setting has this name\n", name)
	}
	for _, p := range v.Problems {
		if _, err := fmt.Fprintln(a.stdout, p.Error()); err != nil {
			return err
		}
	}
	if !v.Valid {
		return nil
	}
	_, err := fmt.Fprintln(a.stdout, "the configuration is valid")
	return err
}

func (a *app) printConfigCommand() *cobra.Command {
	var sample bool
	cmd := &cobra.Command{
		Use:   "print-config",
		Short: "Print the configuration that is in force, or a sample file",
		Long: `Print the effective configuration as YAML that --config accepts, with the origin of each value. With --sample, print
all settings at their defaults with what they mean. With --json, print an object from key to value.`,
		Example: "  headwater print-config --sample > headwater.yaml",
		Args:    noOperands,
		RunE:    func(*cobra.Command, []string) error { return a.printConfig(sample) },
	}
	cmd.Flags().BoolVar(&sample, "sample", false, "print the annotated defaults and read no configuration")
	a.addSettings(cmd)
	return cmd
}

func (a *app) printConfig(sample bool) error {
	if sample {
		_, err := a.stdout.Write(config.Sample())
		return err
	}
	loaded, err := a.load()
	if err != nil {
		return err
	}
	if a.json {
		return report.JSON(a.stdout, loaded.Values())
	}
	_, err = a.stdout.Write(loaded.YAML())
	return err
}
