import type { CommandResult } from '../port.ts';
import { STATE } from './options.ts';

const LINE =
  /^outcome=(exited|signalled|timed_out|cancelled|interrupted) code=(-1|\d{1,3}) bytes=(\d{1,15}) file=([012]) ms=(\d{1,12}) note=(\w{1,16}) head=(\d{1,7}) tail=(\d{1,7})\n/;
const LINE_MAX = 256;

/** `file=2`: the file met its own limit, or the disk's. */
const beginningOnly = 'the file holds the beginning of the output, not all of it';

/** The limits that a note names. */
export interface NoteFacts {
  memoryMb: number;
  pids: number;
  diskMb: number;
}

function noteOf(word: string, failed: boolean, facts: NoteFacts): string | null {
  if (word === 'memory') return `out of memory: the sandbox's limit of ${facts.memoryMb} MiB was met`;
  if (word === 'processes') return `process limit: the sandbox may run ${facts.pids} processes and threads`;
  if (word === 'supervisor')
    return 'the process that watched over this command was killed, perhaps by the command itself';
  if (word === 'lost') return 'the sandbox or its supervisor ended before the command did';
  if (word === 'disk' && failed) return `disk full: the workspace holds ${facts.diskMb} MiB`;
  if (word === 'tmp' && failed) return 'disk full: /tmp has no room left';
  return null;
}

/** UTF-8 cut anywhere: the broken characters at the cut are left out, others become U+FFFD. */
function textOf(bytes: Buffer, cutStart: boolean, cutEnd: boolean): string {
  let start = 0;
  let end = bytes.length;
  if (cutStart) while (start < Math.min(3, end) && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
  if (cutEnd) {
    let lead = end - 1;
    while (lead > Math.max(start, end - 4) && ((bytes[lead] ?? 0) & 0xc0) === 0x80) lead -= 1;
    const byte = bytes[lead] ?? 0;
    const needs = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    if (lead >= start && lead + needs > end) end = lead;
  }
  return new TextDecoder().decode(bytes.subarray(start, end));
}

/** What a runner said about a command, or null when it is not a record: nothing in it is trusted but its shape. */
export function parseRecord(key: string, payload: Buffer, facts: NoteFacts): CommandResult | null {
  const match = LINE.exec(payload.subarray(0, LINE_MAX).toString('latin1'));
  if (!match) return null;
  const [line, outcome, code, bytes, file, ms, note, head, tail] = match;
  const outputBytes = Number(bytes);
  const [headBytes, tailBytes] = [Number(head), Number(tail)];
  const rest = payload.subarray(line.length);
  if (headBytes + tailBytes !== rest.length || outputBytes < rest.length) return null;
  const left = outputBytes - rest.length;
  const cut = left > 0;
  const outputFile = cut && file !== '0' ? `${STATE}/output/${key}.txt` : null;
  const gap = `\n[… ${left} bytes left out${outputFile ? `; see ${outputFile}` : ''} …]\n`;
  const exitCode =
    Number(code) < 0 || outcome === 'timed_out' || outcome === 'cancelled' ? null : Number(code);
  return {
    outcome: outcome as CommandResult['outcome'],
    exitCode,
    output:
      textOf(rest.subarray(0, headBytes), false, cut) +
      (cut ? gap + textOf(rest.subarray(headBytes), true, false) : ''),
    outputBytes,
    outputFile,
    durationMs: Number(ms),
    note: noteOf(note ?? '', exitCode !== 0, facts) ?? (outputFile && file === '2' ? beginningOnly : null),
  };
}

/** The result of a command whose own record is not to be had. */
export function resultWithout(
  outcome: CommandResult['outcome'],
  durationMs: number,
  note: string | null,
): CommandResult {
  return { outcome, exitCode: null, output: '', outputBytes: 0, outputFile: null, durationMs, note };
}
