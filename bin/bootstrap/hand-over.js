import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { lookFirstIn, runByNpm, settleEnvironment } from './environment.js';
import { bringPackages } from './packages.js';
import { project } from './paths.js';
import { findNode } from './runtime.js';

/**
 * Brings the runtime and the packages, then runs a TypeScript file of this project with the same arguments and ends as
 * it ends. Plain JavaScript for Node ≥ 18, without packages: it is what runs before anything is there.
 */
export function handOver(script, { quiet = false } = {}) {
  try {
    const home = settleEnvironment();
    const node = findNode(home, quiet ? () => () => {} : report);
    bringPackages(quiet ? () => () => {} : report);
    run(node, join(project, script));
  } catch (error) {
    process.stderr.write(`✗ ${error.message}\n`);
    process.exitCode = 1;
  }
}

function run(node, script) {
  lookFirstIn(dirname(node));
  // The channel says to the child that we are gone, also after `kill -9`.
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', script, ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  const watch = leaveWithNpm(child);
  child.on('error', (error) => {
    process.stderr.write(`✗ ${node} could not be started: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    clearInterval(watch);
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143);
  });
}

/**
 * A killed npm (or the shell between) leaves its script behind without a word. Notice new ancestors, or the next start
 * finds us in its way.
 */
function leaveWithNpm(child) {
  if (!runByNpm()) return undefined;
  const before = ancestors();
  return setInterval(() => {
    if (ancestors() !== before) child.kill('SIGTERM');
  }, 500);
}

/** Our parent, and its parent where the system tells (proc(5): `pid (name) state ppid`). */
function ancestors() {
  const parent = process.ppid;
  try {
    const shell = readFileSync(`/proc/${parent}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')[1];
    return `${parent} ${shell}`;
  } catch {
    return `${parent}`;
  }
}

function report(name, detail) {
  const started = Date.now();
  process.stderr.write(`… ${name}: ${detail}\n`);
  return () => process.stderr.write(`✓ ${name.padEnd(18)} ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}
