// Plays an asset with every player through a network that verifies signed URLs by itself, which manifests list for
// everything below them; and sees players stop when their URLs expire.
//
//   HEADWATER=bin/headwater node signed.mjs CLIP FILM
//
// CLIP is played to its end. FILM is too long for players to hold all of it: more than 10 minutes.
import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { playThrough } from '../playthrough.mjs';
import { playFFmpeg } from '../programs.mjs';
import { secret, startCDN } from './cdn.mjs';
import { expect } from './expect.mjs';
import { entries } from './installation.mjs';
import { assertOneCopy, assertSameBytes, isMedia } from './sharing.mjs';
import { onStage } from './stage.mjs';
import { assertRefused, audience, ffmpegStopped, inTheMiddle, stopped, watchFilm, watchInFFmpeg } from './stopping.mjs';
import { browserPlayers, openViewer } from './viewer.mjs';

const lifeSeconds = 60; // enough to begin to watch on a machine that is busy

const rules = `
default_policy: network
policies:
  - {name: network, access: open, sign_children: true}
  - {name: short, access: open, sign_children: true, session: {life: ${lifeSeconds}s}}
`;

async function prepare(place) {
  const [clip, film] = process.argv.slice(2);
  const ids = { asset: await place.run('ingest', clip), film: await place.run('ingest', film) };
  await place.setRules(rules);
  await place.run('asset', 'policy', ids.film, 'short');
  const file = join(place.scratch, 'key');
  await writeFile(file, secret);
  await place.run('keys', 'add', 'network', file, '--use', 'url');
  return ids;
}

// signed returns the URLs of the entry manifests of an asset, as a backend signs them.
async function signed(place, asset) {
  const urls = entries('', asset, '');
  for (const [protocol, path] of Object.entries(urls)) {
    urls[protocol] = await place.run('sign', path, '--type', 'A', '--public-url', place.front);
  }
  return urls;
}

async function playAll(tally, { browser, place, site }, asset) {
  const urls = await signed(place, asset);
  await Promise.all(browserPlayers.map((player) => tally.check(`${player} plays signed URLs to the end`, async () => {
    const watch = await openViewer(browser, { name: player, page: site.page(player, urls), front: place.front, asset, player });
    await watch.playOn();
    return playThrough(watch).finally(() => watch.close());
  })));
  for (const [protocol, url] of Object.entries(urls)) {
    await tally.check(`ffmpeg plays signed ${protocol} to the end`, () => playFFmpeg(url, '-user_agent', `viewer=ffmpeg-${protocol}`));
  }
}

// checkUnsigned asks for what the network keeps without signature and with one of something else, and asks the origin itself.
async function checkUnsigned({ front, place }, { uri, media }) {
  const other = uri.replace(media, media.replace('init.mp4', '6s1/1.m4s'));
  for (const url of [front.url + media, front.url + other, `http://${place.viewer}${media}`, `http://${place.viewer}${uri}`]) {
    const { status } = await fetch(url);
    expect(status === 403, `${status} for ${url}`);
  }
}

// checkExpiry has an audience watch until their URLs are no longer good.
async function checkExpiry(tally, stage, film) {
  const { place, front } = stage;
  const urls = await signed(place, film);
  const program = watchInFFmpeg('ffmpeg', urls.hls);
  const watching = await Promise.all(browserPlayers.map((player) => watchFilm(stage, { name: player, urls, asset: film, player })));
  await inTheMiddle(front, audience);
  const expired = Date.now() + 1000 * lifeSeconds; // at the latest: all have their last manifest
  for (const [i, player] of browserPlayers.entries()) await tally.check(`${player} stops when its URLs expire`, () => stopped(watching[i]));
  await tally.check('ffmpeg stops when its URLs expire', () => ffmpegStopped(program));
  const requests = (await front.requests()).filter(({ uri }) => uri.includes(film));
  for (const name of audience) await tally.check(`${name} gets nothing any more`, async () => { assertRefused(requests, name, expired); });
}

await onStage(prepare, startCDN, async (tally, stage, { asset, film }) => {
  await playAll(tally, stage, asset);
  const requests = (await stage.front.requests()).filter(isMedia);
  await tally.check('the network keeps one copy of each segment', () => assertOneCopy(requests, browserPlayers.length + 2));
  await tally.check('all viewers get the same bytes', () => assertSameBytes(stage.front.url, requests));
  await tally.check('nothing comes unsigned, nor past the network', () => checkUnsigned(stage, requests.find(({ media }) => media.endsWith('init.mp4'))));
  await checkExpiry(tally, stage, film);
});
