package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"headwater/cmd/internal/report"
)

// version is set by the linker (-X main.version=…); empty means that the build information knows best.
var version string

// build is what the version command prints.
type build struct {
	Version  string `json:"version"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of this binary",
		Args:  noOperands,
		RunE: func(*cobra.Command, []string) error {
			b := build{buildVersion(), runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH}
			if a.json {
				return report.JSON(a.stdout, b)
			}
			_, err := fmt.Fprintf(a.stdout, "headwater %s (%s %s)\n", b.Version, b.Go, b.Platform)
			return err
		},
	}
}

// buildVersion prefers what the linker was told, then the module version and the revision that Go recorded.
func buildVersion() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "unknown"
	}
	return info.Main.Version
}
