import type { ChatStage, Place } from '#core/testing/chat-contract/stage.ts';
import { answers, postWith } from '#core/testing/chat-contract/watch.ts';

/** A thread as it happens at work: a question that is allowed, some steps, a question that is open. */
export async function tellStory(stage: ChatStage): Promise<Place> {
  const ana = await stage.person('ana');
  const asked = await ana.mention('careful $ pg_upgrade --check --old-bindir /usr/lib/postgresql/17/bin');
  const card = await postWith(stage, asked, 'pg_upgrade');
  await ana.press(asked, card, 'Allow once');
  await answers(stage, asked, 1);
  await ana.reply(asked, 'steps 4');
  await answers(stage, asked, 2);
  await ana.reply(asked, 'careful $ systemctl restart postgresql');
  await postWith(stage, asked, /systemctl restart/);
  return asked;
}
