package main

import (
	"context"
	_ "embed"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"text/template"
)

//go:embed nginx.conf.tmpl
var nginxTemplate string

var nginxConfig = template.Must(template.New("nginx.conf").Parse(nginxTemplate))

// nginxSettings fill the template.
type nginxSettings struct {
	User                string // whose files they are; empty unless nginx is started as root
	Plain, Secure, Root string
	Certificate, Key    string
	Module, Media       string // nginx-vod-module, and the folder of its MP4 files; empty for none
}

// render returns nginx.conf.
func (s nginxSettings) render() (string, error) {
	var text strings.Builder
	err := nginxConfig.Execute(&text, s)
	return text.String(), err
}

// findNginx returns the program; Debian keeps it out of the path of ordinary users.
func findNginx() (string, error) {
	path, err := exec.LookPath("nginx")
	if err != nil {
		path, err = exec.LookPath("/usr/sbin/nginx")
	}
	return path, err
}

// startNginx serves what settings say, of which it fills in the rest, on one core, from a folder of its own below scratch.
func (p *place) startNginx(ctx context.Context, settings nginxSettings) (*server, error) {
	program, err := findNginx()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(p.scratch, "nginx-")
	if err != nil {
		return nil, err
	}
	settings.Certificate, settings.Key = p.certificate, p.key
	if os.Getuid() == 0 {
		me, err := user.Current()
		if err != nil {
			return nil, err
		}
		settings.User = me.Username // the content may lie where the usual nobody cannot read
	}
	if settings.Plain, settings.Secure, err = twoFreeAddresses(); err != nil {
		return nil, err
	}
	text, err := settings.render()
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "nginx.conf"), []byte(text), 0o600); err != nil {
		return nil, err
	}
	s := &server{name: "nginx", plain: settings.Plain, secure: settings.Secure}
	s.cmd = exec.CommandContext(ctx, program, "-p", dir, "-c", "nginx.conf")
	if err := s.start(p.serverCore); err != nil {
		return nil, err
	}
	s.watch()
	return s, s.await(ctx)
}
