/** A door in a process of its own, to be killed in the middle of its work. Takes its folder and roots from stdin. */
import { json } from 'node:stream/consumers';
import { openAuthority } from '../authority/authority.ts';
import { doorForTests } from './door.ts';

export interface Doom {
  folder: string;
  socketUid: number;
  secret: string;
  sandboxId: string;
  roots: string[];
}

const { folder, socketUid, secret, sandboxId, roots } = (await json(process.stdin)) as Doom;
await doorForTests(roots, {
  folder,
  socketUid,
  authority: openAuthority(Buffer.from(secret, 'hex'), sandboxId),
});
process.stdout.write('open\n');
