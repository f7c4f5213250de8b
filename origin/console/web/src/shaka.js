// shaka-player behind the Player contract of players.js. It reads HLS and DASH.
import shaka from 'shaka-player/dist/shaka-player.compiled-es2021.js';

/** @type {import("./players.js").Start} */
export function start(video, url, report) {
  const player = new shaka.Player();
  // A rendition that it bans for dropped frames would vanish from the list; the page shows the drops instead.
  player.configure('abr.droppedFrames', false);
  let selected = -1;
  const fail = (error) => report.error(error.severity === shaka.util.Error.Severity.CRITICAL, describe(error));
  player.addEventListener('error', ({ detail }) => fail(detail));
  player.addEventListener('adaptation', () => report.event(`adapts to level ${currentLevel()}`));
  player.addEventListener('variantchanged', () => report.event(`was set to level ${currentLevel()}`));
  player.addEventListener('stalldetected', () => report.error(false, 'stall'));
  player.addEventListener('gapjumped', () => report.error(false, `gap in the buffer before ${video.currentTime.toFixed(3)} s`));
  load().then(report.ready, (error) => { if (error.code !== shaka.util.Error.Code.LOAD_INTERRUPTED) fail(error); });

  async function load() {
    await player.attach(video);
    await player.load(url);
  }
  const tracks = () => player.getVideoTracks().sort((a, b) => a.bandwidth - b.bandwidth);
  const currentLevel = () => tracks().findIndex(({ active }) => active);
  return {
    levels: () => tracks().map(({ width, height, bandwidth, codecs }) => ({
      width: width ?? 0, height: height ?? 0, bitrate: bandwidth, codecs: codecs ?? '',
    })),
    currentLevel,
    selectedLevel: () => selected,
    selectLevel: (index) => {
      selected = index;
      player.configure('abr.enabled', index < 0);
      if (index >= 0) player.selectVideoTrack(tracks()[index], true);
    },
    audioTracks: () => player.getAudioTracks().map(({ language, label }) => ({ language, label: label ?? '' })),
    currentAudioTrack: () => player.getAudioTracks().findIndex(({ active }) => active),
    selectAudioTrack: (index) => player.selectAudioTrack(player.getAudioTracks()[index]),
    throughput: () => player.getStats().estimatedBandwidth || NaN,
    destroy: () => player.destroy(),
  };
}

// describe names the error as shaka's documentation does: the name of its code, and the URL and status it is about.
function describe(error) {
  const names = Object.entries(shaka.util.Error.Code);
  const name = names.find(([, code]) => code === error.code)?.[0];
  const details = (error.data ?? []).filter((item) => typeof item === 'string' || typeof item === 'number');
  return [name ?? error.message ?? String(error), ...details.slice(0, 2)].join(' · ');
}
