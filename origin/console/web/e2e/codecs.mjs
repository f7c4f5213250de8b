// Plays every codec in every format with every client, from the start to the end: each codec alone, each video codec with AAC
// and each audio codec with H.264. Ends with a table.
//
//   VIEWER=http://127.0.0.1:8080 CONTROL=http://127.0.0.1:8081 node codecs.mjs ASSET
//
// The asset has tracks of every codec. What a client cannot decode, as it says itself, is not run; what it can, must play, but
// for what is known of a client and stated below.
//
// CLIENTS and CODECS (comma-separated) select some, CHROMIUM names the browser, PATIENCE (seconds) bounds each wait.
import { inFormat } from '../src/manifests.js';
import { launchBrowser } from './browser.mjs';
import { Decoders } from './decoders.mjs';
import { Matrix } from './matrix.mjs';
import { playThrough } from './playthrough.mjs';
import { playFFmpeg, playGStreamer } from './programs.mjs';
import { readArguments, Tally } from './tally.mjs';
import { WatchPage } from './watchpage.mjs';

const { assets: [asset], viewer, control } = readArguments('VIEWER', 'CONTROL');

const videoCodecs = ['avc', 'hevc', 'av1', 'vp9'];
const audioCodecs = ['aac', 'ac3', 'ec3', 'opus', 'flac', 'mp3'];
const transportCodecs = ['avc', 'aac', 'ac3', 'ec3', 'mp3']; // those of MPEG transport streams; other formats have all
const everyCodec = [...videoCodecs, ...audioCodecs];

const hls = ['hls', 'ts', 'ts-separate', 'byterange']; // see manifests.js of the page
const dash = ['dash', 'duration', 'ondemand'];
const formats = {
  'hls.js': hls,
  'shaka-hls': hls,
  'dash.js': dash,
  'shaka-dash': dash,
  native: [...hls, 'download'],
  GStreamer: [...hls, ...dash, 'download'],
  ffmpeg: [...hls, 'dash', 'ondemand', 'download'], // counted segments it counts wrong: packager/dash/adr/0003
};
const programs = { GStreamer: playGStreamer, ffmpeg: playFFmpeg };

// hls.js (1.7.4, LevelController) takes variants of mp4a.40.34 where Chromium plays audio/mpeg, but leaves out the renditions of
// their groups, because Chromium does not know that name. Pictures play without sound, those of ffmpeg's streams too.
const isSilent = (client, format, { codecs }) =>
  client === 'hls.js' && format === 'ts-separate' && codecs.includes('mp3') && codecs.length > 1;

// Chromium (156) itself keeps the last 7 pictures of a transport stream out of the buffer, of ffmpeg's too.
const tailOf = (client, format) => (client === 'native' && format.startsWith('ts') ? 0.25 : undefined);

const chosen = (variable, all) => all.filter((name) => !process.env[variable] || process.env[variable].split(',').includes(name));
const carries = (format, codec) => !format.startsWith('ts') || transportCodecs.includes(codec);

function manifestOf(format, options) {
  const base = `${viewer}/v/${asset}`;
  const urls = inFormat({ hls: `${base}/hls/master.m3u8`, dash: `${base}/dash/manifest.mpd` }, format, options);
  return dash.includes(format) ? urls.dash : urls.hls;
}

// readAsset asks the DASH manifest for the duration, in seconds, and for the tracks of each codec.
async function readAsset() {
  const response = await fetch(manifestOf('dash', ''));
  if (!response.ok) throw new Error(`HTTP ${response.status} ${response.url}`);
  const text = await response.text();
  const duration = Number(/mediaPresentationDuration="PT([\d.]+)S"/.exec(text)?.[1]);
  const tracks = Object.fromEntries(everyCodec.map((codec) => [codec, []]));
  for (const [, attributes] of text.matchAll(/<Representation ([^>]*)>/g)) {
    const pairs = [...attributes.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]);
    const { id, codecs, width = 0, height = 0 } = Object.fromEntries(pairs);
    tracks[familyOf(codecs)].push({ id, size: `${width}×${height}` });
  }
  const missing = everyCodec.filter((codec) => tracks[codec].length === 0);
  if (missing.length > 0) throw new Error(`the asset has no ${missing.join(', ')}`);
  return { duration, tracks };
}

