// Counting and printing of checks.

/** Tally prints each check as it ends and counts. */
export class Tally {
  passed = 0;
  failed = 0;

  /** Runs one check; a rejection is a failure. @returns {Promise<boolean>} whether it passed */
  async check(name, run) {
    try {
      const note = await run();
      this.passed += 1;
      console.log(`ok      ${name}${note ? `  (${note})` : ''}`);
      return true;
    } catch (error) {
      this.failed += 1;
      console.log(`FAILED  ${name}\n        ${error.message.trim().replaceAll('\n', '\n        ')}`);
      return false;
    }
  }

  /** Prints the closing line and sets the exit code: 1 also when nothing was checked. */
  close() {
    console.log(`${this.passed} passed, ${this.failed} failed`);
    process.exitCode = this.failed > 0 || this.passed === 0 ? 1 : 0;
  }
}

/** Reads what to test: assets from the arguments, base URLs from the environment. Ends the process when one lacks. */
export function readArguments(...variables) {
  const values = variables.map((name) => process.env[name]?.replace(/\/$/, ''));
  const assets = process.argv.slice(2);
  if (assets.length === 0 || values.includes(undefined)) {
    const environment = variables.map((name) => `${name}=http://HOST:PORT`).join(' ');
    console.error(`usage: ${environment} node ${process.argv[1]} ASSET...`);
    process.exit(2);
  }
  return { assets, ...Object.fromEntries(variables.map((name, i) => [name.toLowerCase(), values[i]])) };
}
