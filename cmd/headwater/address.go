package main

import (
	"net"
	"net/url"
	"strings"

	"headwater/auth"
	"headwater/cmd/internal/config"
	"headwater/packager"
)

// viewerBase returns what the URLs of a project's viewers begin with: the public URL or the viewer address, with the first
// domain of the project as the host. It is empty, which leaves URLs that begin with a slash, for a project without a
// domain of its own: no host would select it.
func viewerBase(cfg *config.Config, rules auth.Rules, project string) string {
	base := cfg.PublicURL
	if base == "" {
		base = listenURL(cfg)
	}
	if project == "" {
		return base
	}
	domain := firstDomain(rules, project)
	parsed, err := url.Parse(base)
	if domain == "" || err != nil {
		return ""
	}
	if port := parsed.Port(); port != "" {
		domain = net.JoinHostPort(strings.Trim(domain, "[]"), port)
	}
	parsed.Host = domain
	return parsed.String()
}

// listenURL returns a URL that reaches the viewer listener from this machine.
func listenURL(cfg *config.Config) string {
	address, err := net.ResolveTCPAddr("tcp", cfg.Listen)
	if err != nil {
		return cfg.ViewerScheme() + "://" + cfg.Listen
	}
	return listenerURL(cfg.ViewerScheme(), address)
}

// firstDomain returns the first domain of a project that is no wildcard; empty for none.
func firstDomain(rules auth.Rules, project string) string {
	for i := range rules.Projects {
		if rules.Projects[i].Name != project {
			continue
		}
		for _, domain := range rules.Projects[i].Domains {
			if !strings.HasPrefix(domain, "*") {
				return domain
			}
		}
	}
	return ""
}

// playPath returns the path of the HLS entry manifest of an asset.
func playPath(id packager.AssetID) string { return "/v/" + id.Plain() + "/hls/master.m3u8" }

// originURL returns a URL as origins see it: without the path of the public URL, if it begins with that.
func originURL(cfg *config.Config, viewerURL string) string {
	rest, found := strings.CutPrefix(viewerURL, cfg.PublicURL+"/")
	public, err := url.Parse(cfg.PublicURL)
	if cfg.PublicURL == "" || !found || err != nil {
		return viewerURL
	}
	return public.Scheme + "://" + public.Host + "/" + rest
}
