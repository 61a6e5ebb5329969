#!/usr/bin/env node
// Plain JavaScript that Node 12 still parses: its one job is to tell an old Node apart before anything newer is loaded.

const process = globalThis.process;

const version = process.versions.node.split('.');
const major = Number(version[0]);
const minor = Number(version[1]);

if (major > 22 || (major === 22 && minor >= 19)) {
  import('./main.ts').then(function (main) {
    return main.main(process.argv.slice(2));
  });
} else {
  process.stderr.write(
    'cpugap needs Node >= 22.19; this is ' +
      process.versions.node +
      ' (' +
      process.execPath +
      '). ' +
      'Install a newer Node, or put one first on PATH: `npm ci` in this package brings one to node_modules/.bin.\n',
  );
  // "impossible" in exit-codes.ts.
  process.exitCode = 3;
}
