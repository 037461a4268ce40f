import { BlockView, FileChips, StopButton } from './blocks.js';
import { html } from './html.js';
import { clockTime, fullTime } from './time.js';
import { turnOf } from './use-thread.js';

/** @import { Message, TurnStatus } from './types.ts' */

/**
 * One entry of the log: a time in the margin, who, and what.
 * @param {{ message: Message, turn: TurnStatus | null, queued: boolean, may: string[], say: (text: string) => Promise<void> }} props
 */
export function Entry({ message, turn, queued, may, say }) {
  const { content, createdAt } = message;
  const said = content.type === 'said';
  const name = said ? content.author.name : 'Deckhand';
  return html`<article class="entry ${said ? 'entry-said' : `entry-post entry-${content.kind}`}" aria-label=${`${name}, ${clockTime(createdAt)}`}>
    <time dateTime=${createdAt} title=${fullTime(createdAt)}>${clockTime(createdAt)}</time>
    <div class="entry-body">
      <h2 class="who"><bdi>${name}</bdi></h2>
      ${
        said
          ? html`<${SaidBody} message=${message} turn=${turn} queued=${queued} may=${may} />`
          : content.blocks.map(
              (block, index) =>
                html`<${BlockView} key=${index} block=${block} setting=${{ turnId: content.turnId, version: message.change, may, say }} />`,
            )
      }
    </div>
  </article>`;
}

/** @param {{ message: Message, queued: boolean, may: string[] }} props */
function SaidBody({ message, queued, may }) {
  const { content } = message;
  if (content.type !== 'said') return null;
  const { text, files, outcome } = content;
  return html`
    <p class="said">${text}</p>
    ${files.length > 0 && html`<${FileChips} files=${files} />`}
    ${outcome?.kind === 'refused' && html`<p class="line line-alert">${outcome.message}</p>`}
    ${!outcome && html`<p class="line line-quiet">Not taken yet. It is handed in again by itself.</p>`}
    ${queued && html`<p class="line line-quiet">Queued. <${StopButton} turnId=${turnOf(message)} may=${may} label="Cancel" /></p>`}
  `;
}
