// Reads the HLS playlists of assets with a strict parser, and the init and media segments of every track with a strict
// fragmented-MP4 reader (shaka-packager).
//
//   VIEWER=http://127.0.0.1:8080 node conformance.mjs ASSET...
import HLS from 'hls-parser';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runWell } from './programs.mjs';
import { readArguments, Tally } from './tally.mjs';

HLS.setOptions({ strictMode: true });

const { assets, viewer } = readArguments('VIEWER');
const architecture = process.arch === 'arm64' ? 'arm64' : 'x64';
const packager = join(dirname(createRequire(import.meta.url).resolve('shaka-packager')), 'bin', `packager-linux-${architecture}`);

async function download(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`HTTP ${response.status} ${url}`);
  return response;
}

async function readPlaylist(url) {
  const response = await download(url);
  const type = response.headers.get('content-type');
  expect(type === 'application/vnd.apple.mpegurl', `content type ${type} of ${url}`);
  return HLS.parse(await response.text());
}

function expect(condition, complaint) {
  if (!condition) throw new Error(complaint);
}

// checkMaster holds a multivariant playlist against HLS Authoring Specification 6.1 and 9.1-9.15 and returns the URLs of its
// media playlists and those of its I-frame playlists, each once.
function checkMaster(master, base) {
  expect(master.isMasterPlaylist, 'not a multivariant playlist');
  expect(master.independentSegments, 'EXT-X-INDEPENDENT-SEGMENTS is missing');
  expect(master.variants.length > 0, 'no variants');
  const [uris, iframes] = [new Set(), new Set()];
  for (const variant of master.variants) {
    const name = `variant ${variant.uri}`;
    expect(variant.codecs, `${name}: no CODECS`);
    if (variant.isIFrameOnly) {
      expect(variant.resolution, `${name}: no RESOLUTION`);
      iframes.add(variant.uri);
      continue;
    }
    expect(variant.averageBandwidth > 0 && variant.averageBandwidth <= variant.bandwidth,
      `${name}: AVERAGE-BANDWIDTH ${variant.averageBandwidth}, BANDWIDTH ${variant.bandwidth}`);
    if (/avc|hvc|hev|av01|vp09/.test(variant.codecs)) expect(variant.resolution && variant.frameRate, `${name}: no RESOLUTION or FRAME-RATE`);
    uris.add(variant.uri);
    for (const rendition of variant.audio) if (rendition.uri) uris.add(rendition.uri);
  }
  const pictures = master.variants.some(({ isIFrameOnly, resolution }) => !isIFrameOnly && resolution);
  expect(!pictures || iframes.size > 0, 'no I-frame playlists');
  return [uris, iframes].map((list) => [...list].map((uri) => new URL(uri, base).href));
}

// checkMedia holds a media playlist against RFC 8216 §4.3.3 and the specification's 7.7, 8.6 and 8.20.
function checkMedia(playlist, url) {
  expect(playlist.playlistType === 'VOD' && playlist.endlist, `${url}: not VOD or without EXT-X-ENDLIST`);
  const transport = playlist.segments[0]?.uri.endsWith('.ts');
  expect(playlist.segments.length > 0 && (transport || playlist.segments[0].map), `${url}: no segments or no EXT-X-MAP`);
  for (const { uri, duration } of playlist.segments) {
    expect(Math.round(duration) <= playlist.targetDuration, `${url}: ${uri} lasts ${duration} s of ${playlist.targetDuration}`);
  }
}

// checkIFrames holds an I-frame playlist against the specification's 6.8 and 6.10.
function checkIFrames(playlist, url) {
  expect(playlist.isIFrame && playlist.endlist, `${url}: without EXT-X-I-FRAMES-ONLY or EXT-X-ENDLIST`);
  expect(playlist.segments.length > 0 && playlist.segments.every(({ map, byterange }) => map && byterange?.length > 0),
    `${url}: an I-frame without a range or EXT-X-MAP`);
}

const totalDuration = ({ segments }) => segments.reduce((sum, { duration }) => sum + duration, 0);

// checkTogether compares the playlists of one presentation: same target, same number of segments, same time range.
function checkTogether(playlists) {
  const [first, ...others] = playlists;
  const frame = 0.05; // seconds, of the slowest usual video or audio
  for (const other of others) {
    expect(other.targetDuration === first.targetDuration, 'target durations differ');
    expect(other.segments.length === first.segments.length, 'numbers of segments differ');
    expect(Math.abs(totalDuration(other) - totalDuration(first)) <= frame, `lasts ${totalDuration(other)} s and ${totalDuration(first)} s`);
  }
}

async function checkPlaylists(master) {
  const [urls, iframes] = checkMaster(await readPlaylist(master), master);
  for (const url of iframes) checkIFrames(await readPlaylist(url), url);
  const playlists = [];
  for (const url of urls) {
    const playlist = await readPlaylist(url);
    checkMedia(playlist, url);
    playlists.push(playlist);
  }
  checkTogether(playlists);
  return urls.map((url, i) => ({ url, playlist: playlists[i] }));
}

// readTrack joins init and media segments to one file, lets shaka-packager read and write it, and counts what comes out.
async function readTrack({ url, playlist }, folder) {
  const uris = [playlist.segments[0].map.uri, ...playlist.segments.map(({ uri }) => uri)];
  const parts = [];
  for (const uri of uris) parts.push(Buffer.from(await (await download(new URL(uri, url))).arrayBuffer()));
  const [joined, rewritten] = [join(folder, 'joined.mp4'), join(folder, 'rewritten.mp4')];
  await writeFile(joined, Buffer.concat(parts));
  await runWell(packager, [`in=${joined},stream=0,output=${rewritten}`]);
  const [before, after] = [await countPackets(joined), await countPackets(rewritten)];
  expect(before > 0 && before === after, `${before} packets, shaka-packager read ${after}`);
  return `${before} packets`;
}

async function countPackets(file) {
  const args = ['-v', 'error', '-count_packets', '-show_entries', 'stream=nb_read_packets', '-of', 'csv=p=0', file];
  return parseInt(await runWell('ffprobe', args), 10);
}

const tally = new Tally();
const folder = await mkdtemp(join(tmpdir(), 'headwater-conformance-'));
for (const asset of assets) {
  let tracks = [];
  await tally.check(`${asset} HLS playlists`, async () => {
    tracks = await checkPlaylists(`${viewer}/v/${asset}/hls/master.m3u8`);
    return `${tracks.length} tracks`;
  });
  for (const folder of ['hls-ts', 'audio=separate/hls-ts', 'hls-byterange']) {
    await tally.check(`${asset} ${folder} playlists`, async () => `${(await checkPlaylists(`${viewer}/v/${asset}/${folder}/master.m3u8`)).length} streams`);
  }
  for (const track of tracks) {
    await tally.check(`${asset} ${new URL(track.url).pathname}`, () => readTrack(track, folder));
  }
}
await rm(folder, { recursive: true });
tally.close();
