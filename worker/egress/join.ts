import type { Duplex, Transform } from 'node:stream';

/** Two connections as one, each as fast as the other takes it; `between` stands in the way from far to near. */
export function join(near: Duplex, far: Duplex, between: Transform | null): void {
  near.pipe(far);
  if (between) far.pipe(between).pipe(near);
  else far.pipe(near);
  // What breaks on either side ends both: there is nobody left to tell.
  const end = () => {
    near.destroy();
    far.destroy();
    between?.destroy();
  };
  for (const side of [near, far]) side.once('close', end).on('error', end);
}
