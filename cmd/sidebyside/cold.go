package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"headwater/cmd/internal/stat"
)

// coldRequests bounds the segments of a cold round, so that the device is not what takes the time.
const coldRequests = 200

// compareCold measures segments that nobody has asked for and that are not in the page cache either. For that Headwater
// starts again in each round, and all files are dropped from memory.
func (b *bench) compareCold(ctx context.Context, s scenario) (*comparison, error) {
	c := newComparison(s)
	objects, primers := b.coldObjects(s.Kind)
	var added []float64
	for range b.rounds {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var r round
		var again side
		var read time.Duration
		legs := []func() error{
			func() (err error) { r.Nginx, err = b.coldNginx(c, objects); return err },
			func() (err error) { r.Headwater, again, err = b.coldHeadwater(ctx, c, objects, primers); return err },
			func() (err error) { read, err = b.coldRead(objects); return err },
		}
		for _, i := range b.random.Perm(len(legs)) {
			if err := legs[i](); err != nil {
				return nil, err
			}
		}
		c.Rounds = append(c.Rounds, r)
		extra := (r.Headwater.CPU - again.CPU - read) / time.Duration(len(objects))
		added = append(added, extra.Seconds()*1000)
	}
	c.judge()
	e := stat.Of(added)
	c.Added = &e
	return c, nil
}

// coldObjects returns some objects in random order, and for each of their assets another one, whose request makes a
// server know the asset.
func (b *bench) coldObjects(k kind) (objects, primers []object) {
	all := b.sets[k]
	if k == kind360p {
		all = b.sets[kindCatalogue] // more of the same
	}
	seen := map[string]bool{}
	for _, o := range all {
		if dir := filepath.Dir(o.Path); !seen[dir] {
			seen[dir] = true
			primers = append(primers, o)
			continue
		}
		objects = append(objects, o)
	}
	b.random.Shuffle(len(objects), func(i, j int) { objects[i], objects[j] = objects[j], objects[i] })
	return slices.Clip(objects[:min(len(objects), coldRequests)]), primers
}

// coldNginx has nginx answer once for each object.
func (b *bench) coldNginx(c *comparison, objects []object) (side, error) {
	return b.coldLoad(c, b.nginx, b.library.Root(), objects)
}

// coldHeadwater has a fresh Headwater answer once for each object, and then again.
func (b *bench) coldHeadwater(ctx context.Context, c *comparison, objects, primers []object) (first, again side, err error) {
	headwater, err := b.restart(ctx, variant{c.Secure, defaultCacheBytes})
	if err != nil {
		return side{}, side{}, err
	}
	const session = "primers"
	if _, err := b.driver.open(headwater, session, b.rootCertificate(c.Secure), 1, primers); err != nil {
		return side{}, side{}, err
	}
	result, err := b.driver.do(command{Session: session, Load: &load{Requests: len(primers), HashEvery: 1}})
	if err != nil {
		return side{}, side{}, err
	}
	c.count(headwater.name, result)
	if err := b.driver.close(session); err != nil {
		return side{}, side{}, err
	}
	if first, err = b.coldLoad(c, headwater, b.library.Data(), objects); err != nil {
		return side{}, side{}, err
	}
	again, err = b.onceEach(c, headwater, objects)
	return first, again, err
}

// coldLoad drops the files below dir from memory, asks for each object once, and makes sure that they came from the
// device.
func (b *bench) coldLoad(c *comparison, server *server, dir string, objects []object) (side, error) {
	if err := dropFromMemory(dir); err != nil {
		return side{}, err
	}
	before, err := server.read()
	if err != nil {
		return side{}, err
	}
	s, err := b.onceEach(c, server, objects)
	if err != nil {
		return side{}, err
	}
	after, err := server.read()
	s.Read = after - before
	if err == nil && s.Read < s.Bytes*9/10 {
		c.Failures[server.name+": was not cold: it read less than it sent"]++
	}
	return s, err
}

func (b *bench) onceEach(c *comparison, server *server, objects []object) (side, error) {
	if _, err := b.driver.open(server, server.name, b.rootCertificate(c.Secure), c.Connections, objects); err != nil {
		return side{}, err
	}
	s, err := b.measure(c, server, load{Requests: len(objects), HashEvery: hashEvery})
	return s, errors.Join(err, b.driver.close(server.name))
}

// coldRead returns the processor time of reading the same bytes from the device with nothing else done to them: not even
// copied out of the page cache, which sendfile spares a server too.
func (b *bench) coldRead(objects []object) (time.Duration, error) {
	if err := dropFromMemory(b.library.Root()); err != nil {
		return 0, err
	}
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return 0, err
	}
	defer null.Close()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before, err := threadTime()
	if err != nil {
		return 0, err
	}
	for i := range objects {
		if err := sendFile(null, filepath.Join(b.library.Root(), objects[i].file())); err != nil {
			return 0, err
		}
	}
	after, err := threadTime()
	return after - before, err
}

// sendFile has the kernel move a whole file.
func sendFile(to *os.File, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	for {
		const most = 1 << 30
		if n, err := unix.Sendfile(int(to.Fd()), int(file.Fd()), nil, most); n == 0 || err != nil {
			return err
		}
	}
}

// threadTime returns the processor time of this thread.
func threadTime() (time.Duration, error) {
	var now unix.Timespec
	err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &now)
	return time.Duration(now.Nano()), err
}
