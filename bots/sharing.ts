/** Whoever asks for the same again while it is under way shares the one outcome. */
export function sharing<T>(): (name: string, work: () => Promise<T>) => Promise<T> {
  const underWay = new Map<string, Promise<T>>();
  return (name, work) => {
    const going = underWay.get(name);
    if (going) return going;
    const mine = work().finally(() => underWay.delete(name));
    underWay.set(name, mine);
    return mine;
  };
}
