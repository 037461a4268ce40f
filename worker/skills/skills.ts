import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { DeckhandError } from '#core/errors.ts';
import type { SkillEntry, Skills } from '#worker/agent/skills-port.ts';
import { readSkillHead } from './skill-head.ts';

export interface SkillSettings {
  /** Each holds one folder a skill; an earlier folder's skill hides a later one's of the same name. */
  folders: readonly string[];
  /** Told once for each fault: a skill that cannot be used. */
  onNote(note: string): void;
}

const maxFileBytes = 256 * 1024;
const maxSkills = 100;

/** Skills in folders of this machine. Read anew for each turn, so that a changed one needs no restart. */
export function openSkills({ folders, onNote }: SkillSettings): Skills {
  const told = new Set<string>();
  const note = (text: string) => {
    if (!told.has(text)) onNote(text);
    told.add(text);
  };

  async function find(): Promise<Map<string, SkillEntry & { folder: string }>> {
    const found = new Map<string, SkillEntry & { folder: string }>();
    for (const folder of folders) {
      const names = (await readdir(folder).catch(() => [])).sort();
      for (const name of names) {
        if (found.has(name) || found.size >= maxSkills) continue;
        try {
          found.set(name, { ...(await readHead(folder, name)), folder: join(folder, name) });
        } catch (error) {
          if (!(error instanceof DeckhandError)) throw error;
          note(error.message);
        }
      }
    }
    return found;
  }

  return {
    list: async () => {
      const skills = [...(await find()).values()];
      return skills
        .sort((one, other) => (one.name < other.name ? -1 : 1))
        .map(({ name, description }) => ({ name, description }));
    },
    read: async (name, file) => {
      const skill = (await find()).get(name);
      if (skill) return readText(skill.folder, file);
      throw new DeckhandError('skill.unknown', `There is no skill ${name} any more.`, { blame: 'asker' });
    },
  };
}

async function readHead(folder: string, name: string): Promise<SkillEntry> {
  const unusable = (why: string) =>
    new DeckhandError('skill.invalid', `The skill ${join(folder, name)} is left out: ${why}`);
  const text = await readText(join(folder, name), 'SKILL.md').catch((error: unknown) => {
    throw unusable(error instanceof DeckhandError ? error.message : 'SKILL.md cannot be read.');
  });
  const head = readSkillHead(text, name);
  if ('fault' in head) throw unusable(head.fault);
  return { name, ...head };
}

/** A text file in a skill's folder; links may not lead out of it. */
async function readText(folder: string, file: string): Promise<string> {
  const none = () => {
    throw new DeckhandError('skill.no_file', `There is no text file ${file} in this skill.`, {
      blame: 'asker',
    });
  };
  const home = await realpath(folder).catch(none);
  const path = await realpath(resolve(home, file)).catch(none);
  if (!path.startsWith(home + sep)) return none();
  const facts = await stat(path);
  if (!facts.isFile() || facts.size > maxFileBytes) return none();
  const content = await readFile(path);
  return content.includes(0) ? none() : content.toString('utf8');
}
