/** A skill in the agent's list. */
export interface SkillEntry {
  name: string;
  /** One line, from the head of its SKILL.md. */
  description: string;
}

/** Folders with a SKILL.md, listed to agents and read on demand. */
export interface Skills {
  /** In the order of their names. A folder that cannot be used is left out and told in the log. */
  list(): Promise<SkillEntry[]>;
  /**
   * A text file of a skill; `SKILL.md` is the skill itself.
   * @throws {DeckhandError} `skill.unknown`, `skill.no_file`, with what there is
   */
  read(name: string, file: string): Promise<string>;
}

/** For workers without skills. */
export const noSkills: Skills = {
  list: async () => [],
  read: async () => {
    throw new TypeError('no skill was offered');
  },
};
