// Package player is the model of a viewer with a player: what is fetched when, what plays, where it stalls, which rendition
// comes next, and how a viewer behaves who seeks and leaves. It knows no network and no clock.
//
// # Flow
//
//	Behaviour.Draw(random) ─► Viewer ─► New ─► Player
//	                                            Next(now)    ─► fetch the segment at …, wait, or over
//	                                            Fetched(now)  ◄─ it is there
//	                                            Totals        ─► start-up, played, stalled, …
//	Throughput.Add(bytes, took) ─► Throughput.Choose(bandwidths) ─► rendition
//
// Times named now are since any fixed moment and never go back; tests make them up. Positions are media time. They differ
// by Config.Speed, at which the playback clock runs. Nothing here is safe for concurrent use.
//
// # The model
//
// A player has one or two tracks (pictures, sound), each with its own buffer. It begins to play, and goes on after a stall
// or a seek, when every track holds StartBuffer ahead of the position, or all that there is. It fetches while a track holds
// less than MaxBuffer. When one runs dry it stalls. A seek throws the buffers away. A viewer leaves after the time that
// they meant to watch, or when they have waited longer than their patience.
package player
