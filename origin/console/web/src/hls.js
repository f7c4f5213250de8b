// hls.js behind the Player contract of players.js.
import Hls from 'hls.js';

/** @type {import("./players.js").Start} */
export function start(video, url, report) {
  const hls = new Hls();
  hls.on(Hls.Events.MANIFEST_PARSED, report.ready);
  hls.on(Hls.Events.LEVEL_SWITCHED, (_, { level }) => report.event(`plays level ${level}`));
  hls.on(Hls.Events.AUDIO_TRACK_SWITCHED, (_, { id }) => report.event(`plays audio track ${id}`));
  hls.on(Hls.Events.ERROR, (_, data) => report.error(data.fatal, describe(data)));
  hls.loadSource(url);
  hls.attachMedia(video);

  const isVideo = (level) => level.height > 0 || Boolean(level.videoCodec);
  return {
    levels: () => hls.levels.filter(isVideo).map((level) => ({
      width: level.width,
      height: level.height,
      bitrate: level.bitrate,
      codecs: level.videoCodec ?? '',
    })),
    currentLevel: () => hls.currentLevel,
    selectedLevel: () => hls.manualLevel,
    selectLevel: (index) => { hls.currentLevel = index; },
    audioTracks: () => hls.audioTracks.map(({ lang, name }) => ({ language: lang ?? '', label: name })),
    currentAudioTrack: () => hls.audioTrack,
    selectAudioTrack: (index) => { hls.audioTrack = index; },
    throughput: () => (hls.levels.length > 0 ? hls.bandwidthEstimate : NaN),
    destroy: () => hls.destroy(),
  };
}

function describe({ type, details, frag, response, reason, error }) {
  const segment = frag ? `${frag.type} playlist ${frag.level} segment ${frag.sn}` : '';
  const status = response?.code ? `HTTP ${response.code}` : '';
  return [type, details, segment, status, reason ?? error?.message].filter(Boolean).join(' · ');
}
