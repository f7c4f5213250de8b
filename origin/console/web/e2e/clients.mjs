// Plays the HLS and DASH manifests of assets to their end with GStreamer and ffmpeg.
//
//   VIEWER=http://127.0.0.1:8080 node clients.mjs ASSET...
import { run, runWell } from './programs.mjs';
import { readArguments, Tally } from './tally.mjs';

const { assets, viewer } = readArguments('VIEWER');

// playGStreamer plays with playbin as fast as it decodes.
async function playGStreamer(url) {
  const sinks = ['video', 'audio'].map((kind) => `${kind}-sink=fakesink sync=false`);
  const { code, stdout, stderr } = await run('gst-launch-1.0', ['playbin3', `uri=${url}`, ...sinks]);
  const complaints = `${stdout}\n${stderr}`.match(/^(ERROR|WARNING): .*$/gm) ?? [];
  if (code !== 0 || !stdout.includes('Got EOS') || complaints.length > 0) {
    throw new Error(`gst-launch-1.0 ended with ${code}\n${complaints.join('\n') || stdout.slice(-1000)}`);
  }
}

// playFFmpeg decodes every stream of the manifest: all renditions, not only one. It must have nothing to say.
async function playFFmpeg(url) {
  const args = ['-nostdin', '-v', 'warning', '-xerror', '-i', url, '-map', '0:v?', '-map', '0:a?', '-f', 'null', '-'];
  const { code, stderr } = await run('ffmpeg', args);
  if (code !== 0 || stderr.trim() !== '') throw new Error(`ffmpeg ended with ${code}\n${stderr.trim().slice(-2000)}`);
}

const manifests = { HLS: 'hls/master.m3u8', DASH: 'dash/manifest.mpd' };
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
