import { useState } from 'preact/hooks';
import { api } from './api.js';
import { html } from './html.js';
import { Empty, into, PageFrame, Table, Tabs, useRead } from './page.js';

/** @import { PageProps } from './types.ts' */

const dayMs = 86_400_000;

/** What models used and cost, and the prices that this is reckoned by. @param {PageProps} props */
export function Usage({ me, back }) {
  const [by, setBy] = useState(/** @type {'day' | 'user' | 'model'} */ ('day'));
  const [days, setDays] = useState('30');
  const [said, setSaid] = useState('');
  const administers = me.may.includes('administer');
  const { found, problem } = useRead(async () => {
    const to = new Date(Date.now() + dayMs);
    const from = new Date(Date.now() - Number(days) * dayMs);
    const query = new URLSearchParams({ by, from: from.toISOString(), to: to.toISOString() });
    const [{ usage }, names] = await Promise.all([
      api.get(`/v1/usage?${query}`),
      by === 'user' && administers ? namesOfPeople() : new Map([[me.userId, me.name]]),
    ]);
    return { usage, names, by };
  }, [by, days]);
  return html`<${PageFrame} title="Usage and prices" back=${back} problem=${problem} said=${said} wide
    lead=${administers ? 'What everybody’s agents used. Each call is reckoned once, at the price that stood when it was made.' : 'What your agents used. Each call is reckoned once, at the price that stood when it was made.'}>
    <form class="filters" aria-label="Which usage" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
      <label>Time <select value=${days} onChange=${into(setDays)}><option value="7">7 days</option><option value="30">30 days</option><option value="365">a year</option></select></label>
      <${Tabs} label="By" options=${[
        ['day', 'By day'],
        ['user', 'By person'],
        ['model', 'By model'],
      ]} value=${by} choose=${setBy} />
    </form>
    ${found && html`<${Sums} usage=${found.usage} heading=${{ day: 'Day', user: 'Person', model: 'Model' }[found.by]} names=${found.names} />`}
    <${Prices} administers=${administers} say=${setSaid} />
  <//>`;
}

async function namesOfPeople() {
  const { users } = await api.get('/v1/users');
  return new Map(users.map((/** @type {any} */ user) => [user.id, user.name]));
}

/** @param {{ usage: any[], heading: string, names: Map<string, string> }} props */
function Sums({ usage, heading, names }) {
  if (usage.length === 0)
    return html`<${Empty} title="No model was asked yet">Every call of a model is counted here: tokens in and out, and what they cost. The demo model costs nothing.<//>`;
  const all = { calls: 0, inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, cost: 0, unpriced: 0 };
  for (const one of usage) {
    for (const key of /** @type {(keyof typeof all)[]} */ (Object.keys(all))) all[key] += one[key];
  }
  return html`<${Table} label="Usage" heads=${[heading, 'Calls', 'Tokens in', 'of them cached', 'Tokens out', 'Cost']}>
    ${usage.map((one) => html`<${SumRow} key=${one.of} name=${names.get(one.of) ?? one.of} sum=${one} />`)}
    ${usage.length > 1 && html`<${SumRow} name="All" sum=${all} total />`}
  <//>`;
}

/** @param {{ name: string, sum: any, total?: boolean }} props */
function SumRow({ name, sum, total }) {
  return html`<tr class=${total ? 'total' : ''}><td><bdi>${name}</bdi></td>
    <td class="num">${count(sum.calls)}</td><td class="num">${count(sum.inputTokens)}</td><td class="num">${count(sum.cachedInputTokens)}</td><td class="num">${count(sum.outputTokens)}</td>
    <td class="num">${dollars(sum.cost)}${sum.unpriced > 0 && html` <span class="quiet">and ${calls(sum.unpriced)} without a price</span>`}</td></tr>`;
}

