// Plays assets at eight times the speed with shaka-player, which shows I-frames alone then: the ranges that our I-frame
// playlists name, appended one behind the other.
//
//   VIEWER=http://127.0.0.1:8080 node fastplay.mjs ASSET...
import { createRequire } from 'node:module';
import { launchBrowser } from './browser.mjs';
import { readArguments, Tally } from './tally.mjs';

const rate = 8;
const leastSeconds = 20; // of a film: a shorter one is over before there is anything to see
const { assets, viewer } = readArguments('VIEWER');
const shaka = createRequire(new URL('../package.json', import.meta.url)).resolve('shaka-player/dist/shaka-player.compiled.js');

// fastPlay runs on the page: it plays a while, then fast until two thirds of the film, then as before.
async function fastPlay([url, fastRate, atLeast]) {
  const { shaka } = window;
  const video = document.querySelector('video');
  const player = new shaka.Player();
  const errors = [];
  player.addEventListener('error', ({ detail }) => errors.push(`${detail.code} ${JSON.stringify(detail.data)}`));
  const until = async (condition) => {
    while (!condition() && errors.length === 0) await new Promise((resolve) => { setTimeout(resolve, 100); });
  };
  const pictures = () => video.getVideoPlaybackQuality().totalVideoFrames;
  await player.attach(video);
  await player.load(url);
  if (video.duration < atLeast || player.getVideoTracks().length === 0) return null;
  await video.play();
  await until(() => video.currentTime > 1);
  const before = { time: video.currentTime, pictures: pictures() };
  player.trickPlay(fastRate);
  await until(() => video.currentTime > (2 * video.duration) / 3);
  const fast = { seconds: video.currentTime - before.time, pictures: pictures() - before.pictures };
  player.cancelTrickPlay();
  const from = { time: video.currentTime, pictures: pictures() };
  await until(() => video.currentTime > from.time + 1 && pictures() > from.pictures + 5);
  await player.destroy();
  return { errors, fast };
}

const tally = new Tally();
const browser = await launchBrowser();
for (const asset of assets) {
  const page = await browser.newPage();
  const ranges = new Set();
  page.on('request', (request) => {
    if (request.headers().range) ranges.add(request.url() + request.headers().range);
  });
  await page.setContent('<video muted></video>');
  await page.addScriptTag({ path: shaka });
  const name = `${asset} shaka-hls plays ${rate} times as fast`;
  const seen = await page.evaluate(fastPlay, [`${viewer}/v/${asset}/hls/master.m3u8`, rate, leastSeconds])
    .catch((error) => ({ errors: [error.message] }));
  if (seen === null) console.log(`not run ${name}  (no pictures, or shorter than ${leastSeconds} s)`);
  else await tally.check(name, async () => {
    if (seen.errors.length > 0) throw new Error(seen.errors.join('\n'));
    if (ranges.size < seen.fast.seconds / 10 || seen.fast.pictures === 0) {
      throw new Error(`${seen.fast.pictures} pictures of ${ranges.size} I-frames in ${seen.fast.seconds} s of film`);
    }
    return `${ranges.size} I-frames in ${seen.fast.seconds.toFixed(0)} s of film`;
  });
  await page.close();
}
await browser.close();
tally.close();
