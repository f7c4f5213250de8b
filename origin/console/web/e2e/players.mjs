// Plays assets on the watch page with every player, as a viewer would: start, seek, switch through all renditions and
// audio tracks, play to the end. The page and the media are on different origins.
//
//   VIEWER=http://127.0.0.1:8080 CONTROL=http://127.0.0.1:8081 node players.mjs ASSET...
//
// The first asset is also played in every other format of a player's protocol: start, seek, play to the end; where FORMATS
// is "sample", in one by hls.js and one by dash.js.
//
// PLAYERS (comma-separated) selects players, CHROMIUM names the browser, PATIENCE (seconds) bounds each wait.
import { launchBrowser } from './browser.mjs';
import { playThrough } from './playthrough.mjs';
import { readArguments, Tally } from './tally.mjs';
import { WatchPage } from './watchpage.mjs';

const players = (process.env.PLAYERS ?? 'hls.js,dash.js,shaka-hls,shaka-dash').split(',');
const { assets, viewer, control } = readArguments('VIEWER', 'CONTROL');

async function seekAround(watch) {
  const duration = await watch.ask('duration');
  await watch.playOn();
  for (const share of [0.1, 0.5, 0.9]) await watch.seek(share * duration);
  return `${duration.toFixed(3)} s`;
}

// A player puts a switch on the screen with the next segment or the one after it: a shorter asset ends before.
const switchSeconds = 6;

// switchLevels makes each rendition play in turn, up and down again, and looks at the decoded picture.
async function switchLevels(watch) {
  const levels = await watch.ask('levels');
  const order = [...levels.keys(), ...[...levels.keys()].reverse().slice(1)];
  for (const index of order) {
    await watch.seek(0.2 * (await watch.ask('duration')));
    await watch.tell((i) => window.headwater.setLevel(i), index);
    await watch.until(`level ${index}, ${levels[index].width}×${levels[index].height}, on the screen`, ([i, level]) => {
      const { currentLevel, picture, state } = window.headwater;
      return state === 'failed' || (currentLevel === i && picture.width === level.width && picture.height === level.height);
    }, [index, levels[index]]);
    await watch.playOn();
  }
  await watch.tell(() => window.headwater.setLevel(-1));
  return levels.map(({ height }) => height).join(', ');
}

async function switchAudio(watch) {
  const tracks = await watch.ask('audioTracks');
  for (const index of [...tracks.keys(), 0].filter((i) => i < tracks.length)) {
    await watch.seek(0.2 * (await watch.ask('duration')));
    await watch.tell((i) => window.headwater.setAudioTrack(i), index);
    await watch.until(`audio track ${index}`, (i) => window.headwater.currentAudioTrack === i, index);
    await watch.playOn();
  }
  return tracks.map(({ language, label }) => language || label).join(', ');
}

// Formats beside the usual ones, by protocol; see manifests.js of the page.
const formats = { hls: ['ts', 'ts-separate', 'byterange'], dash: ['ondemand', 'duration'] };
const protocolOf = (player) => (player.includes('dash') ? 'dash' : 'hls');

async function playFormat(tally, browser, asset, player, format) {
  const watch = new WatchPage(await browser.newPage(), [new URL(viewer).origin, new URL(control).origin]);
  await tally.check(`${asset} ${player} plays ${format}`, async () => {
    await watch.open(control, asset, player, { format });
    await watch.playOn();
    const seeked = await seekAround(watch);
    await playThrough(watch);
    return seeked;
  });
  await watch.close();
}

async function play(tally, browser, asset, player) {
  const watch = new WatchPage(await browser.newPage(), [new URL(viewer).origin, new URL(control).origin]);
  const steps = [
    ['starts', async () => { await watch.open(control, asset, player); await watch.playOn(); }],
    ['seeks', () => seekAround(watch)],
    ['switches levels', () => switchLevels(watch), switchSeconds],
    ['switches audio', () => switchAudio(watch), switchSeconds],
    ['plays to the end', () => playThrough(watch)],
  ];
  for (const [name, step, leastSeconds = 0] of steps) {
    if (leastSeconds > 0 && (await watch.ask('duration')) < leastSeconds) {
      console.log(`not run ${asset} ${player} ${name}  (it takes ${leastSeconds} s to see that)`);
      continue;
    }
    if (!(await tally.check(`${asset} ${player} ${name}`, step))) break;
  }
  await watch.close();
}

const tally = new Tally();
const browser = await launchBrowser();
for (const asset of assets) {
  for (const player of players) await play(tally, browser, asset, player);
}
const sample = process.env.FORMATS === 'sample';
for (const player of sample ? players.filter((name) => name.endsWith('.js')) : players) {
  for (const format of sample ? formats[protocolOf(player)].slice(0, 1) : formats[protocolOf(player)]) {
    await playFormat(tally, browser, assets[0], player, format);
  }
}
await browser.close();
tally.close();
