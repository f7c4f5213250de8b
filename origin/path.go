package origin

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"headwater/packager"
)

// viewerPrefix begins the path of everything that viewers may ask for.
const viewerPrefix = "/v/"

// errPath says that a path names nothing that could exist.
var errPath = errors.New("path names no resource")

// target is what the path of a request names.
type target struct {
	asset    packager.AssetID
	options  packager.Options
	resource packager.Resource
}

// optionsError is an options element that is not in its one accepted form. Its text is public.
type optionsError struct {
	cause        *packager.OptionError
	canonicalURL string // the path to use instead; empty when the options were not understood
}

// Error names the option and the path to use instead.
func (e *optionsError) Error() string {
	if e.canonicalURL == "" {
		return e.cause.Error()
	}
	return fmt.Sprintf("%s; use %s", e.cause, e.canonicalURL)
}

// Unwrap returns the packager's error.
func (e *optionsError) Unwrap() error { return e.cause }

// splitTarget returns the parts of a request target as they were sent, never decoded or normalised: every resource has one
// path, byte for byte. It takes origin-form, which has no authority, and absolute-form (RFC 9112 §3.2).
func splitTarget(requestTarget []byte) (authority, path, query []byte) {
	path, query, _ = bytes.Cut(requestTarget, []byte("?"))
	if !bytes.HasPrefix(path, []byte("/")) {
		_, rest, found := bytes.Cut(path, []byte("://"))
		slash := bytes.IndexByte(rest, '/')
		if !found || slash < 0 {
			return nil, nil, nil
		}
		authority, path = rest[:slash], rest[slash:]
	}
	return authority, path, query
}

// parseTarget reads a path from outside, the options element with parseOptions. The error is errPath or an
// [*optionsError]. What it returns keeps path alive.
func parseTarget(path string, parseOptions func(element string) (packager.Options, error)) (target, error) {
	rest, ok := strings.CutPrefix(path, viewerPrefix)
	if !ok {
		return target{}, errPath
	}
	asset, rest, _ := strings.Cut(rest, "/")
	if !packager.ValidID(asset) {
		return target{}, errPath
	}
	t := target{asset: packager.AssetID(asset)}
	if t.resource, ok = packager.ParseResource(rest); ok {
		return t, nil
	}
	element, rest, _ := strings.Cut(rest, "/")
	t.resource, ok = packager.ParseResource(rest)
	if !ok || !strings.Contains(element, "=") || !t.resource.Kind.TakesOptions() {
		return target{}, errPath
	}
	var err error
	if t.options, err = parseOptions(element); err == nil {
		err = t.options.Suits(t.resource.Kind.Format())
	}
	if err != nil {
		err = t.explain(err)
	}
	return t, err
}

// explain adds the canonical URL to an error of ParseOptions.
func (t target) explain(err error) error {
	var cause *packager.OptionError
	if !errors.As(err, &cause) {
		return err
	}
	e := &optionsError{cause: cause}
	if cause.Understood {
		e.canonicalURL = string(t.appendPathWith(nil, cause.Canonical))
	}
	return e
}

// appendPath appends the path of t.
func (t target) appendPath(dst []byte) []byte { return t.appendPathWith(dst, t.options.String()) }

// appendPathWith appends the path of t with another options element.
func (t target) appendPathWith(dst []byte, options string) []byte {
	dst = append(append(append(dst, viewerPrefix...), t.asset...), '/')
	if options != "" {
		dst = append(append(dst, options...), '/')
	}
	return t.resource.AppendPath(dst)
}

// routeNames are the classes of URL in logs and metrics, by kind.
var routeNames = [packager.ResourceKinds]string{
	packager.HLSMaster:        "hls_master",
	packager.HLSMedia:         "hls_media",
	packager.HLSIFrames:       "hls_iframes",
	packager.DASHManifest:     "dash_manifest",
	packager.InitSegment:      "init",
	packager.MediaSegment:     "segment",
	packager.TSMaster:         "hls_ts_master",
	packager.TSMedia:          "hls_ts_media",
	packager.TSIFrames:        "hls_ts_iframes",
	packager.TSSegment:        "ts_segment",
	packager.ByteRangeMaster:  "hls_byterange_master",
	packager.ByteRangeMedia:   "hls_byterange_media",
	packager.ByteRangeIFrames: "hls_byterange_iframes",
	packager.OnDemandManifest: "dash_ondemand_manifest",
	packager.OnDemandFile:     "ondemand_file",
	packager.Download:         "download",
}

var protocolNames = [packager.ResourceKinds]string{
	packager.HLSMaster:        "hls",
	packager.HLSMedia:         "hls",
	packager.HLSIFrames:       "hls",
	packager.DASHManifest:     "dash",
	packager.InitSegment:      "cmaf",
	packager.MediaSegment:     "cmaf",
	packager.TSMaster:         "hls_ts",
	packager.TSMedia:          "hls_ts",
	packager.TSIFrames:        "hls_ts",
	packager.TSSegment:        "ts",
	packager.ByteRangeMaster:  "hls_byterange",
	packager.ByteRangeMedia:   "hls_byterange",
	packager.ByteRangeIFrames: "hls_byterange",
	packager.OnDemandManifest: "dash_ondemand",
	packager.OnDemandFile:     "ondemand",
	packager.Download:         "download",
}
