package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"headwater/cmd/internal/config"
	"headwater/cmd/internal/report"
)

// app is the command line: its streams, what it can open, and the flags that were given.
type app struct {
	stdout io.Writer
	stderr *report.Meter
	env    []string
	parts  parts

	configFile string
	settings   map[string]string // the text of each setting's flag, by key
	json       bool
}

// newApp returns the command line of this process.
func newApp() *app {
	return &app{
		stdout:   os.Stdout,
		stderr:   report.NewMeter(os.Stderr, terminalColumns(os.Stderr), time.Now),
		env:      os.Environ(),
		parts:    joined,
		settings: map[string]string{},
	}
}

// terminalColumns returns how to ask for the width of the terminal behind f; nil when f is none that can redraw a line.
func terminalColumns(f *os.File) func() int {
	fd := int(f.Fd())
	if !term.IsTerminal(fd) || os.Getenv("TERM") == "dumb" {
		return nil
	}
	return func() int {
		const fallback = 80
		if columns, _, err := term.GetSize(fd); err == nil && columns > 0 {
			return columns
		}
		return fallback
	}
}

// main runs one command and returns the exit code of the process.
func (a *app) main(args []string) int {
	ctx, stop := notifyContext(context.Background())
	defer stop()
	root := a.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	code, told := classify(ctx, err)
	if text := told.Error(); text != "" {
		for line := range strings.SplitSeq(text, "\n") {
			fmt.Fprintln(a.stderr, "headwater: "+line)
		}
	}
	return code
}

// notifyContext returns a context that ends with a [stopped] cause at the first SIGINT or SIGTERM. The second signal
// ends the process as if nothing caught it.
func notifyContext(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		select {
		case s := <-signals:
			signal.Stop(signals)
			cancel(stopped{s.(syscall.Signal)})
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		cancel(nil)
	}
}

const rootHelp = `Headwater stores each video once, as CMAF, and serves it as HLS and DASH.

  headwater ingest --data DIR film.mp4     store a file and print its asset id
  headwater serve --data DIR               serve everything in DIR

Results go to standard output, everything else to standard error; --json prints results for programs.
Settings come from defaults, a YAML file (--config, HEADWATER_CONFIG), the environment and flags, in rising order:
cache.size in the file is HEADWATER_CACHE_SIZE and --cache-size. "headwater print-config --sample" lists them all.

Exit codes:
  0    done
  1    the operation failed
  2    the command line or the configuration is wrong; nothing was done
  3    some of several operands failed, the others are done
  130  interrupted by Ctrl-C (143: terminated)`

// root returns the tree of commands.
func (a *app) root() *cobra.Command {
	cobra.EnableCommandSorting = false // the help lists them as they are added, the most wanted first
	root := &cobra.Command{
		Use:               "headwater",
		Short:             "Video on demand from one stored copy",
		Long:              rootHelp,
		Args:              cobra.ArbitraryArgs,
		RunE:              unknownCommand,
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	root.SuggestionsMinimumDistance = 2
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return usage(cmd, err.Error()) })
	root.PersistentFlags().BoolVar(&a.json, "json", false, "print results as JSON, one value a line")
	root.AddCommand(
		a.serveCommand(), a.ingestCommand(), a.inspectCommand(), a.assetCommand(), a.deleteCommand(), a.reindexCommand(),
		a.tokenCommand(), a.signCommand(), a.previewLinkCommand(), a.policyCommand(), a.keysCommand(), a.revokeCommand(),
		a.benchCommand(), a.lintCommand(), a.checkConfigCommand(), a.printConfigCommand(), a.versionCommand(),
	)
	return root
}

// unknownCommand is what the root runs: only without a command, or with one that does not exist.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usage(cmd, "name a command")
	}
	message := fmt.Sprintf("unknown command %q", args[0])
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		message += "; did you mean " + near[0] + "?"
	}
	return usage(cmd, message)
}

// addSettings gives cmd the flag --config and those of all settings. Its help shows the ones whose keys begin with one
// of shown.
func (a *app) addSettings(cmd *cobra.Command, shown ...string) {
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVarP(&a.configFile, "config", "c", "", "configuration `FILE`, YAML ("+config.EnvFile+")")
	for _, s := range config.Defaults() {
		flag := flags.VarPF(settingFlag{a, s}, s.Flag(), "", s.Help)
		flag.Hidden = !anyPrefix(s.Key, shown)
	}
}

func anyPrefix(s string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

// settingFlag is the flag of a setting. It keeps the text; config.Load checks it together with the other layers.
type settingFlag struct {
	app     *app
	setting config.Setting
}

// Set implements pflag.Value.
func (f settingFlag) Set(text string) error {
	f.app.settings[f.setting.Key] = text
	return nil
}

// String implements pflag.Value: the default, for the help.
func (f settingFlag) String() string {
	if f.app == nil {
		return "" // pflag asks the zero value
	}
	return f.setting.Text()
}

// Type implements pflag.Value.
func (f settingFlag) Type() string { return f.setting.Kind() }

// load reads the configuration in all its layers.
func (a *app) load() (*config.Loaded, error) {
	file := a.configFile
	for _, assignment := range a.env {
		if value, ok := strings.CutPrefix(assignment, config.EnvFile+"="); ok && file == "" {
			file = value
		}
	}
	return config.Load(config.Sources{File: file, Env: a.env, Flags: a.settings})
}