// Words of the option codecs, by the sample entry of a codecs value (RFC 6381).
const families = {
  avc1: 'avc', hvc1: 'hevc', av01: 'av1', vp09: 'vp9', mp4a: 'aac', 'ac-3': 'ac3', 'ec-3': 'ec3', Opus: 'opus', fLaC: 'flac',
};

// familyOf returns the word for a codecs value of our DASH manifests.
function familyOf(codecs) {
  return codecs === 'mp4a.6B' ? 'mp3' : families[codecs.split('.')[0]];
}

// presentationsOf returns what is played for a codec: the options that leave it alone, and those that add the other kind.
function presentationsOf(codec) {
  const alone = { codecs: [codec], options: `tracks=${tracks[codec].map(({ id }) => id).sort().join('+')}` };
  if (codec === 'aac') return [alone]; // with H.264 it is played for that
  const pair = [codec, videoCodecs.includes(codec) ? 'aac' : 'avc'].sort();
  return [alone, { codecs: pair, options: `codecs=${pair.join('+')}` }];
}

async function playInBrowser(client, format, presentation) {
  const watch = new WatchPage(await browser.newPage(), [new URL(viewer).origin, new URL(control).origin]);
  try {
    await watch.open(control, asset, client, { format, options: presentation.options });
    await watch.playOn(); // the duration is known then
    const note = await playThrough(watch, tailOf(client, format));
    await assertShown(watch, presentation.codecs, isSilent(client, format, presentation));
    return note;
  } finally {
    await watch.close();
  }
}

// assertShown wants the whole duration, a picture of a size of the video codec, and that sound and pictures have been decoded,
// no sound where that is known to fail.
async function assertShown(watch, codecs, silent) {
  const { picture, length, pictures, sounds } = await watch.tell(() => {
    const video = document.querySelector('video');
    return {
      picture: `${video.videoWidth}×${video.videoHeight}`,
      length: video.duration,
      pictures: video.webkitVideoDecodedByteCount,
      sounds: video.webkitAudioDecodedByteCount,
    };
  });
  const video = codecs.find((codec) => videoCodecs.includes(codec));
  const sizes = video ? tracks[video].map(({ size }) => size) : ['0×0'];
  if (!sizes.includes(picture)) throw new Error(`shows ${picture}, which is none of ${sizes.join(', ')}`);
  if (Math.abs(length - duration) > 0.2) throw new Error(`lasts ${length} of ${duration} s`);
  if (video && !(pictures > 0)) throw new Error('no pictures were decoded');
  if (silent && sounds > 0) throw new Error('sound was decoded, which this player is said not to do: mend isSilent');
  if (!silent && codecs.some((codec) => audioCodecs.includes(codec)) && !(sounds > 0)) throw new Error('no sound was decoded');
}

async function assertAbsent(url) {
  const { status } = await fetch(url);
  if (status !== 404) throw new Error(`HTTP ${status} where the format has no such codec: ${url}`);
}

async function cell(client, format, codec) {
  const line = `${client} ${format}`;
  for (const presentation of presentationsOf(codec)) {
    const name = `${line} ${presentation.codecs.join(' with ')}`;
    const url = manifestOf(format, presentation.options);
    if (!carries(format, codec)) {
      const passed = await tally.check(`${name} does not exist`, () => assertAbsent(url));
      matrix.note(line, codec, passed ? '–' : 'FAILED');
      continue;
    }
    const reason = await decoders.lack(client, format, presentation.codecs);
    if (reason) {
      console.log(`not run ${name}: ${reason}`);
      matrix.skip(line, codec, reason);
      continue;
    }
    const play = () => (programs[client] ? programs[client](url) : playInBrowser(client, format, presentation));
    const expected = isSilent(client, format, presentation) ? 'silent' : 'ok';
    matrix.note(line, codec, (await tally.check(name, play)) ? expected : 'FAILED');
  }
}

const { duration, tracks } = await readAsset();
const codecs = chosen('CODECS', everyCodec);
const tally = new Tally();
const matrix = new Matrix(codecs);
const browser = await launchBrowser();
const decoders = new Decoders(await browser.newPage(), control);
for (const client of chosen('CLIENTS', Object.keys(formats))) {
  for (const format of formats[client]) {
    for (const codec of codecs) await cell(client, format, codec);
  }
}
await browser.close();
matrix.print();
tally.close();
