import { useState } from 'preact/hooks';
import { api } from './api.js';
import { BlockView, FileChips, StopButton } from './blocks.js';
import { html } from './html.js';
import { clockTime, fullTime } from './time.js';
import { turnOf } from './use-thread.js';

/** @import { Me, Message, TurnStatus } from './types.ts' */

/**
 * One entry of the log: a time in the margin, who, and what.
 * @param {{ message: Message, turn: TurnStatus | null, place: number | null, me: Me, say: (text: string) => Promise<void> }} props
 */
export function Entry({ message, turn, place, me, say }) {
  const { content, createdAt } = message;
  const said = content.type === 'said';
  const name = said ? content.author.name : 'Deckhand';
  return html`<article class="entry ${said ? 'entry-said' : `entry-post entry-${content.kind}`}" aria-label=${`${name}, ${clockTime(createdAt)}`}>
    <time dateTime=${createdAt} title=${fullTime(createdAt)}>${clockTime(createdAt)}</time>
    <div class="entry-body">
      <h2 class="who"><bdi>${name}</bdi></h2>
      ${
        said
          ? html`<${SaidBody} message=${message} turn=${turn} place=${place} me=${me} />`
          : content.blocks.map(
              (block, index) =>
                html`<${BlockView} key=${index} block=${block} setting=${{ turnId: content.turnId, version: message.change, may: me.may, say }} />`,
            )
      }
    </div>
  </article>`;
}

/** @param {{ message: Message, turn: TurnStatus | null, place: number | null, me: Me }} props */
function SaidBody({ message, turn, place, me }) {
  const { content } = message;
  if (content.type !== 'said') return null;
  const { text, files, outcome } = content;
  return html`
    <p class="said">${text}</p>
    ${files.length > 0 && html`<${FileChips} files=${files} />`}
    ${outcome?.kind === 'refused' && html`<p class="line line-alert">${outcome.message}</p>`}
    ${!outcome && html`<p class="line line-quiet">Not taken yet. It is handed in again by itself.</p>`}
    ${place !== null && html`<${QueueLine} turnId=${turnOf(message)} place=${place} mine=${content.author.userId === me.userId} turn=${turn} me=${me} />`}
  `;
}

/**
 * A request that waits: told to what runs when that is one's own, or taken back.
 * @param {{ turnId: string, place: number, mine: boolean, turn: TurnStatus | null, me: Me }} props
 */
function QueueLine({ turnId, place, mine, turn, me }) {
  const [asked, setAsked] = useState('');
  const [problem, setProblem] = useState('');
  const runs = turn !== null && turn.state !== 'queued' && !turn.stopping;
  const steerable = mine && runs && turn.authorId === me.userId && me.may.includes('ask');
  const steer = async () => {
    setProblem('');
    try {
      const { waits } = await api.steer(turnId);
      setAsked(
        waits
          ? 'It is told to what runs once the question is answered.'
          : 'It is told to what runs at its next step.',
      );
    } catch (fault) {
      setProblem(/** @type {Error} */ (fault).message);
    }
  };
  return html`<p class="line line-quiet queue-line">
    <span role="status">${asked || (place === 1 ? 'Queued, next in line.' : `Queued, number ${place} in line.`)}</span>
    ${' '}${steerable && !asked && html`<button type="button" class="small" onClick=${steer}>Steer now</button>`}
    ${' '}<${StopButton} turnId=${turnId} may=${me.may} label="Cancel" />
    ${problem && html`<span role="alert" class="quiet">${problem}</span>`}
  </p>`;
}
