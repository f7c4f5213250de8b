package console

import (
	"errors"
	"net/http"
	"net/url"

	"go.uber.org/zap"

	"headwater/packager"
)

// Config says where the watch page finds assets and their streams.
type Config struct {
	Library Library
	// ViewerURL is the public base of the viewer listener, such as https://video.example. When it is nil the page takes
	// the host of its own request with ViewerPort.
	ViewerURL *url.URL
	// ViewerPort is the port of the viewer listener, 1 to 65535; used only without ViewerURL.
	ViewerPort int
	// ViewerTLS says that the viewer listener speaks TLS.
	ViewerTLS bool
	// Log receives the causes of failures that the page hides. Nil logs nothing.
	Log *zap.Logger
}

// console is the handler's state, immutable after newHandler.
type console struct {
	cfg    Config
	bundle bundle
}

// Handler serves GET and HEAD of /watch/{asset} and /watch/{project}/{asset} and, under /console/, of the page's scripts
// and styles. Mount it at both. It is safe for concurrent use.
func Handler(cfg Config) http.Handler {
	b, err := embeddedBundle()
	if err != nil {
		panic(err) // the bundle is part of the binary
	}
	return newHandler(cfg, b)
}

func newHandler(cfg Config, b bundle) http.Handler {
	if cfg.Log == nil {
		cfg.Log = zap.NewNop()
	}
	c := &console{cfg: cfg, bundle: b}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /watch/{asset}", c.watch)
	mux.HandleFunc("GET /watch/{project}/{asset}", c.watch)
	mux.Handle("GET /console/{file}", b)
	return mux
}

// watch answers with the page of one asset, or with a page that says why there is none.
func (c *console) watch(w http.ResponseWriter, r *http.Request) {
	if !c.bundle.built() {
		writeUnbuilt(w, r)
		return
	}
	id := r.PathValue("asset")
	if project := r.PathValue("project"); project != "" {
		id = project + "/" + id
	}
	if !packager.ValidAssetID(id) {
		c.writeMessage(w, r, invalidAsset(id))
		return
	}
	viewer, err := viewerBase(c.cfg, r)
	if err != nil {
		c.writeMessage(w, r, invalidHost())
		return
	}
	asset, err := c.cfg.Library.Asset(r.Context(), packager.AssetID(id))
	switch {
	case errors.Is(err, ErrNoAsset):
		c.writeMessage(w, r, unknownAsset(id))
	case errors.Is(err, ErrClosed):
		c.writeMessage(w, r, closed(err))
	case err != nil:
		c.cfg.Log.Error("watch page", zap.String("asset_id", id), zap.Error(err))
		c.writeMessage(w, r, lookupFailed(id))
	case !asset.Playable:
		c.writeMessage(w, r, notPlayable(id, asset))
	default:
		c.writePlayer(w, r, newPlayerPage(viewer, packager.AssetID(id), asset))
	}
}
