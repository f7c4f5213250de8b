package httpd

import "time"

// deadline is when one direction of a connection gives up. The timer behind costs more than a small response, so it is
// set a little late and not moved again until it would ring too early: once every few seconds of a busy connection.
type deadline struct {
	want  time.Time     // what was asked for; zero for never
	slack time.Duration // how late is on time
	armed time.Time     // what the timer is set to
}

// slackShare is the share of the time left that a deadline may be missed by.
const slackShare = 8

// set makes the direction give up at want; zero for never.
func (d *deadline) set(want time.Time) {
	d.want, d.slack = want, 0
	if !want.IsZero() {
		d.slack = max(time.Until(want)/slackShare, 0)
	}
}

// after makes the direction give up a while after now.
func (d *deadline) after(now time.Time, while time.Duration) {
	d.want, d.slack = now.Add(while), while/slackShare
}

// rearm reports whether the timer must be moved, and notes that it was. Before a call that may not block it is enough
// that the timer does not ring too early; one that blocks needs that it does not ring too late either.
func (d *deadline) rearm(blocks bool) bool {
	switch {
	case d.want.IsZero():
		if d.armed.IsZero() {
			return false
		}
		d.armed = time.Time{}
		return true
	case d.armed.IsZero(), d.armed.Before(d.want), blocks && d.armed.After(d.want.Add(d.slack)):
		d.armed = d.want.Add(d.slack / 2)
		return true
	default:
		return false
	}
}
