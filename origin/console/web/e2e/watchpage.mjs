// The watch page as a test drives it, through window.headwater.

const patience = 1000 * Number(process.env.PATIENCE ?? 120); // milliseconds; a bound for what never comes, not a demand

// What players may complain about in which formats. Everything else is ours to mend.
const harmless = [
  // Stalls, when a busy machine starves the player.
  { text: /bufferStalledError|bufferNudgeOnStall|^stall$/, of: () => true },

  // hls.js tells of a load that it has aborted itself (ErrorDetails.INTERNAL_ABORTED, never fatal), as when it changes to another
  // group of sound while a segment of the first is under way. A load that the server breaks off has another name.
  { text: /^networkError · aborted · (main|audio) playlist \d+ segment \w+ · Aborted$/, of: (player) => player === 'hls.js' },

  // hls.js (1.7.4, BufferController.blockBuffers), when it has appended a segment that is sound alone or pictures alone, steps
  // the queues of both source buffers. Where the other one has finished an append too, and its "updateend" is still to come,
  // that append is dropped from the queue as if it had never been: it is in the buffer, but hls.js counts no progress and
  // warns. Transport streams that ffmpeg muxes of the same samples do it as often. Where sound and pictures are in one segment,
  // hls.js waits for both. The number is how often in a row a segment made no progress: from 2 on it was loaded again in vain.
  {
    text: /^mediaError · bufferAppendNoProgress · (main|audio) playlist \d+ segment \d+ · .* \(1\)$/,
    of: (player, format) => player === 'hls.js' && format !== 'ts',
  },

  // shaka-player (5.2.12, MediaSourceEngine.setTimestampOffset_) adds a millisecond to negative offsets, which all transport
  // streams have whose first time stamp is not 0, and then jumps over it, if it looks before playback has begun.
  {
    text: /^gap in the buffer before 0\.001 s$/,
    of: (player, format) => player === 'shaka-hls' && format.startsWith('ts'),
  },
];

/** WatchPage is one open page and all that went wrong on it. */
export class WatchPage {
  #faults = [];
  #harmless = [];

  /** @param {import('playwright-core').Page} page  @param {string[]} origins  the only ones that the page may talk to */
  constructor(page, origins) {
    this.page = page;
    page.on('pageerror', (error) => this.#faults.push(`script error: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error') this.#faults.push(`console: ${message.text()}`);
    });
    page.on('response', (response) => {
      if (response.status() >= 400) this.#faults.push(`HTTP ${response.status()} ${response.url()}`);
    });
    page.on('request', (request) => {
      const { origin, protocol } = new URL(request.url());
      if (protocol.startsWith('http') && !origins.includes(origin)) this.#faults.push(`foreign request ${request.url()}`);
    });
  }

  /** Opens the page of an asset with a player and waits until the manifest is read. */
  async open(control, asset, player, { format = '', options = '' } = {}) {
    this.#harmless = harmless.filter(({ of }) => of(player, format)).map(({ text }) => text);
    await this.page.goto(`${control}/watch/${asset}?${new URLSearchParams({ player, format, options })}`);
    if (!(await this.page.evaluate(() => Boolean(window.headwater)))) {
      throw new Error(`no player on the page: ${await this.page.innerText('main, body')}`);
    }
    await this.until('the manifest is read', () => window.headwater.state !== 'loading');
    await this.assertFaultless();
    const played = await this.ask('playerId');
    if (played !== player) throw new Error(`asked for ${player}, the page chose ${played}`);
  }

  close() {
    return this.page.close();
  }

  /** Returns a property of window.headwater. */
  ask(property) {
    return this.page.evaluate((name) => window.headwater[name], property);
  }

  /** Acts on the page: act runs there with argument. */
  tell(act, argument) {
    return this.page.evaluate(act, argument);
  }

  /** Waits until condition holds on the page, or the player fails, or patience ends. */
  async until(what, condition, argument) {
    try {
      await this.page.waitForFunction(condition, argument, { timeout: patience, polling: 100 });
    } catch (error) {
      throw new Error(`waited for: ${what}\n${error.message.split('\n')[0]}\n${await this.#situation()}`);
    }
  }

  /** Plays at rate from where the video is, and waits until it plays on. */
  async playOn(rate = 1) {
    const from = await this.tell((playbackRate) => {
      const video = document.querySelector('video');
      video.playbackRate = playbackRate;
      return { time: video.currentTime, decoded: window.headwater.frames.decoded };
    }, rate);
    await this.#untilPast(from);
  }

  /** Moves to a position in seconds and waits until playback goes on from there. */
  async seek(seconds) {
    const from = await this.tell((time) => {
      document.querySelector('video').currentTime = time;
      return { time, decoded: window.headwater.frames.decoded };
    }, seconds);
    await this.#untilPast(from);
  }

  // untilPast waits until the position has passed from.time and, where there is a picture, newer ones than from.decoded
  // are decoded. It asks for playback until it comes: a player that sets up the video element anew cancels an early play().
  async #untilPast(from) {
    await this.until(`playback past ${from.time.toFixed(2)} s`, ({ time, decoded }) => {
      const { currentTime, ended, frames, picture, state } = window.headwater;
      const video = document.querySelector('video');
      if (video.paused && !ended) video.play().catch(() => {});
      const pictures = picture.height === 0 || frames.decoded > decoded;
      return state === 'failed' || (!video.seeking && pictures && (currentTime >= time + 0.2 || ended));
    }, from);
    await this.assertFaultless();
  }

  /** Throws what has gone wrong on the page so far. */
  async assertFaultless() {
    const errors = await this.ask('errors');
    const complaints = errors.filter(({ fatal, text }) => fatal || !this.#harmless.some((pattern) => pattern.test(text)));
    const faults = [...this.#faults, ...complaints.map(({ fatal, text }) => `${fatal ? 'fatal' : 'error'}: ${text}`)];
    if (faults.length > 0) throw new Error(`${faults.join('\n')}\n${await this.#situation()}`);
  }

  /** What the player tells, for a message. */
  #situation() {
    return this.page.evaluate(() => {
      const { log, buffered, currentTime, duration, picture, currentLevel, frames } = window.headwater;
      return [JSON.stringify({ currentTime, duration, buffered, picture, currentLevel, frames }), ...log.slice(-12)].join('\n');
    });
  }
}
