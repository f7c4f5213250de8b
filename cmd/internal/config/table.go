package config

import (
	"time"

	"headwater/ingest/ffmpeg"
)

// Ranges that many settings share: far above what makes sense, low enough to catch a slip of the pen.
const (
	day      = 24 * time.Hour
	year     = 365 * day
	instant  = time.Millisecond
	mebibyte = 1 << 20
	pebibyte = 1 << 50
	million  = 1_000_000
)

// settings is the table: every setting with the field of c that it fills, in the order of the sample file.
func (c *Config) settings() []Setting {
	all := []Setting{
		{"data", "folder of the catalogue, the stored objects and scratch space", text(&c.Data)},
		{"listen", "address of the viewer listener: manifests and segments", address(&c.Listen)},
		{"control", "address of the control listener: watch page, health, metrics; keep it private", address(&c.Control)},
		{"tls_cert", "certificate file (PEM) with which the viewer listener speaks TLS; read again when it changes",
			path(&c.Viewer.CertificateFile)},
		{"tls_key", "key file (PEM) of the certificate", path(&c.Viewer.KeyFile)},
		{"public_url", "what printed viewer URLs start with, when it is not the viewer address", webURL(&c.PublicURL)},
		{"shutdown_timeout", "how long running responses may take to finish after a signal",
			duration(&c.Viewer.ShutdownTimeout, instant, day)},
		{"log.level", "lowest level that is logged: debug, info, warn or error",
			oneOf(&c.LogLevel, "debug", "info", "warn", "error")},
		{"log.access_sample", "write one access line for so many cache hits; every other request has its line",
			integer(&c.Viewer.LogHitsEvery, 1, million)},
	}
	all = append(all, c.viewerSettings()...)
	all = append(all, c.authSettings()...)
	all = append(all, c.originSettings()...)
	all = append(all, c.cacheSettings()...)
	all = append(all, c.diskSettings()...)
	return append(all, c.ingestSettings()...)
}

func (c *Config) viewerSettings() []Setting {
	v := &c.Viewer
	return []Setting{
		{"viewer.max_connections", "open connections; one more is answered 503", integer(&v.MaxConnections, 1, 10*million)},
		{"viewer.max_header", "largest request line and header together",
			size(&v.MaxHeaderBytes, 1024, mebibyte)},
		{"viewer.read_timeout", "how long one request may take to arrive", duration(&v.ReadTimeout, instant, day)},
		{"viewer.idle_timeout", "how long a connection may wait for its next request", duration(&v.IdleTimeout, instant, day)},
		{"viewer.write_timeout", "how long a response may take beside the time of its body at viewer.min_rate",
			duration(&v.WriteTimeout, instant, day)},
		{"viewer.min_rate", "slowest rate at which a viewer may read, in bytes a second", size(&v.MinBytesPerSecond, 1, pebibyte)},
		{"viewer.trusted_proxies", "networks of the proxies whose X-Forwarded-For tells the client address, such as [10.0.0.0/8]; " +
			"without them it is that of the connection", networks(&v.TrustedProxies)},
		{"viewer.proxy_protocol", "whether each connection of a trusted proxy begins with a header of the PROXY protocol, version 1 or 2",
			boolean(&v.ProxyProtocol)},
		{"viewer.pin_file", "file with secrets, one a line, of which a CDN sends one in viewer.pin_header; requests without get 403; " +
			"read again when it changes", path(&v.PinFile)},
		{"viewer.pin_header", "request field with the secret of the CDN", text(&v.PinHeader)},
		{"viewer.client_ca", "certificate file (PEM) of the authorities of which a client must show a certificate to connect; needs TLS; " +
			"read again when it changes", path(&v.ClientCAFile)},
		{"viewer.client_names", "DNS names or common names of which that certificate must have one; none for any",
			names(&v.ClientNames)},
	}
}

func (c *Config) authSettings() []Setting {
	return []Setting{
		{"auth.secret_file", "file of the secret that keys are sealed with, the same for all origins; empty for secret.key in the data folder",
			path(&c.SecretFile)},
		{"auth.countries", "database of countries (MaxMind DB format, such as GeoLite2-Country) that rules about them need; read again " +
			"when it changes", path(&c.CountriesFile)},
	}
}

