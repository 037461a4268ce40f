const hands = 16;

/** Does the work for 1, 2, … `count`, sixteen at a time. */
export async function atOnce(count: number, work: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const one = async () => {
    while (next < count) {
      next += 1;
      await work(next);
    }
  };
  await Promise.all(Array.from({ length: hands }, one));
}
