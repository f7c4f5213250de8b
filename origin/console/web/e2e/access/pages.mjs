// Has pages of several hosts play what only some of them may: by a referer rule, and by the origins of the project.
//
//   HEADWATER=bin/headwater node pages.mjs CLIP
import { playThrough } from '../playthrough.mjs';
import { expect } from './expect.mjs';
import { entries } from './installation.mjs';
import { startNginx } from './nginx.mjs';
import { eventually } from './servers.mjs';
import { onStage } from './stage.mjs';
import { browserPlayers, openViewer } from './viewer.mjs';

const [friend, partner, stranger] = ['friend.localhost', 'partner.localhost', 'stranger.localhost']; // this machine, to browsers

const refererRules = `
default_policy: by-referer
policies:
  - {name: by-referer, access: protected, referer: {allow: [${friend}, "=${partner}"]}}
`;

const originRules = (origins) => `
default_policy: members
policies:
  - {name: members, access: protected}
projects:
  - {name: default, origins: [${origins.map((origin) => `"${origin}"`)}]}
`;

async function prepare(place) {
  const asset = await place.run('ingest', process.argv[2]);
  await place.setRules(refererRules);
  await place.token(asset); // makes the keys
  return { asset };
}

// visit opens a page of a host whose player plays the asset with a token of its own.
async function visit({ browser, place, site }, asset, host, player) {
  const urls = entries(place.front, asset, `?token=${(await place.token(asset)).token}`);
  return openViewer(browser, { name: host, page: site.page(`${host}-${player}`, urls, host), front: place.front, asset, player });
}

async function plays(...visited) {
  const watch = await visit(...visited);
  await watch.playOn();
  return playThrough(watch).finally(() => watch.close());
}

// fails returns what a player complains of that may not play.
async function fails(...visited) {
  const error = await visit(...visited).then(() => null, (reason) => reason);
  expect(error, 'it plays');
  const [, complaint] = /^\s*fatal: (.*)$/m.exec(error.message) ?? [];
  expect(complaint, error.message);
  return [complaint.replace(/https?:\S+/, '…'), /blocked by CORS policy/.test(error.message)];
}

async function checkReferers(tally, stage, asset) {
  for (const player of browserPlayers) {
    await tally.check(`${player} plays on a page that may`, () => plays(stage, asset, friend, player));
    await tally.check(`${player} fails on a page that may not`, async () => {
      const [complaint, blocked] = await fails(stage, asset, stranger, player);
      expect(!blocked, 'the page cannot read why');
      return complaint;
    });
  }
}

async function checkOrigins(tally, stage, asset) {
  const [first, second, other] = [friend, partner, stranger].map((host) => new URL(stage.site.page('', {}, host)).origin);
  await stage.place.setRules(originRules([first, second]));
  const allows = async (origin) => (await fetch(stage.front.url, { headers: { origin } })).headers.get('access-control-allow-origin');
  await eventually('the origin has the new rules', async () => (await allows(other)) === null);
  for (const host of [friend, partner]) await tally.check(`hls.js plays on ${host}`, () => plays(stage, asset, host, 'hls.js'));
  await tally.check(`hls.js on ${stranger} may not read answers`, async () => {
    const [complaint, blocked] = await fails(stage, asset, stranger, 'hls.js');
    expect(blocked, 'another reason');
    return complaint;
  });
  await tally.check('what nginx keeps fits who asks', () => checkVariants(stage, asset, [first, second, other]));
}

// checkVariants asks for a playlist as several pages and in both encodings, each before and after the others.
async function checkVariants({ front, place }, asset, origins) {
  const entry = await fetch(entries(front.url, asset, `?token=${(await place.token(asset)).token}`).hls);
  const wanted = origins.flatMap((origin) => ['gzip', 'identity'].map((encoding) => ({ origin, encoding })));
  for (const { origin, encoding } of [...wanted, ...wanted]) {
    const { headers } = await fetch(entry.url, { headers: { origin, 'accept-encoding': encoding } });
    const got = { origin: headers.get('access-control-allow-origin'), encoding: headers.get('content-encoding') };
    const right = got.origin === (origin === origins[2] ? null : origin) && got.encoding === (encoding === 'gzip' ? 'gzip' : null);
    expect(right, `${origin} ${encoding}: ${JSON.stringify(got)}, varies by ${headers.get('vary')}`);
  }
  return `${wanted.length} variants`;
}

await onStage(prepare, startNginx, async (tally, stage, { asset }) => {
  await checkReferers(tally, stage, asset);
  await checkOrigins(tally, stage, asset);
});