func (c *Config) originSettings() []Setting {
	o := &c.Origin
	return []Setting{
		{"origin.request_timeout", "how long a viewer waits for an answer that is not in memory",
			duration(&o.RequestTimeout, instant, day)},
		{"origin.load_timeout", "how long reading one record, presentation or piece of news may take",
			duration(&o.LoadTimeout, instant, day)},
		{"origin.max_loads", "records and presentations that are read at a time", integer(&o.MaxLoads, 1, million)},
		{"origin.max_assets", "assets whose records are kept in memory", integer(&o.MaxAssets, 1, 1000*million)},
		{"origin.max_presentations", "memory of the presentations that are kept ready",
			size(&o.MaxPresentationBytes, mebibyte, pebibyte)},
		{"origin.max_absent", "assets that are remembered as absent", integer(&o.MaxAbsent, 1, 1000*million)},
		{"origin.absent_for", "how long they are remembered as absent", duration(&o.AbsentFor, instant, day)},
		{"origin.sendfile", "send segments straight from the files of the data folder; false reads them into the cache, for a " +
			"folder on a network file system", boolean(&o.Sendfile)},
		{"origin.max_open_files", "track files that are kept open to be sent from", integer(&o.MaxOpenFiles, 1, 10*million)},
		{"origin.max_streams", "responses at a time that find no room in the cache", integer(&o.MaxStreams, 1, million)},
		{"origin.prefetch", "read the segment after one that a viewer had to wait for, where segments go through the cache",
			boolean(&o.Prefetch)},
		{"origin.poll_interval", "how often storage is asked for changes", duration(&o.PollInterval, instant, day)},
		{"origin.stale_for", "how long to serve what is known while storage cannot be reached", duration(&o.StaleFor, instant, year)},
	}
}

func (c *Config) cacheSettings() []Setting {
	s := &c.Cache
	return []Setting{
		{"cache.size", "memory of all answers: kept, being made and being sent", size(&s.MaxBytes, mebibyte, pebibyte)},
		{"cache.max_fills", "answers made at a time", integer(&s.MaxFills, 1, million)},
		{"cache.max_queued_fills", "answers that may wait to be made before viewers get 503", integer(&s.MaxQueuedFills, 0, million)},
		{"cache.fill_timeout", "how long making one answer may take, waiting included", duration(&s.FillTimeout, instant, day)},
	}
}

func (c *Config) diskSettings() []Setting {
	d := &c.Disk
	return []Setting{
		{"disk_cache.folder", "folder of its own for copies of what is read from a slow data folder; empty for none",
			path(&d.Folder)},
		{"disk_cache.size", "disk space of the copies", size(&d.MaxBytes, mebibyte, pebibyte)},
		{"disk_cache.queue", "memory of the copies that wait to be written", size(&d.MaxQueueBytes, mebibyte, pebibyte)},
	}
}

func (c *Config) ingestSettings() []Setting {
	i := &c.Ingest
	return []Setting{
		{"ingest.ladder", "name of the ladder of renditions that is made of each source", text(&i.Ladder)},
		{"ingest.max_source", "largest source file", size(&i.MaxSourceBytes, 1, pebibyte)},
		{"ingest.time_limit", "how long one run of ffmpeg may take", duration(&i.Limits.Wall, time.Second, year)},
		{"ingest.stall_limit", "how long a run of ffmpeg may go without progress", duration(&i.Limits.Stall, time.Second, day)},
		{"ingest.cpu_limit", "processor time of one run of ffmpeg, all cores together", duration(&i.Limits.CPU, time.Second, year)},
		{"ingest.memory_limit", "address space of one run of ffmpeg", size(&i.Limits.MemoryBytes, 64*mebibyte, pebibyte)},
		{"ingest.output_limit", "what one run of ffmpeg may write", size(&i.Limits.OutputBytes, mebibyte, pebibyte)},
		{"ingest.ladders", "the ladders to choose from; a list given here replaces the built-in one", rows[ffmpeg.Ladder]{
			p: &i.Ladders, fresh: freshLadder, settings: ladderSettings,
		}},
	}
}

// freshLadder is what a ladder of the file starts from: the default one without its rungs and name.
func freshLadder() ffmpeg.Ladder {
	l := ffmpeg.DefaultLadders()[0]
	l.Name, l.Rungs = "", nil
	return l
}

// ladderSettings is the table of one ladder. What is sound together, and in which ranges, Ladder.Validate knows.
func ladderSettings(l *ffmpeg.Ladder) []Setting {
	return []Setting{
		{"name", "", text(&l.Name)},
		{"preset", "", text(&l.Preset)},
		{"stereo_bit_rate", "", positive(&l.StereoBitRate)},
		{"surround_bit_rate", "", positive(&l.SurroundBitRate)},
		{"extra_audio", "", names(&l.ExtraAudio)},
		{"passthrough", "", names(&l.PassthroughCodecs)},
		{"passthrough_audio", "", names(&l.PassthroughAudio)},
		{"passthrough_max_bit_rate", "", positive(&l.PassthroughMaxBitRate)},
		{"rungs", "", rows[ffmpeg.Rung]{
			p: &l.Rungs, fresh: func() ffmpeg.Rung { return ffmpeg.Rung{Codec: "avc"} }, settings: rungSettings, oneLine: true,
		}},
	}
}

func rungSettings(r *ffmpeg.Rung) []Setting {
	return []Setting{
		{"height", "", positive(&r.Height)},
		{"codec", "", text(&r.Codec)},
		{"crf", "", positive(&r.CRF)},
		{"max_bit_rate", "", positive(&r.MaxBitRate)},
		{"buffer_bits", "", positive(&r.BufferBits)},
	}
}

// positive is a whole number above 0 whose upper bound somebody else knows.
func positive[T ~int | ~int64](p *T) value { return integer(p, 1, 1<<31-1) }
