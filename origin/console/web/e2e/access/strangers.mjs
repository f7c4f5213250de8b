// What those get who may not watch, from nginx and what it keeps.
import { request } from 'node:http';
import { entries } from './installation.mjs';
import { expect } from './expect.mjs';
import { isMedia } from './sharing.mjs';

/**
 * Checks what strangers get.
 * @param {string} asset  some of which nginx keeps  @param {string} other  another asset
 */
export async function checkStrangers(tally, { place, front }, asset, other) {
  const kept = (await front.requests()).find(isMedia);
  const path = kept.uri.slice(kept.uri.indexOf('/v/'));
  const session = await exchange(entries(front.url, other, `?token=${(await place.token(other)).token}`).hls);
  await tally.check('a stranger gets nothing that is kept', () => refuseAll(front.url, [
    path, `/s/${'A'.repeat(80)}${path}`, `${session}${path}`, // none, none that is one, and one for another asset
    `/s/x/../..${kept.uri}`, kept.uri.replace('/s/', '//s/'), kept.uri.replace('/v/', '/%76/'), `${kept.uri}/`,
    `${session}/v/${other}/..${path.slice(2)}`, `${session}/v/${other}/%2e%2e${path.slice(2)}`, `${session}//v/${other}/../${path.slice(3)}`,
  ]));
  await tally.check('pages can read why they are refused', () => checkRefusal(front.url + path));
  await tally.check('pages may ask what they may send', () => checkPreflight(front.url + path));
  await tally.check('a HEAD does not use up what is for one use', () => checkOnce(place, front, asset));
}

// exchange returns the path of the session that the URL of a manifest with a credential leads to.
async function exchange(url) {
  const response = await fetch(url, { redirect: 'manual' });
  expect(response.status === 302, `${response.status} for a credential`);
  const { pathname } = new URL(response.headers.get('location'), url);
  return pathname.slice(0, pathname.indexOf('/v/'));
}

async function refuseAll(base, targets) {
  for (const target of targets) {
    const status = await rawStatus(base, target);
    expect(status >= 400 && status < 500, `${status} for ${target}`);
  }
  return `${targets.length} paths`;
}

// rawStatus sends a request target as it is, which fetch does not.
function rawStatus(base, path) {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, agent: false }, (response) => { response.resume(); resolve(response.statusCode); }).on('error', reject).end();
  });
}

async function checkRefusal(url) {
  const response = await fetch(url, { headers: { origin: 'http://page.example' } });
  const text = await response.text();
  expect(response.status === 403 && text === 'forbidden\n', `${response.status} ${text}`);
  const header = (name) => response.headers.get(name);
  expect(header('access-control-allow-origin') === '*' && header('cache-control') === 'no-store', JSON.stringify([...response.headers]));
}

async function checkPreflight(url) {
  const headers = { origin: 'http://page.example', 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' };
  const response = await fetch(url, { method: 'OPTIONS', headers });
  const allowed = response.headers.get('access-control-allow-headers') ?? '';
  expect(response.status === 204 && /\bauthorization\b/i.test(allowed), `${response.status}, allows ${allowed}`);
}

async function checkOnce(place, front, asset) {
  const url = entries(front.url, asset, `?token=${(await place.token(asset, '--once')).token}`).hls;
  const ask = (method) => fetch(url, { method, redirect: 'manual' }).then(({ status }) => status);
  const statuses = [await ask('HEAD'), await ask('HEAD'), await ask('GET'), await ask('GET')];
  expect(statuses.join() === '200,200,302,403', `HEAD, HEAD, GET, GET: ${statuses}`);
}
