import { useState } from 'preact/hooks';
import { api } from './api.js';
import { html } from './html.js';
import { Badge, Empty, into, Once, PageFrame, Table, Time, useRead } from './page.js';

/** @import { PageProps } from './types.ts' */

/** @type {Record<string, string>} */
const scopes = {
  read: 'read what I may see',
  ask: 'ask agents, save what is mine',
  decide: 'answer questions',
  stop: 'stop turns',
  administer: 'what administrators may',
};

/** One's own ways in: keys for programs, a password, browsers. @param {PageProps} props */
export function Account({ me, back }) {
  const [said, setSaid] = useState('');
  return html`<${PageFrame} title="Keys and sign-in" back=${back} said=${said}>
    <section class="part"><h2>Keys for programs</h2><${Keys} me=${me} /></section>
    <section class="part"><h2>Name and password</h2><${Password} say=${setSaid} /></section>
  <//>`;
}

/** @param {{ me: PageProps['me'] }} props */
function Keys({ me }) {
  const { found, problem, refresh } = useRead(() => api.get('/v1/keys'), []);
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState(['read']);
  const [days, setDays] = useState('90');
  const [perMinute, setPerMinute] = useState('600');
  const [made, setMade] = useState('');
  const [fault, setFault] = useState('');
  /** @param {SubmitEvent} event */
  const make = async (event) => {
    event.preventDefault();
    const asked = {
      name,
      scopes: chosen,
      days: days ? Number(days) : null,
      perMinute: Number(perMinute) || null,
    };
    await api.send('POST', '/v1/keys', asked).then(
      ({ key }) => {
        setMade(key);
        setName('');
        setFault('');
        refresh();
      },
      (failed) => setFault(failed.message),
    );
  };
  /** @param {string} scope */
  const toggle = (scope) =>
    setChosen(chosen.includes(scope) ? chosen.filter((one) => one !== scope) : [...chosen, scope]);
  return html`
    ${(problem || fault) && html`<p role="alert" class="line line-alert">${problem || fault}</p>`}
    ${made && html`<${Once} label="The new key." text=${made} />`}
    <form class="key-form" aria-label="New key" onSubmit=${make}>
      <label>Name <input required maxlength="100" value=${name} onInput=${into(setName)} placeholder="nightly report" /></label>
      <label>Ends after <select value=${days} onChange=${into(setDays)}><option value="7">7 days</option><option value="90">90 days</option><option value="365">a year</option><option value="">never</option></select></label>
      <label>Requests a minute <input type="number" min="1" max="1000000" value=${perMinute} onInput=${into(setPerMinute)} /></label>
      <fieldset><legend>May</legend>${me.may.map((scope) => html`<label key=${scope} class="check"><input type="checkbox" checked=${chosen.includes(scope)} onChange=${() => toggle(scope)} /> <span>${scopes[scope]}</span></label>`)}</fieldset>
      <button type="submit" class="primary" disabled=${chosen.length === 0}>Make a key</button>
    </form>
    ${found?.keys.length === 0 && html`<${Empty} title="No keys yet">A program sends one as “Authorization: Bearer dhk_…”. The API is described under API.<//>`}
    ${
      found?.keys.length > 0 &&
      html`<${Table} label="Keys" heads=${['Name', 'May', 'Last used', 'Ends', '']}>
      ${found.keys.map(
        (/** @type {any} */ key) => html`<tr key=${key.id}>
        <td><bdi>${key.name}</bdi> <code class="quiet">…${key.hint}</code></td><td>${key.scopes.join(', ')}</td>
        <td><${Time} at=${key.usedAt} /></td><td><${Time} at=${key.expiresAt} /></td>
        <td><button type="button" class="small danger" aria-label=${`End ${key.name}`} onClick=${() => api.send('DELETE', `/v1/keys/${key.id}`).then(refresh, (failed) => setFault(failed.message))}>End</button></td>
      </tr>`,
      )}<//>`
    }`;
}

/** @param {{ say: (words: string) => void }} props */
function Password({ say }) {
  const { found, problem, refresh } = useRead(() => api.get('/v1/me/sign-ins'), []);
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const [fault, setFault] = useState('');
  /** @param {Promise<unknown>} work @param {string} words */
  const run = (work, words) =>
    work.then(
      () => {
        setFault('');
        setPassword('');
        say(words);
        refresh();
      },
      (failed) => setFault(failed.message),
    );
  /** @param {SubmitEvent} event */
  const set = (event) => {
    event.preventDefault();
    run(
      api.send('PUT', '/v1/me/account', { login, password }),
      'Set. Other browsers of yours were signed out.',
    );
  };
  return html`
    ${(problem || fault) && html`<p role="alert" class="line line-alert">${problem || fault}</p>`}
    ${found && html`<p class="quiet">${found.login ? html`You sign in as <strong>${found.login}</strong>, or by a link.` : 'You sign in by links. A name and a password are an option beside them.'}</p>`}
    <form class="inline-form" aria-label="Name and password" onSubmit=${set}>
      <label>Name <input required minlength="2" maxlength="64" autocomplete="username" value=${login} onInput=${into(setLogin)} /></label>
      <label>Password <input required type="password" minlength="12" maxlength="200" autocomplete="new-password" value=${password} onInput=${into(setPassword)} /></label>
      <button type="submit">Set</button>
      ${found?.login && html`<button type="button" class="danger" onClick=${() => run(api.send('DELETE', '/v1/me/account'), 'You come in by links now.')}>Take away</button>`}
    </form>
    ${
      found?.signIns.length > 0 &&
      html`<h3 class="minor">Where you are signed in</h3><${Table} label="Browsers" heads=${['Browser', 'Since', 'Last seen', '']}>
      ${found.signIns.map(
        (/** @type {any} */ one) => html`<tr key=${one.id}>
        <td class="wide-cell"><bdi title=${one.browser}>${browserName(one.browser)}</bdi> ${one.current && html`<${Badge} tone="good">here<//>`}</td><td><${Time} at=${one.createdAt} /></td><td><${Time} at=${one.seenAt} /></td>
        <td>${!one.current && html`<button type="button" class="small" onClick=${() => run(api.send('DELETE', `/v1/me/sign-ins/${one.id}`), 'Signed out there.')}>Sign out</button>`}</td>
      </tr>`,
      )}<//>`
    }`;
}

/** `Firefox on Linux`, as far as a browser tells. @param {string} agent */
function browserName(agent) {
  const name = /(Edg|OPR|Firefox|Chrome|Safari)/.exec(agent)?.[1];
  const system = /(Android|iPhone|iPad|Windows|Mac OS X|CrOS|Linux)/.exec(agent)?.[1];
  if (!name) return agent || 'unknown';
  const known = { Edg: 'Edge', OPR: 'Opera' }[name] ?? name;
  return system ? `${known} on ${system}` : known;
}
