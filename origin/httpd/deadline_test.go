package httpd

import (
	"testing"
	"time"
)

func TestDeadline_Rearm(t *testing.T) {
	start := time.Now()
	var d deadline
	f := func(what string, want time.Duration, blocks, rearmed bool) {
		t.Helper()
		d.set(start.Add(want))
		if got := d.rearm(blocks); got != rearmed {
			t.Errorf("%s: moved %t", what, got)
		}
		if early := d.armed.Before(d.want); early {
			t.Errorf("%s: rings %s too early", what, d.want.Sub(d.armed))
		}
		if late := d.armed.Sub(d.want); blocks && late > want/slackShare+time.Second {
			t.Errorf("%s: rings %s too late", what, late)
		}
	}
	f("first", 80*time.Second, true, true)
	f("a moment later", 81*time.Second, true, false)
	f("much later", 100*time.Second, true, true)
	f("shorter, but nothing blocks", 20*time.Second, false, false)
	f("shorter", 20*time.Second, true, true)
	f("the same", 20*time.Second, true, false)
	d.set(time.Time{})
	if !d.rearm(true) || !d.armed.IsZero() || d.rearm(true) {
		t.Errorf("none: armed %v", d.armed)
	}
}
