// Playing an asset from its start to its end.

const wholeSeconds = 60; // a longer asset is played through only near its start and its end
const edgeSeconds = 12;
const slowSeconds = 2; // at the end, played at the normal rate
const fastRate = 4;
const updateSeconds = 1; // the position is seen this often at least: four times a second when nothing is late, less when several play
const joinSeconds = 0.05; // ranges that meet within a frame or two are one

/**
 * Plays from start to end, fast but for the last seconds, and wants the union of all that was ever buffered to have no gap.
 * @param {import('./watchpage.mjs').WatchPage} watch
 * @param {number} tail  how many seconds at the end may not show up as buffered
 */
export async function playThrough(watch, tail = 0.1) {
  await record(watch);
  const duration = await watch.ask('duration');
  await watch.seek(0);
  await watch.playOn(fastRate);
  if (duration > wholeSeconds) {
    await passes(watch, edgeSeconds);
    await watch.seek(duration - edgeSeconds);
  }
  await passes(watch, duration - slowSeconds);
  await watch.tell(() => { document.querySelector('video').playbackRate = 1; });
  await watch.until('the end', () => window.headwater.ended || window.headwater.state === 'failed');
  await watch.assertFaultless();
  const { ranges, furthest } = await watch.tell(() => window.record);
  if (furthest < duration - updateSeconds) throw new Error(`ended at ${furthest} of ${duration} s`);
  assertCovered(join(ranges), duration, tail);
  const { decoded, dropped } = await watch.ask('frames');
  return `${decoded} frames, ${dropped} dropped`;
}

function passes(watch, position) {
  return watch.until(`position ${position} s`, (time) => {
    const { currentTime, ended, state } = window.headwater;
    return currentTime >= time || ended || state === 'failed';
  }, position);
}

// record collects the furthest position that was played and what is buffered as it grows, because players drop what lies
// behind them.
function record(watch) {
  return watch.tell(() => {
    window.record = { ranges: [], furthest: 0 };
    const video = document.querySelector('video');
    const look = () => {
      window.record.ranges.push(...window.headwater.buffered);
      if (!video.seeking) window.record.furthest = Math.max(window.record.furthest, video.currentTime);
    };
    for (const name of ['progress', 'timeupdate', 'ended']) video.addEventListener(name, look);
  });
}

function join(ranges) {
  const joined = [];
  for (const [start, end] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = joined.at(-1);
    if (last && start <= last[1] + joinSeconds) last[1] = Math.max(last[1], end);
    else joined.push([start, end]);
  }
  return joined;
}

function assertCovered(ranges, duration, tail) {
  const whole = duration <= wholeSeconds;
  const expected = whole ? 1 : 2;
  const ends = ranges[0]?.[0] <= 0.1 && ranges.at(-1)?.[1] >= duration - tail;
  if (ranges.length > expected || !ends) throw new Error(`buffered ${JSON.stringify(ranges)} of ${duration} s`);
}
