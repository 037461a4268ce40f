import { isFinal } from '#core/turns/state.ts';
import type { PlanItem, Step, TurnDocument } from './document.ts';
import { countOf, formatDuration } from './duration.ts';

/** What a turn that takes its time shows while it works; every platform draws the same rows. */
export interface Checklist {
  /** `◐ 4 of 9 steps · 4 min`, at the end `✓ 31 steps · 9 min 40 s`. */
  headline: string;
  /** At most eight. Empty once the turn has ended: the checklist is folded then. */
  rows: ChecklistRow[];
  /** One line for each restart after a crash, and for each loss of files with a host. */
  restarts: { at: string; text: string }[];
}

export interface ChecklistRow {
  mark: RowMark;
  text: string;
  /** Keys of the steps that this row stands for. */
  steps: string[];
}

export type RowMark = '✓' | '◐' | '○' | '✗' | '⏸';

const dueAfterMs = 10_000;
const dueSteps = 3;
const maxRows = 8;

const marks: Record<Step['state'], RowMark> = {
  running: '◐',
  done: '✓',
  failed: '✗',
  interrupted: '✗',
  asking: '⏸',
  denied: '✗',
};

/**
 * The checklist of a turn, or null when it is not worth a post: under 10 s, under three steps, and nothing to wait for.
 */
export function checklistOf(document: TurnDocument, now: Date): Checklist | null {
  if (!isDue(document, now)) return null;
  return {
    headline: headline(document, now),
    rows: isFinal(document.state) ? [] : rowsOf(document, isHeld(document, now)),
    restarts: [
      ...document.restarts.map((restart) => ({ at: restart.at, text: restartText(restart) })),
      ...document.lost.map((loss) => ({ at: loss.at, text: lostText(loss) })),
    ].sort((a, b) => a.at.localeCompare(b.at)),
  };
}

function isDue(document: TurnDocument, now: Date): boolean {
  if (document.startedAt === null) return false;
  const ended = isFinal(document.state);
  const end = ended && document.finishedAt ? Date.parse(document.finishedAt) : now.getTime();
  // A wait for people is no work: a short turn that waited for days needs no folded checklist at its end.
  const waited = document.approvals.length > 0;
  const long = end - Date.parse(document.startedAt) >= dueAfterMs && !(ended && waited);
  const waits = (document.state === 'waiting' || isHeld(document, now)) && document.steps.length > 1;
  return (
    long ||
    waits ||
    document.steps.length >= dueSteps ||
    document.restarts.length > 0 ||
    document.lost.length > 0
  );
}

/** Does its command wait at the door for an answer? The turn itself goes on, also when nobody answers in time. */
function isHeld({ state, approvals }: TurnDocument, now: Date): boolean {
  const held = approvals.some(
    (card) => card.state === 'open' && card.heldUntil !== null && now.getTime() < Date.parse(card.heldUntil),
  );
  return held && state === 'running';
}

function headline(document: TurnDocument, now: Date): string {
  const end = document.finishedAt ? Date.parse(document.finishedAt) : now.getTime();
  const took = formatDuration(end - Date.parse(document.startedAt ?? document.askedAt));
  const steps = document.steps.length;
  if (document.state === 'succeeded') return `✓ ${countOf(steps, 'step')} · ${took}`;
  if (document.state === 'failed') return `✗ Failed after ${countOf(steps, 'step')} · ${took}`;
  if (document.state === 'cancelled') return `■ Stopped after ${countOf(steps, 'step')} · ${took}`;
  const done = document.steps.filter((step) => step.state === 'done').length;
  const progress = steps === 0 ? 'Working' : `${done} of ${countOf(steps, 'step')} done`;
  if (document.state === 'waiting' || isHeld(document, now))
    return `⏸ Waiting for ${document.author.name} · ${progress} · ${took}`;
  return `◐ ${progress} · ${took}`;
}

function rowsOf({ plan, steps }: TurnDocument, held: boolean): ChecklistRow[] {
  const current = steps.findLast((step) => step.state === 'running' || step.state === 'asking');
  const rows = plan.length > 0 ? plan.map((item) => planRow(item, current)) : groupSteps(steps);
  const shown = held ? rows.map((row) => (row.mark === '◐' ? { ...row, mark: '⏸' as const } : row)) : rows;
  return keepEight(shown);
}

function planRow(item: PlanItem, current: Step | undefined): ChecklistRow {
  const mark = item.state === 'done' ? '✓' : item.state === 'active' ? '◐' : '○';
  const text = item.state === 'active' && current ? `${item.title}: ${current.title}` : item.title;
  return { mark, text, steps: item.state === 'active' && current ? [current.key] : [] };
}

/** Done steps of one kind that follow each other become one row as soon as the list would be too long. */
function groupSteps(steps: Step[]): ChecklistRow[] {
  if (steps.length <= maxRows) return steps.map(stepRow);
  const rows: ChecklistRow[] = [];
  let group: Step[] = [];
  const close = () => {
    const [first] = group;
    if (first) rows.push(group.length === 1 ? stepRow(first) : groupRow(group));
    group = [];
  };
  for (const step of steps) {
    const fits = step.state === 'done' && (group.length === 0 || group[0]?.kind === step.kind);
    if (!fits) close();
    if (step.state === 'done') group.push(step);
    else rows.push(stepRow(step));
  }
  close();
  return rows;
}

function stepRow(step: Step): ChecklistRow {
  return { mark: marks[step.state], text: step.title, steps: [step.key] };
}

const kindNouns: Record<Step['kind'], string> = {
  command: 'command',
  file: 'file',
  tool: 'tool call',
  steer: 'message',
};

function groupRow(group: Step[]): ChecklistRow {
  const kind = group[0]?.kind ?? 'command';
  const last = group.at(-1)?.title ?? '';
  return {
    mark: '✓',
    text: `${countOf(group.length, kindNouns[kind])}, last: ${last}`,
    steps: group.map((step) => step.key),
  };
}

/** What does not fit goes from the top into one row: the newest rows are what people look for. */
function keepEight(rows: ChecklistRow[]): ChecklistRow[] {
  if (rows.length <= maxRows) return rows;
  const firstKept = rows.length - (maxRows - 1);
  const hidden = rows.slice(0, firstKept);
  const text = `${countOf(hidden.length, 'earlier row')}`;
  return [{ mark: '✓', text, steps: hidden.flatMap((row) => row.steps) }, ...rows.slice(firstKept)];
}

function restartText({ done, cut }: TurnDocument['restarts'][number]): string {
  const kept =
    done === 0
      ? 'Nothing had been done yet.'
      : done === 1
        ? 'Step 1 is done and was not repeated.'
        : `Steps 1–${done} are done and were not repeated.`;
  const lost = cut.map(
    (title, index) => `Step ${done + index + 1} (${title}) was cut off; I look first whether it ran.`,
  );
  return [kept, ...lost].join(' ');
}

function lostText({ steps, saved }: TurnDocument['lost'][number]): string {
  const gone = "The host that had this thread's files is gone.";
  return saved
    ? `${gone} They are as they were last saved; what ${countOf(steps, 'step')} changed since is lost.`
    : `${gone} None had been saved: what ${countOf(steps, 'step')} left there is lost.`;
}
