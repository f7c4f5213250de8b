// Plays a protected asset with every player through nginx, which asks the origin about each request and keeps one copy of
// each segment for all viewers; and looks at what strangers get, and those from whom watching is taken.
//
//   HEADWATER=bin/headwater node protected.mjs CLIP FILM
//
// CLIP is played to its end. FILM is too long for players to hold all of it: more than 10 minutes.
import { playThrough } from '../playthrough.mjs';
import { playFFmpeg, playGStreamer } from '../programs.mjs';
import { entries } from './installation.mjs';
import { startNginx } from './nginx.mjs';
import { checkRevocation } from './revoking.mjs';
import { assertOneCopy, assertSameBytes, isMedia } from './sharing.mjs';
import { onStage } from './stage.mjs';
import { checkStrangers } from './strangers.mjs';
import { browserPlayers, openViewer } from './viewer.mjs';

const rules = `
default_policy: members
policies:
  - {name: members, access: protected}
`;

async function prepare(place) {
  const [clip, film] = process.argv.slice(2);
  const ids = { asset: await place.run('ingest', clip), film: await place.run('ingest', film) };
  await place.setRules(rules);
  await place.token(ids.asset); // makes the keys
  return ids;
}

// playAll plays the asset with all players, those in browsers at once, each with a PlayAuth of its own.
async function playAll(tally, { browser, place, site }, asset) {
  const urlsOf = async (name) => entries(place.front, asset, `?token=${(await place.token(asset, '--user', name)).token}`);
  const play = async (name, player, page) => {
    const watch = await openViewer(browser, { name, page, front: place.front, asset, player });
    await watch.playOn();
    const note = await playThrough(watch);
    await watch.close();
    return note;
  };
  await Promise.all(browserPlayers.map((player) => tally.check(`${player} plays to the end`,
    async () => play(player, player, site.page(player, await urlsOf(player))))));
  await tally.check('the watch page lets itself in', () => play('operator', 'hls.js', place.control));
  const { hls, dash } = await urlsOf('programs');
  await tally.check('ffmpeg plays HLS to the end', () => playFFmpeg(hls, '-user_agent', 'viewer=ffmpeg-hls'));
  await tally.check('ffmpeg plays DASH to the end', async () => playFFmpeg(await redirected(dash), '-user_agent', 'viewer=ffmpeg-dash'));
  await tally.check('GStreamer plays HLS to the end', () => playGStreamer(hls));
}

// redirected returns where a URL leads: ffmpeg resolves what an MPD names against the URL that it was given, not against the
// one that it was redirected to.
async function redirected(url) {
  const response = await fetch(url, { redirect: 'manual' });
  return new URL(response.headers.get('location'), url).href;
}

await onStage(prepare, startNginx, async (tally, stage, { asset, film }) => {
  await playAll(tally, stage, asset);
  const requests = (await stage.front.requests()).filter(isMedia);
  await tally.check('nginx keeps one copy of each segment', () => assertOneCopy(requests, browserPlayers.length + 3));
  await tally.check('all viewers get the same bytes', () => assertSameBytes(stage.front.url, requests));
  await checkStrangers(tally, stage, asset, film);
  await checkRevocation(tally, stage, film);
});
