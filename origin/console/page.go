package console

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strconv"

	"go.uber.org/zap"

	"headwater/packager"
)

//go:embed pages/*.html
var pageFiles embed.FS

var pages = template.Must(template.ParseFS(pageFiles, "pages/*.html"))

// playerPage fills pages/watch.html.
type playerPage struct {
	Asset packager.AssetID
	Title string
	// HLS and DASH are the absolute URLs of the entry manifests that the page plays.
	HLS, DASH string
	// Download is the URL of the file to keep. Others are where the other formats begin.
	Download string
	Others   []address
	// viewerOrigin is the origin of both, which the policy of the page lets in.
	viewerOrigin string
}

// address is where a format begins, with an id for the page.
type address struct{ ID, Format, URL string }

func newPlayerPage(viewer *url.URL, id packager.AssetID, asset Asset) playerPage {
	title := asset.Title
	if title == "" {
		title = string(id)
	}
	return playerPage{
		Asset:        id,
		Title:        title,
		HLS:          manifestURL(viewer, id, packager.HLSMaster, asset.Token),
		DASH:         manifestURL(viewer, id, packager.DASHManifest, asset.Token),
		Download:     manifestURL(viewer, id, packager.Download, asset.Token),
		Others:       otherAddresses(viewer, id, asset.Token),
		viewerOrigin: viewer.Scheme + "://" + viewer.Host,
	}
}

func otherAddresses(viewer *url.URL, id packager.AssetID, token string) (others []address) {
	for kind := packager.ResourceKind(1); int(kind) < packager.ResourceKinds; kind++ {
		switch kind {
		case packager.HLSMaster, packager.DASHManifest, packager.Download:
			continue
		}
		if kind.Entry() {
			others = append(others, address{fmt.Sprintf("url-%d", kind), kind.Format().String(), manifestURL(viewer, id, kind, token)})
		}
	}
	return others
}

func manifestURL(viewer *url.URL, id packager.AssetID, kind packager.ResourceKind, token string) string {
	u := viewer.JoinPath("v", id.Plain(), string(packager.Resource{Kind: kind}.AppendPath(nil)))
	if token != "" {
		u.RawQuery = url.Values{"token": {token}}.Encode()
	}
	return u.String()
}

// messagePage fills pages/message.html.
type messagePage struct {
	status         int
	Heading, Cause string
}

func invalidAsset(id string) messagePage {
	return messagePage{http.StatusBadRequest, "Not an asset id",
		fmt.Sprintf("An asset id is made of a-z, 0-9 and inner hyphens, at most 64 of them, perhaps behind a project's name and a slash. This address names %q.", id)}
}

func unknownAsset(id string) messagePage {
	return messagePage{http.StatusNotFound, "No such asset",
		fmt.Sprintf("There is no asset %s here. It may have been deleted, or the address has a letter wrong.", id)}
}

func notPlayable(id string, asset Asset) messagePage {
	m := messagePage{http.StatusOK, "Nothing to play yet", fmt.Sprintf("Asset %s has no published generation.", id)}
	if asset.Status != "" {
		m.Cause += " It is " + asset.Status + "."
	}
	return m
}

// closed shows the cause, which is meant for the reader.
func closed(err error) messagePage {
	return messagePage{http.StatusServiceUnavailable, "The catalogue is not open",
		fmt.Sprintf("Viewers are served all the same, and the server tries again by itself. The cause: %v.", err)}
}

func lookupFailed(id string) messagePage {
	return messagePage{http.StatusInternalServerError, "The catalogue does not answer",
		fmt.Sprintf("Asset %s could not be looked up. The cause is in the server's log.", id)}
}

func invalidHost() messagePage {
	return messagePage{http.StatusBadRequest, "Unknown host", "The request names no host from which the page could play."}
}

func (c *console) writePlayer(w http.ResponseWriter, r *http.Request, p playerPage) {
	c.writePage(w, r, http.StatusOK, "watch.html", p, p.viewerOrigin)
}

func (c *console) writeMessage(w http.ResponseWriter, r *http.Request, m messagePage) {
	c.writePage(w, r, m.status, "message.html", m, "")
}

// writePage renders before it writes, so that a template that fails leaves no half page behind.
func (c *console) writePage(w http.ResponseWriter, r *http.Request, status int, name string, data any, mediaOrigin string) {
	var body bytes.Buffer
	if err := pages.ExecuteTemplate(&body, name, data); err != nil {
		c.cfg.Log.Error("watch page", zap.String("template", name), zap.Error(err))
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	setPageHeaders(w.Header(), mediaOrigin)
	writeHTML(w, r, status, body.Bytes())
}

// writeUnbuilt answers while the binary carries no bundle.
func writeUnbuilt(w http.ResponseWriter, r *http.Request) {
	setPageHeaders(w.Header(), "")
	writeHTML(w, r, http.StatusServiceUnavailable, unbuiltPage)
}

func writeHTML(w http.ResponseWriter, r *http.Request, status int, body []byte) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the reader has gone: nobody is left to tell
	}
}

// setPageHeaders forbids the page everything but its own files and, where mediaOrigin is not empty, media from there:
// blob: is how players hand media to the video element (Media Source Extensions) and start their workers.
func setPageHeaders(h http.Header, mediaOrigin string) {
	policy := "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'none'; frame-ancestors 'none'"
	if mediaOrigin != "" {
		policy += "; connect-src 'self' " + mediaOrigin + "; media-src 'self' blob: " + mediaOrigin + "; worker-src 'self' blob:"
	}
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
}
