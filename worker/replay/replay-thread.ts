import { parentPort, workerData } from 'node:worker_threads';
import { readExport } from '#core/events/export.ts';
import { replaySession } from './replay.ts';

/**
 * A replay in a thread of its own: going through a long log is seconds of work, in which the worker's heart must go on
 * beating. Given an exported log and this version, it answers with what `replaySession` found, or throws.
 */
const { log, version } = workerData as { log: string; version: string };
parentPort?.postMessage(await replaySession(readExport(log), version));
