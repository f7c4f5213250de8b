// A table of outcomes: a line a client and format, a column a codec.

// From the worst, which is what a cell shows when several checks belong to it.
const severity = ['FAILED', 'not run', 'silent', 'ok', '–'];

/** Matrix collects outcomes and why checks were not run. */
export class Matrix {
  #columns;
  #lines = new Map();
  #reasons = new Map();

  /** @param {string[]} columns */
  constructor(columns) {
    this.#columns = columns;
  }

  /** Notes one outcome; "–" is for what does not exist. @param {'ok' | 'silent' | 'FAILED' | 'not run' | '–'} outcome */
  note(line, column, outcome) {
    const cells = this.#lines.get(line) ?? {};
    this.#lines.set(line, cells);
    const outcomes = [cells[column], outcome].filter(Boolean);
    cells[column] = severity.find((worst) => outcomes.includes(worst));
  }

  /** Notes that a check was not run. @param {string} reason */
  skip(line, column, reason) {
    this.note(line, column, 'not run');
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
  }

  print() {
    const first = Math.max(...[...this.#lines.keys()].map((line) => line.length)) + 2;
    const width = Math.max(...severity.map((outcome) => outcome.length)) + 2;
    const show = (line, cells) => console.log((line.padEnd(first) + cells.map((cell) => cell.padEnd(width)).join('')).trimEnd());
    console.log();
    show('', this.#columns);
    for (const [line, cells] of this.#lines) show(line, this.#columns.map((column) => cells[column] ?? ''));
    console.log();
    for (const [reason, count] of this.#reasons) console.log(`not run: ${reason}  (${count} times)`);
  }
}
