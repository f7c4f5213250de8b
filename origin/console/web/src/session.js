// One player in the video element: started, watched and replaced by the next.

/** @typedef {{time: Date, kind: 'event' | 'warning' | 'error', text: string}} LogEntry  warning: an error survived */

const mediaEvents = ['loadstart', 'loadedmetadata', 'playing', 'pause', 'waiting', 'stalled', 'seeking', 'seeked', 'ratechange', 'ended'];

/**
 * Session runs at most one player at a time and remembers what it said. It fires 'change' when the log, the player or
 * its readiness changes.
 */
export class Session extends EventTarget {
  /** @type {import('./players.js').Player | null} */
  player = null;
  /** @type {import('./players.js').PlayerChoice | null} */
  choice = null;
  /** @type {'loading' | 'ready' | 'failed'} */
  state = 'loading';
  /** @type {LogEntry[]} */
  log = [];
  #generation = 0;
  #endedAt = NaN;

  /** @param {HTMLVideoElement} video  @param {{hls: string, dash: string}} urls */
  constructor(video, urls) {
    super();
    this.video = video;
    this.urls = urls;
    for (const name of mediaEvents) video.addEventListener(name, () => this.#add('event', name));
    video.addEventListener('ended', () => this.#end());
    video.addEventListener('playing', () => { this.#endedAt = NaN; });
    video.addEventListener('resize', () => {
      if (video.videoHeight > 0) this.#add('event', `shows ${video.videoWidth}×${video.videoHeight}`);
    });
    video.addEventListener('error', () => this.#mediaFailed());
  }

  /** Replaces the player. The last call wins when calls overlap. @param {import('./players.js').PlayerChoice} choice */
  async start(choice) {
    const generation = ++this.#generation;
    const previous = this.player;
    Object.assign(this, { player: null, choice, state: 'loading', log: [] });
    this.#endedAt = NaN;
    this.#add('event', `starts ${choice.id}`);
    await previous?.destroy();
    const implementation = await choice.load().catch((error) => this.#fail(`${choice.id} did not load: ${error.message}`));
    if (!implementation || generation !== this.#generation) return;
    this.player = implementation.start(this.video, this.urls[choice.protocol], this.#report(generation));
    this.#changed();
  }

  /** Whether the video rests at its end. dash.js may step back from there by half a second, so being near will do. */
  get ended() {
    return this.video.paused && Math.abs(this.video.currentTime - this.#endedAt) < 1;
  }

  /** Errors of the running player, fatal or not. */
  get errors() {
    return this.log.filter(({ kind }) => kind !== 'event').map(({ kind, text }) => ({ fatal: kind === 'error', text }));
  }

  /** Buffered ranges of the media timeline, [start, end] in seconds. */
  get buffered() {
    const { buffered } = this.video;
    return Array.from({ length: buffered.length }, (_, i) => [buffered.start(i), buffered.end(i)]);
  }

  /** Seconds of media buffered from the position on without a gap. */
  get bufferAhead() {
    const now = this.video.currentTime;
    const range = this.buffered.find(([start, end]) => start <= now + 0.1 && now <= end);
    return range ? Math.max(range[1] - now, 0) : 0;
  }

  /** Frames since the video element loaded: decoded for showing, and of these dropped. */
  get frames() {
    const { totalVideoFrames, droppedVideoFrames } = this.video.getVideoPlaybackQuality();
    return { decoded: totalVideoFrames, dropped: droppedVideoFrames };
  }

  /** @returns {import('./players.js').Report} one that is deaf once another player has started */
  #report(generation) {
    const current = (act) => (...args) => { if (generation === this.#generation) act(...args); };
    return {
      ready: current(() => { if (this.state === 'loading') this.state = 'ready'; this.#changed(); }),
      ended: current(() => { this.#add('event', 'end of the stream'); this.#end(); }),
      event: current((text) => this.#add('event', text)),
      error: current((fatal, text) => (fatal ? this.#fail(text) : this.#add('warning', text))),
    };
  }

  #end() {
    this.#endedAt = this.video.currentTime;
  }

  #mediaFailed() {
    const { error } = this.video;
    if (error) this.#fail(`media element · ${error.code} · ${error.message}`);
  }

  #fail(text) {
    this.state = 'failed';
    this.#add('error', text);
  }

  #add(kind, text) {
    const longest = 500; // entries: hours of play
    this.log = [...this.log.slice(1 - longest), { time: new Date(), kind, text }];
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }
}
