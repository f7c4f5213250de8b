// A content delivery network in small: it verifies signatures of type A by itself, keeps what the origin lets it keep, and
// asks for that without the signature. The signature is computed here anew, from what the networks document.
import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { pin } from './installation.mjs';

/** What the network and the backend share to sign with. */
export const secret = 'a-key-that-the-network-has-too';

const validitySeconds = 1800; // after the time in the URL, as it is set at networks and in projects by default

class CDN {
  #requests = [];
  #kept = new Map(); // promises of answers, by path
  #origin;
  #server = createServer((request, response) => this.#answer(request, response).catch((error) => response.destroy(error)));

  constructor(origin) {
    this.#origin = origin;
  }

  async listen(port) {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.url = `http://127.0.0.1:${port}`;
  }

  stop() {
    this.#server.closeAllConnections();
    return new Promise((resolve) => { this.#server.close(resolve); });
  }

  /** Returns all requests so far, as nginx.mjs does. */
  async requests() {
    return this.#requests;
  }

  async #answer(request, response) {
    const began = Date.now();
    const [path, query = ''] = request.url.split('?');
    const answer = verifies(path, query, began) ? await this.#find(path, request.headers.host) : refusal;
    this.#requests.push({
      began, method: request.method, status: answer.status, cache: answer.cache, uri: request.url, media: path,
      agent: request.headers['user-agent'] ?? '',
    });
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  async #find(path, host) {
    const kept = this.#kept.get(path);
    if (kept) return { ...await kept, cache: 'HIT' };
    const fetched = this.#fetch(path, host);
    if (/\.(m4s|mp4)$/.test(path)) this.#kept.set(path, fetched); // who asks meanwhile waits for the same
    const answer = await fetched;
    if (!answer.keep) this.#kept.delete(path);
    return { ...answer, cache: 'MISS' };
  }

  async #fetch(path, host) {
    const response = await fetch(`http://${this.#origin}${path}`, { headers: { host, 'x-origin-pin': pin, 'accept-encoding': 'identity' } });
    const headers = Object.fromEntries([...response.headers].filter(([name]) => name !== 'connection' && name !== 'keep-alive'));
    const keep = response.ok && /^public, max-age=[1-9]/.test(headers['cache-control']);
    return { status: response.status, headers, keep, body: Buffer.from(await response.arrayBuffer()) };
  }
}

const refusal = {
  status: 403, cache: '', body: 'expired or not signed\n',
  headers: { 'access-control-allow-origin': '*', 'cache-control': 'no-store', 'content-type': 'text/plain' },
};

// verifies reads auth_key={time}-{rand}-{uid}-{hash}, whose hash is the MD5 of {path}-{time}-{rand}-{uid}-{key}.
function verifies(path, query, now) {
  const [, time, rand, uid, hash] = /^auth_key=(\d+)-([\w.]+)-([\w.]+)-([0-9a-f]{32})$/.exec(query) ?? [];
  if (!hash) return false;
  const expected = createHash('md5').update(`${path}-${time}-${rand}-${uid}-${secret}`).digest('hex');
  return timingSafeEqual(Buffer.from(hash), Buffer.from(expected)) && now < 1000 * (Number(time) + validitySeconds);
}

/** Starts a network in front of an installation. @param {import('./installation.mjs').Installation} place */
export async function startCDN(place) {
  const cdn = new CDN(place.viewer);
  await cdn.listen(place.port);
  return cdn;
}
