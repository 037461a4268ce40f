import { useState } from 'preact/hooks';
import { Composer } from './composer.js';
import { html } from './html.js';

/** @import { Me, Posted } from './types.ts' */

const demoTries = [
  {
    text: '$ uname -a && id && ls -la /workspace',
    says: 'Run a command',
    why: 'in a sandbox of its own',
  },
  {
    text: 'plan look around, write a note, read it back',
    says: 'Work through a plan',
    why: 'steps are ticked off as they are done',
  },
  {
    text: 'careful $ echo "with your permission"',
    says: 'Ask before it acts',
    why: 'nothing runs until you press a button',
  },
];
const modelTries = [
  {
    text: 'What can you do in your sandbox? Look around and tell me in five lines.',
    says: 'Look around',
    why: 'a first turn with a real shell',
  },
  {
    text: 'Write a small script that checks whether a TLS certificate expires within 30 days, test it on a self-signed one, and send me the file.',
    says: 'Make a tool',
    why: 'writes, tests and hands over a file',
  },
  {
    text: 'Make a CSV with 20 rows of invented disk usage, then tell me which hosts to worry about.',
    says: 'Work on data',
    why: 'commands, files and a short answer',
  },
];

/** Where a thread begins: says what this is and offers three things to try. @param {{ me: Me, connected: boolean, onPosted: (posted: Posted) => void, toThreads: () => void, threadCount: number }} props */
export function Welcome({ me, connected, onPosted, toThreads, threadCount }) {
  const [fill, setFill] = useState(/** @type {{ text: string } | undefined} */ (undefined));
  const tries = me.instance.demo ? demoTries : modelTries;
  return html`<main class="main" id="main">
    <header class="bar bar-phone">
      ${threadCount > 0 && html`<button type="button" class="small" onClick=${toThreads}>${threadCount === 1 ? '1 thread' : `${threadCount} threads`}</button>`}
    </header>
    <section class="welcome">
      <div class="welcome-inner">
        <h1>What needs doing?</h1>
        <p class="lead">Every request opens a thread, and every thread has an agent with a shell in a sandbox of its own. It reaches nothing you have not allowed, asks before risky steps, and signs off with what it did.</p>
        <ul class="tries">
          ${tries.map(
            (
              it,
            ) => html`<li key=${it.text}><button type="button" class="try" onClick=${() => setFill({ text: it.text })}>
              <strong>${it.says}</strong><span class="quiet">${it.why}</span><code>${it.text}</code>
            </button></li>`,
          )}
        </ul>
        ${me.instance.demo && html`<p class="demo">The <strong>demo model</strong> answers: it is scripted and sends nothing anywhere. Set <code>OPENAI_API_KEY</code> or <code>OPENAI_BASE_URL</code> in <code>.env</code> for a real one.</p>`}
      </div>
    </section>
    <${Composer} key="new" threadId=${null} me=${me} connected=${connected} onPosted=${onPosted} fill=${fill} />
  </main>`;
}
