// The manifests of an asset in the formats that an address may name by its parameter "format".

// Folders of the entry manifests below an asset, by format; other formats have the usual ones.
const folders = {
  ts: { hls: 'hls-ts' },
  'ts-separate': { hls: 'audio=separate/hls-ts' },
  byterange: { hls: 'hls-byterange' },
  ondemand: { dash: 'dash-ondemand' },
  duration: { dash: 'template=duration/dash' },
};

/** Returns the URLs of both manifests in a format. @param {{hls: string, dash: string}} urls  @param {string | null} format */
export function inFormat(urls, format) {
  const { hls = 'hls', dash = 'dash' } = folders[format] ?? {};
  return {
    hls: urls.hls.replace('/hls/master.m3u8', `/${hls}/master.m3u8`),
    dash: urls.dash.replace('/dash/manifest.mpd', `/${dash}/manifest.mpd`),
  };
}
