// Shows a session on the page: what plays now, what can be chosen, what has happened.
import { Choices } from './choices.js';
import { drawTimeline, Spark } from './charts.js';
import { formatAudioTrack, formatBitrate, formatLevel, formatTime } from './format.js';
import { players } from './players.js';

const chartLength = 120; // samples; at two a second, a minute
const automatic = '-1';
const byId = (id) => document.getElementById(id);

export class View {
  #bufferChart = new Spark(byId('buffer-chart'), chartLength);
  #throughputChart = new Spark(byId('throughput-chart'), chartLength);
  #shownLog = [];

  /**
   * @param {import('./session.js').Session} session
   * @param {(id: string) => void} choosePlayer
   */
  constructor(session, choosePlayer) {
    this.session = session;
    this.players = new Choices(byId('players'), choosePlayer);
    this.levels = new Choices(byId('levels'), (value) => session.player?.selectLevel(Number(value)));
    this.audio = new Choices(byId('audio'), (value) => session.player?.selectAudioTrack(Number(value)));
  }

  /** Forgets the curves of the player before. */
  clear() {
    this.#bufferChart.clear();
    this.#throughputChart.clear();
  }

  /** Takes one sample of the curves. */
  sample() {
    this.#bufferChart.push(this.session.bufferAhead);
    this.#throughputChart.push(this.session.player?.throughput() ?? NaN);
  }

  /** Brings the whole page up to date. */
  show() {
    this.#showNow();
    this.#showPlayers();
    this.#showLevels();
    this.#showAudio();
    this.#showLog();
  }

  #showNow() {
    const { video, player, bufferAhead, buffered, frames } = this.session;
    const level = player?.levels()[player.currentLevel()];
    byId('rendition').textContent = describeRendition(video, level);
    byId('bitrate').textContent = formatBitrate(level?.bitrate ?? NaN);
    byId('buffer').textContent = `${bufferAhead.toFixed(1)} s`;
    byId('throughput').textContent = formatBitrate(player?.throughput() ?? NaN);
    byId('dropped').textContent = `${frames.dropped} of ${frames.decoded}`;
    byId('position').textContent = `${formatTime(video.currentTime)} / ${formatTime(video.duration)}`;
    drawTimeline(byId('timeline'), buffered, video.currentTime, video.duration);
  }

  #showPlayers() {
    const options = players.map((player) => ({
      value: player.id,
      label: player.label,
      detail: player.protocol.toUpperCase(),
      disabled: !player.supported(),
    }));
    this.players.show(options, this.session.choice?.id);
  }

  #showLevels() {
    const { player } = this.session;
    const levels = player?.levels() ?? [];
    const options = levels.map((level, i) => ({
      value: String(i),
      label: formatLevel(level),
      detail: `${level.width}×${level.height} · ${formatBitrate(level.bitrate)}`,
    }));
    byId('levels').closest('section').hidden = levels.length === 0;
    this.levels.show([{ value: automatic, label: 'Auto', detail: 'the player chooses' }, ...options.reverse()],
      String(player?.selectedLevel() ?? automatic), String(player?.currentLevel()));
  }

  #showAudio() {
    const { player } = this.session;
    const tracks = player?.audioTracks() ?? [];
    byId('audio-panel').hidden = tracks.length === 0;
    this.audio.show(tracks.map((track, i) => ({ value: String(i), label: formatAudioTrack(track, i) })),
      String(player?.currentAudioTrack()));
  }

  #showLog() {
    const { log, errors, state } = this.session;
    if (log === this.#shownLog) return;
    this.#shownLog = log;
    byId('log').replaceChildren(...log.toReversed().map(logRow));
    byId('error-count').textContent = errors.length === 0 ? '' : `${errors.length} ${errors.length === 1 ? 'error' : 'errors'}`;
    byId('failure').hidden = state !== 'failed';
    byId('failure').textContent = state === 'failed' ? errors.findLast(({ fatal }) => fatal).text : '';
  }
}

// describeRendition tells what is on the screen by the decoded picture, not by what the player says it fetches.
function describeRendition({ videoWidth, videoHeight, readyState }, level) {
  if (readyState < HTMLMediaElement.HAVE_METADATA) return '–';
  if (videoHeight === 0) return 'Sound only';
  return [`${videoWidth} × ${videoHeight}`, level?.codecs].filter(Boolean).join(' · ');
}

function logRow({ time, kind, text }) {
  const row = Object.assign(document.createElement('li'), { className: kind });
  const stamp = Object.assign(document.createElement('time'), {
    dateTime: time.toISOString(),
    textContent: time.toLocaleTimeString(undefined, { hour12: false }),
  });
  row.append(stamp, ' ', text);
  return row;
}
