package machine

import (
	"context"
	"runtime"
	"testing"
	"time"
)

func TestDescribe(t *testing.T) {
	d := Describe()
	if d.Cores < 1 || d.Go != runtime.Version() || d.Kernel == "" || d.CPU == "" {
		t.Errorf("%+v", d)
	}
	if n := OpenFiles(); n < 20 {
		t.Errorf("%d open files", n)
	}
	if got := cpuModel("processor\t: 0\nmodel name\t: A: B\n"); got != "A: B" {
		t.Errorf("model %q", got)
	}
	if got := cpuModel("Features : fp\n"); got != "unknown" {
		t.Errorf("model %q", got)
	}
}

func TestUsage(t *testing.T) {
	before := Now()
	for spun := 0; Now().CPU-before.CPU < 20*time.Millisecond; spun++ {
	}
	spent := Now().Since(before)
	if spent.CPU < 20*time.Millisecond || spent.Elapsed <= 0 || spent.Own(1) <= 0 || spent.All() < 0 || spent.All() > 1 {
		t.Errorf("%+v", spent)
	}
	if (Spent{}).Own(1) != 0 || (Spent{}).All() != 0 {
		t.Error("nothing is something")
	}
}

func TestParseStat(t *testing.T) {
	f := func(text string, busy, total time.Duration) {
		t.Helper()
		if b, all := parseStat(text); b != busy || all != total {
			t.Errorf("%q: %s of %s, want %s of %s", text, b, all, busy, total)
		}
	}
	f("cpu  100 200 300 1000 50 1 2 3 0 0\ncpu0 1\n", 6060*time.Millisecond, 16560*time.Millisecond)
	f("cpu 1 2 3\n", 0, 0)
	f("cpu a b c d e f g h\n", 0, 0)
	f("", 0, 0)
}

func TestWatchLag(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	n := 0
	WatchLag(ctx, func(late time.Duration) {
		if n++; n == 3 {
			stop()
		}
		if late < 0 {
			t.Errorf("%s early", late)
		}
	})
	if n != 3 {
		t.Errorf("%d times", n)
	}
}
