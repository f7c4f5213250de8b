// The browser's own player, of HLS and of files, behind the Player contract of players.js. It tells neither its levels nor its throughput.

/** @type {import("./players.js").Start} */
export function start(video, url, report) {
  const ready = () => report.ready();
  video.addEventListener('loadedmetadata', ready);
  video.src = url;
  const tracks = () => Array.from(video.audioTracks ?? []);
  return {
    levels: () => [],
    currentLevel: () => -1,
    selectedLevel: () => -1,
    selectLevel: () => {},
    audioTracks: () => tracks().map(({ language, label }) => ({ language, label })),
    currentAudioTrack: () => tracks().findIndex(({ enabled }) => enabled),
    selectAudioTrack: (index) => tracks().forEach((track, i) => { track.enabled = i === index; }),
    throughput: () => NaN,
    destroy: () => {
      video.removeEventListener('loadedmetadata', ready);
      video.removeAttribute('src');
      video.load();
    },
  };
}
