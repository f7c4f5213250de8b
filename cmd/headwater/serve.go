package main

import (
	"context"
	"fmt"
	"net"

	"github.com/spf13/cobra"
	"go.uber.org/zap/zapcore"

	"headwater/cmd/internal/config"
	"headwater/cmd/internal/report"
)

// server runs the viewer and the control listener.
type server interface {
	// Serve calls ready once, when both listeners accept, and serves until ctx ends. Then it finishes the running
	// responses and returns nil.
	Serve(ctx context.Context, ready func(viewer, control net.Addr)) error
}

func (a *app) serveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the viewer and the control listener",
		Long: `Serve everything that the data folder holds, until Ctrl-C or SIGTERM; then finish running responses.

When both listeners accept, two lines on standard output name them:

  viewer http://HOST:PORT      manifests and segments: /v/ASSET/hls/master.m3u8, /v/ASSET/dash/manifest.mpd
  control http://HOST:PORT     /watch/ASSET, /healthz, /readyz, /metrics; keep it private

The log goes to standard error as JSON lines. GOGC in the environment, 40 when it is not set, trades memory beyond
cache.size for processor time: a larger value for less collection.`,
		Example: "  headwater serve --data /var/lib/headwater --listen :80 --control 127.0.0.1:8081",
		Args:    noOperands,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a.tuneCollector()
			return a.withSystem(cmd, zapcore.DebugLevel, func(ctx context.Context, cfg *config.Config, s system) error {
				return a.serve(ctx, cfg, s)
			})
		},
	}
	a.addSettings(cmd, "")
	return cmd
}

// endpoints are the URLs under which a running server can be reached.
type endpoints struct {
	Viewer  string `json:"viewer"`
	Control string `json:"control"`
}

func (a *app) serve(ctx context.Context, cfg *config.Config, s server) error {
	return s.Serve(ctx, func(viewer, control net.Addr) {
		at := endpoints{listenerURL(cfg.ViewerScheme(), viewer), listenerURL("http", control)}
		if cfg.PublicURL != "" {
			at.Viewer = cfg.PublicURL
		}
		if a.json {
			_ = report.JSON(a.stdout, at) // a closed standard output must not stop a server
			return
		}
		fmt.Fprintf(a.stdout, "viewer %s\ncontrol %s\n", at.Viewer, at.Control)
	})
}

// listenerURL returns an URL that reaches the listener from this machine, also when it accepts on every address.
func listenerURL(scheme string, addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return scheme + "://" + addr.String()
	}
	if ip := net.ParseIP(host); host == "" || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}
