// What a network in front has answered, held against one copy of each segment for all viewers.
import { createHash } from 'node:crypto';
import { expect } from './expect.mjs';
import { viewerOf } from './viewer.mjs';

/** Tells whether a request was for a segment or the beginning of a track. */
export const isMedia = ({ media }) => /\.(m4s|mp4)$/.test(media);

/** Demands that each file was fetched from the origin once, whoever asked, and at least so many viewers did. */
export function assertOneCopy(requests, leastViewers) {
  const files = new Set(requests.map(({ media }) => media));
  for (const media of files) {
    const outcomes = requests.filter((request) => request.media === media).map(({ cache, status }) => `${status} ${cache}`);
    const others = outcomes.filter((outcome) => outcome !== '200 HIT' && outcome !== '206 HIT');
    expect(others.length === 1 && /^20[06] MISS$/.test(others[0]), `${media}: ${outcomes.join(', ')}`);
  }
  const viewers = new Set(requests.map(viewerOf));
  expect(viewers.size >= leastViewers && requests.length > files.size, `${requests.length} requests by ${[...viewers]}`);
  return `${files.size} files for ${requests.length} requests of ${viewers.size} viewers`;
}

/** Fetches what was asked for by the URLs of each viewer: a file must have the same bytes for all. */
export async function assertSameBytes(base, requests) {
  const hashes = new Map();
  const urls = new Map(requests.map(({ uri, media }) => [uri, media]));
  for (const [uri, media] of urls) {
    const response = await fetch(base + uri);
    expect(response.ok, `${response.status} ${media}`);
    const hash = createHash('sha256').update(Buffer.from(await response.arrayBuffer())).digest('hex');
    expect((hashes.get(media) ?? hash) === hash, `${media} differs between viewers`);
    hashes.set(media, hash);
  }
  expect(urls.size > hashes.size, 'no two viewers asked for one file');
  return `${hashes.size} files, ${urls.size} URLs`;
}
