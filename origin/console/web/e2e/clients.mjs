// Plays the HLS and DASH manifests of assets to their end with GStreamer and ffmpeg.
//
//   VIEWER=http://127.0.0.1:8080 node clients.mjs ASSET...
import { playFFmpeg, playGStreamer } from './programs.mjs';
import { readArguments, Tally } from './tally.mjs';

const { assets, viewer } = readArguments('VIEWER');

const manifests = {
  HLS: 'hls/master.m3u8',
  DASH: 'dash/manifest.mpd',
  'HLS-TS': 'hls-ts/master.m3u8',
  'HLS byte ranges': 'hls-byterange/master.m3u8',
  'DASH on demand': 'dash-ondemand/manifest.mpd',
  download: 'download.mp4',
};
const clients = { GStreamer: playGStreamer, ffmpeg: playFFmpeg };

const tally = new Tally();
for (const asset of assets) {
  for (const [protocol, path] of Object.entries(manifests)) {
    for (const [client, play] of Object.entries(clients)) {
      await tally.check(`${asset} ${protocol} ${client}`, () => play(`${viewer}/v/${asset}/${path}`));
    }
  }
}
tally.close();
