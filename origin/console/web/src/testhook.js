// window.headwater: what the player tests ask of the page. Its names are stable.

/**
 * @param {import('./session.js').Session} session
 * @param {(id: string) => Promise<void>} start
 */
export function connectTestHook(session, start) {
  window.headwater = {
    start,
    get playerId() { return session.choice?.id ?? ''; },
    get state() { return session.state; },
    get levels() { return session.player?.levels() ?? []; },
    get currentLevel() { return session.player?.currentLevel() ?? -1; },
    get selectedLevel() { return session.player?.selectedLevel() ?? -1; },
    setLevel: (index) => session.player?.selectLevel(index),
    get audioTracks() { return session.player?.audioTracks() ?? []; },
    get currentAudioTrack() { return session.player?.currentAudioTrack() ?? -1; },
    setAudioTrack: (index) => session.player?.selectAudioTrack(index),
    get errors() { return session.errors; },
    get log() { return session.log.map(({ kind, text }) => `${kind}: ${text}`); },
    get buffered() { return session.buffered; },
    get frames() { return session.frames; },
    get throughput() { return session.player?.throughput() ?? NaN; },
    get currentTime() { return session.video.currentTime; },
    get duration() { return session.video.duration; },
    get ended() { return session.ended; },
    get picture() { return { width: session.video.videoWidth, height: session.video.videoHeight }; },
  };
}