/** @param {{ administers: boolean, say: (words: string) => void }} props */
function Prices({ administers, say }) {
  const read = useRead(() => api.get('/v1/prices'), []);
  const [fault, setFault] = useState('');
  /** @param {{ provider: string, model: string }} line @param {object | null} price @param {string} words */
  const set = ({ provider, model }, price, words) =>
    api.send('PUT', '/v1/prices', { provider, model, price }).then(
      () => {
        setFault('');
        say(words);
        read.refresh();
        return true;
      },
      (failed) => {
        setFault(failed.message);
        return false;
      },
    );
  const problem = read.problem || fault;
  return html`<section class="part"><h2>Prices</h2>
    <p class="quiet">US dollars for a million tokens. A model’s name may end in *; the longest that fits counts. What was reckoned before keeps its cost.</p>
    ${problem && html`<p role="alert" class="line line-alert">${problem}</p>`}
    ${read.found?.prices.length === 0 && html`<p class="quiet">None is set: tokens are counted, costs are not.</p>`}
    ${
      read.found?.prices.length > 0 &&
      html`<${Table} label="Prices" heads=${['Provider', 'Model', 'Input', 'Cached input', 'Output', '']}>
      ${read.found.prices.map(
        (
          /** @type {any} */ line,
        ) => html`<tr key=${`${line.provider} ${line.model}`}><td>${line.provider}</td><td><code>${line.model}</code></td>
        <td class="num">${line.input}</td><td class="num">${line.cachedInput}</td><td class="num">${line.output}</td>
        <td>${administers && html`<button type="button" class="small danger" aria-label=${`Take out ${line.provider} ${line.model}`} onClick=${() => set(line, null, `${line.model} has no price now.`)}>Take out</button>`}</td></tr>`,
      )}<//>`
    }
    ${administers && html`<${PriceForm} set=${set} />`}
  </section>`;
}

/** @param {{ set: (line: { provider: string, model: string }, price: object, words: string) => Promise<boolean> }} props */
function PriceForm({ set }) {
  const none = { provider: 'openai', model: '', input: '', cachedInput: '', output: '' };
  const [line, setLine] = useState(none);
  /** @param {keyof typeof none} name */
  const field = (name) => into((value) => setLine((before) => ({ ...before, [name]: value })));
  /** @param {SubmitEvent} event */
  const save = async (event) => {
    event.preventDefault();
    const { provider, model } = line;
    const price = {
      input: Number(line.input),
      // Who gives none is charged for cached input as for any.
      cachedInput: Number(line.cachedInput || line.input),
      output: Number(line.output),
    };
    if (await set({ provider, model }, price, `The price of ${model} is set.`))
      setLine({ ...none, provider });
  };
  return html`<form class="inline-form" aria-label="Set a price" onSubmit=${save}>
    <label>Provider <input required pattern="[a-z][a-z0-9\\-]*" maxlength="32" value=${line.provider} onInput=${field('provider')} /></label>
    <label>Model <input required maxlength="200" value=${line.model} onInput=${field('model')} placeholder="gpt-5*" /></label>
    ${[
      ['input', 'Input'],
      ['cachedInput', 'Cached input'],
      ['output', 'Output'],
    ].map(
      ([name, words]) =>
        html`<label key=${name}>${words} <input type="number" min="0" max="1000000" step="any" required=${name !== 'cachedInput'} value=${line[/** @type {'input'} */ (name)]} onInput=${field(/** @type {'input'} */ (name))} /></label>`,
    )}
    <button type="submit">Set the price</button>
  </form>`;
}

const whole = new Intl.NumberFormat();
/** @param {number} value */
const count = (value) => whole.format(value);
/** @param {number} value */
const calls = (value) => `${count(value)} ${value === 1 ? 'call' : 'calls'}`;
/** Costs of single calls are fractions of a cent. @param {number} value */
const dollars = (value) => `$${value.toFixed(value > 0 && value < 1 ? 4 : 2)}`;
