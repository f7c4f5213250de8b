// Taking a film from viewers in the middle of it.
import { eventually } from './servers.mjs';
import { isMedia } from './sharing.mjs';
import { assertRefused, audience, ffmpegStopped, inTheMiddle, stopped, watchFilm, watchInFFmpeg } from './stopping.mjs';
import { entries } from './installation.mjs';
import { browserPlayers, viewerOf } from './viewer.mjs';

const bystander = 'bystander';

/** Revokes the credentials of an audience, by user or by token, while a bystander watches on. */
export async function checkRevocation(tally, stage, film) {
  const { place, front } = stage;
  const tokens = {};
  for (const name of [...audience, bystander]) tokens[name] = await place.token(film, '--user', name);
  const urlsOf = (name) => entries(place.front, film, `?token=${tokens[name].token}`);
  const open = (name, player) => watchFilm(stage, { name, urls: urlsOf(name), asset: film, player });
  const program = watchInFFmpeg('ffmpeg', urlsOf('ffmpeg').hls);
  const [free, ...watching] = await Promise.all([open(bystander, 'shaka-hls'), ...browserPlayers.map((player) => open(player, player))]);
  await inTheMiddle(front, [...audience, bystander]);

  const instants = {};
  for (const [i, name] of audience.entries()) {
    await (i % 2 === 0 ? place.run('revoke', 'user', name) : place.run('revoke', 'token', tokens[name].id));
    instants[name] = Date.now();
  }
  for (const [i, player] of browserPlayers.entries()) await tally.check(`${player} stops when revoked`, () => stopped(watching[i]));
  await tally.check('ffmpeg stops when revoked', () => ffmpegStopped(program));
  await tally.check('another viewer watches on', () => watchesOn(front, free, Math.max(...Object.values(instants))));
  const requests = await front.requests();
  for (const name of audience) {
    await tally.check(`${name} gets nothing 5 s after it`, () => assertRefused(requests, name, instants[name]));
  }
}

// watchesOn waits until the bystander was answered long after the others were not.
async function watchesOn(front, watch, instant) {
  const long = 7000; // milliseconds
  await eventually('the bystander is answered', async () => (await front.requests()).some((request) => viewerOf(request) === bystander
    && isMedia(request) && request.status === 200 && request.began > instant + long));
  await watch.playOn();
}
