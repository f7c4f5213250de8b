package origin

import (
	"fmt"
	"slices"

	"headwater/auth"
	"headwater/packager"
)

// limit finds out under which limits the viewer may watch. Who shows a credential at an entry manifest asks for it under
// those; in a session the URL has to say them, so that what it names is the same for all.
func (h *Handler) limit(a *answer) (err error) {
	if session := a.visit.Session(); session != nil && len(session.Limits()) > 0 {
		a.limited = true
		a.limits, err = h.options.options(view(session.Limits()))
		return err
	}
	claims := a.visit.Claims()
	if claims == nil {
		return nil
	}
	a.limited = true
	if a.limits, err = limitsOf(claims); err == nil && a.target.resource.Kind.Entry() {
		a.target.options, err = a.target.options.Under(a.limits)
	}
	return err
}

// limitsOf returns the limits that a credential sets. The error is, or wraps, [auth.Malformed] when no session can hold
// them.
func limitsOf(c *auth.Claims) (packager.Options, error) {
	limits := packager.Options{MaxHeight: c.MaxHeight, Preview: min(c.PreviewSeconds, packager.MaxPreviewSeconds)}
	for _, track := range c.Tracks {
		limits.Tracks = append(limits.Tracks, packager.TrackID(track))
	}
	slices.Sort(limits.Tracks)
	limits.Tracks = slices.Compact(limits.Tracks)
	text := limits.String()
	if text == "" {
		return limits, nil
	}
	if len(text) > auth.MaxLimits {
		return limits, fmt.Errorf("%w: limits of %d bytes", auth.Malformed, len(text))
	}
	if _, err := packager.ParseOptions(text); err != nil {
		return limits, fmt.Errorf("%w: limits: %v", auth.Malformed, err) // no option of the URL is wrong
	}
	return limits, nil
}

// within reports an error when what the target names does not exist under the limits of the viewer.
func (a *answer) within() error {
	if !a.limited {
		return nil
	}
	r := a.target.resource
	listed := !r.Kind.TakesOptions() || a.target.options.Within(a.limits)
	if listed && a.limits.Allows(a.presentation, r) {
		return nil
	}
	return fmt.Errorf("%w: %s is not within %q", auth.OutsideLimits, r.AppendPath(nil), a.limits)
}
