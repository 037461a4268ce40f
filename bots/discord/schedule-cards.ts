import { type APIMessageTopLevelComponent, ButtonStyle } from 'discord.js';
import { pressValue } from '#bots/schedule-presses.ts';
import { type ScheduleButton, type ScheduleCard, scheduleLabels } from '#core/schedules/card.ts';
import { button } from './actions.ts';
import { container, cut, row, safe, text } from './render-parts.ts';

/** "Messages can have up to 40 components", and 4,000 characters in all their texts: seven and some hundreds a card. */
const most = { cards: 5, characters: 450, lines: 1_200 };

/** Schedules with what can be done to them. Those that have no room for buttons are named. */
export function scheduleCards(cards: ScheduleCard[]): APIMessageTopLevelComponent[] {
  const inList = cards.length > 1;
  const shown = cards.slice(0, most.cards).map((card) => {
    const words = text(cut(safe(card.lines.join('\n')), inList ? most.characters : 2_500));
    const buttons = card.buttons.map((one) => scheduleButton(one, card.scheduleId, inList));
    return container(buttons.length > 0 ? [words, row(buttons)] : [words]);
  });
  const rest = cards.slice(most.cards).map(({ lines: [first = ''] }) => cut(safe(first), 150));
  if (rest.length === 0) return shown;
  const more = `${rest.join('\n')}\n-# Pick one with \`/deckhand schedules\`.`;
  return [...shown, text(cut(more, most.lines))];
}

function scheduleButton(name: ScheduleButton, scheduleId: string, inList: boolean) {
  const styles: Partial<Record<ScheduleButton, ButtonStyle.Primary | ButtonStyle.Danger>> = {
    save: ButtonStyle.Primary,
    delete: ButtonStyle.Danger,
  };
  const value = pressValue({ button: name, scheduleId, inList });
  return button('schedule', scheduleLabels[name], value, styles[name] ?? ButtonStyle.Secondary);
}
