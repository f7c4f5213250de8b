// What clients say of themselves that they can decode.
import { run } from './programs.mjs';

// One common type of each codec, which does not depend on what our manifests call it.
const types = {
  avc: 'video/mp4; codecs="avc1.42E01E"',
  hevc: 'video/mp4; codecs="hvc1.1.6.L93.B0"',
  av1: 'video/mp4; codecs="av01.0.04M.08"',
  vp9: 'video/mp4; codecs="vp09.00.10.08"',
  aac: 'audio/mp4; codecs="mp4a.40.2"',
  ac3: 'audio/mp4; codecs="ac-3"',
  ec3: 'audio/mp4; codecs="ec-3"',
  opus: 'audio/mp4; codecs="opus"',
  flac: 'audio/mp4; codecs="flac"',
  mp3: 'audio/mp4; codecs="mp4a.6B"',
};

// Elements of GStreamer, of which one will do.
const elements = {
  avc: ['avdec_h264', 'openh264dec'],
  hevc: ['avdec_h265', 'libde265dec'],
  av1: ['dav1ddec', 'av1dec', 'avdec_av1'],
  vp9: ['vp9dec', 'avdec_vp9'],
  aac: ['avdec_aac', 'faad'],
  ac3: ['avdec_ac3', 'a52dec'],
  ec3: ['avdec_eac3'],
  opus: ['opusdec', 'avdec_opus'],
  flac: ['flacdec', 'avdec_flac'],
  mp3: ['mpg123audiodec', 'avdec_mp3'],
};

// typesOf returns what a player may make of a codec in a format, any of which will do: of transport streams hls.js makes MP4 or
// MPEG audio, the others MP4 or nothing.
function typesOf(client, format, codec) {
  const type = types[codec];
  if (!format.startsWith('ts')) return [type];
  if (client !== 'hls.js') return [type, type.replace(/^[a-z]+\/mp4/, 'video/mp2t')];
  return codec === 'mp3' ? [type, 'audio/mpeg'] : [type];
}

/** Decoders asks clients and remembers what they answer. */
export class Decoders {
  #page;
  #control;
  #opened;
  #answers = new Map();

  /** @param {import('playwright-core').Page} page  @param {string} control  where the watch page is: Chromium is asked there */
  constructor(page, control) {
    this.#page = page;
    this.#control = control;
  }

  /** Returns why a client cannot play codecs in a format; "" when it can. */
  async lack(client, format, codecs) {
    for (const codec of codecs) {
      const reason = await this.#lackOne(client, format, codec);
      if (reason) return reason;
    }
    return '';
  }

  async #lackOne(client, format, codec) {
    if (client === 'ffmpeg') return ''; // it made them
    if (client === 'GStreamer') {
      const has = await this.#once(`element ${codec}`, () => hasElement(codec));
      return has ? '' : `GStreamer has no decoder of ${codec}`;
    }
    if (client === 'native' && !(await this.#once('native', () => this.#playsHLS()))) return 'Chromium plays no HLS without a script';
    if (client === 'native' && format === 'download') {
      const plays = await this.#once(`file ${codec}`, () => this.#playsFile(types[codec]));
      return plays ? '' : `Chromium does not decode ${types[codec]}`;
    }
    const asked = typesOf(client, format, codec);
    for (const type of asked) {
      if (await this.#once(type, () => this.#decodes(type))) return '';
    }
    return `Chromium does not decode ${asked.join(' or ')} in Media Source Extensions`;
  }

  async #once(question, ask) {
    if (!this.#answers.has(question)) this.#answers.set(question, await ask());
    return this.#answers.get(question);
  }

  async #ask(question, argument) {
    this.#opened ??= this.#page.goto(`${this.#control}/watch/-`);
    await this.#opened;
    return this.#page.evaluate(question, argument);
  }

  #decodes(type) {
    return this.#ask(async (contentType) => {
      if (MediaSource.isTypeSupported(contentType)) return true;
      const video = { contentType, width: 640, height: 360, bitrate: 1e6, framerate: 30 };
      const audio = { contentType, channels: '2', bitrate: 1e5, samplerate: 48000 };
      const configuration = contentType.startsWith('video') ? { video } : { audio };
      const { supported } = await navigator.mediaCapabilities.decodingInfo({ type: 'media-source', ...configuration });
      return supported;
    }, type);
  }

  #playsHLS() {
    return this.#ask(() => document.createElement('video').canPlayType('application/vnd.apple.mpegurl') !== '');
  }

  #playsFile(type) {
    return this.#ask((contentType) => document.createElement('video').canPlayType(contentType) !== '', type);
  }
}

async function hasElement(codec) {
  for (const element of elements[codec]) {
    if ((await run('gst-inspect-1.0', ['--exists', element])).code === 0) return true;
  }
  return false;
}
