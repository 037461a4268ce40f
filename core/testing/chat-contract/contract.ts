import { decidingContract } from './deciding.ts';
import { unrulyContract } from './enduring.ts';
import { losingContract } from './losing.ts';
import { meetingContract } from './meeting.ts';
import type { OpenChatStage } from './stage.ts';
import { steeringContract } from './steering.ts';
import { talkingContract } from './talking.ts';

/**
 * What every chat adapter keeps to, on its real far side or a strict twin of it. `unruly`: its far side lies outside,
 * where messages are edited, doubled and lost.
 */
export function chatContract(name: string, open: OpenChatStage, { unruly }: { unruly: boolean }): void {
  talkingContract(name, open);
  decidingContract(name, open);
  steeringContract(name, open);
  if (!unruly) return;
  unrulyContract(name, open);
  meetingContract(name, open);
  losingContract(name, open);
}
