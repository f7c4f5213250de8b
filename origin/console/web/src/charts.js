// Small drawings in SVG.

const svg = (name, attributes) => {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
};

/** Spark draws the last values that it was given as a line above 0. */
export class Spark {
  #values = [];

  /** @param {SVGSVGElement} element  @param {number} length  how many values it keeps */
  constructor(element, length) {
    this.element = element;
    this.length = length;
    element.setAttribute('viewBox', `0 0 ${length - 1} 24`);
    element.setAttribute('preserveAspectRatio', 'none');
  }

  clear() {
    this.#values = [];
  }

  /** Adds a value; one that is not finite counts as 0. */
  push(value) {
    this.#values = [...this.#values.slice(1 - this.length), Number.isFinite(value) ? value : 0];
    const top = Math.max(...this.#values) || 1;
    const first = this.length - this.#values.length;
    const points = this.#values.map((v, i) => `${first + i},${(23 - (22 * v) / top).toFixed(2)}`);
    this.element.replaceChildren(
      svg('polygon', { points: `${first},24 ${points.join(' ')} ${this.length - 1},24` }),
      svg('polyline', { points: points.join(' ') }),
    );
  }
}

/** Draws buffered ranges and the position on a strip of the whole duration; all in seconds. */
export function drawTimeline(element, ranges, position, duration) {
  if (!(duration > 0)) return element.replaceChildren();
  const x = (seconds) => (1000 * seconds) / duration;
  const bars = ranges.map(([start, end]) => svg('rect', { x: x(start), width: x(end - start), y: 0, height: 6 }));
  return element.replaceChildren(...bars, svg('rect', { class: 'position', x: Math.max(x(position) - 1.5, 0), width: 3, y: 0, height: 6 }));
}
