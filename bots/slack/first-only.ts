const mostKept = 10_000;

/**
 * Runs the work of each name once: calls that come meanwhile share it, and those that come later are done at once. `work`
 * gives whether anything is committed: what was not for us may be when it comes again, and what failed is tried again.
 * The database knows of every name for good; this only spares it what one process hears twice.
 */
export function firstOnly(): (name: string, work: () => Promise<boolean>) => Promise<void> {
  const underWay = new Map<string, Promise<void>>();
  const committed = new Set<string>();

  async function run(name: string, work: () => Promise<boolean>): Promise<void> {
    try {
      if (await work()) committed.add(name);
      if (committed.size > mostKept) committed.delete(committed.values().next().value ?? '');
    } finally {
      underWay.delete(name);
    }
  }

  return async (name, work) => {
    if (committed.has(name)) return;
    const mine = underWay.get(name) ?? run(name, work);
    underWay.set(name, mine);
    return mine;
  };
}
