import { execCommand } from './exec-command.ts';
import { readFile, sendFile, writeFile } from './files.ts';
import { deleteSchedule, listSchedules, proposeSchedule } from './schedules.ts';
import type { AnyTool } from './tool.ts';
import { updatePlan } from './update-plan.ts';

/** Everything an agent can do, in the order it is offered. */
export const tools: readonly AnyTool[] = [
  execCommand,
  readFile,
  writeFile,
  updatePlan,
  sendFile,
  listSchedules,
  proposeSchedule,
  deleteSchedule,
];
