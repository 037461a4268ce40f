/**
 * As much of a port as a test expects to be used. @throws at any other member, by name: what is missing must not look like
 * a fact about the code under test.
 */
export function standIn<T extends object>(part: Partial<T>): T {
  return new Proxy(part, {
    get(members, name, receiver) {
      if (Reflect.has(members, name)) return Reflect.get(members, name, receiver);
      // Awaiting or printing it asks for these.
      if (typeof name === 'symbol' || name === 'then' || name === 'toJSON') return undefined;
      throw new Error(`the test has no stand-in for ${name}`);
    },
  }) as T;
}
