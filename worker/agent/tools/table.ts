import { execCommand } from './exec-command.ts';
import { readFile, sendFile, writeFile } from './files.ts';
import { findSkills } from './find-skills.ts';
import { askPerson, readThread } from './people.ts';
import { readSkill } from './read-skill.ts';
import { deleteSchedule, listSchedules, proposeSchedule } from './schedules.ts';
import type { AnyTool } from './tool.ts';
import { updatePlan } from './update-plan.ts';

/** Everything an agent can do, in the order it is offered. A template chooses among them, a turn's harness says which. */
export const tools: readonly AnyTool[] = [
  execCommand,
  readFile,
  writeFile,
  updatePlan,
  sendFile,
  readSkill,
  findSkills,
  readThread,
  askPerson,
  listSchedules,
  proposeSchedule,
  deleteSchedule,
];
