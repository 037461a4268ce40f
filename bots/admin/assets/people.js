import { useState } from 'preact/hooks';
import { api } from './api.js';
import { ErasePerson } from './erase-person.js';
import { html } from './html.js';
import { JoinPeople } from './join-people.js';
import { into, Once, PageFrame, Table, Time, useRead } from './page.js';

/** @import { PageProps } from './types.ts' */

const roles = ['owner', 'admin', 'member', 'viewer'];

/** Everybody here, their accounts, their roles, and links that let them in. @param {PageProps} props */
export function People({ me, back }) {
  const { found, problem, refresh } = useRead(() => api.get('/v1/users'), []);
  const [name, setName] = useState('');
  const [role, setRole] = useState('member');
  const [link, setLink] = useState(/** @type {{ for: string, url: string } | null} */ (null));
  const [fault, setFault] = useState('');
  const [said, setSaid] = useState('');
  /** @param {Promise<unknown>} work @param {string} words */
  const run = (work, words) =>
    work.then(
      () => {
        setFault('');
        setSaid(words);
        refresh();
      },
      (failed) => {
        setFault(failed.message);
        refresh();
      },
    );
  /** @param {SubmitEvent} event */
  const invite = (event) => {
    event.preventDefault();
    run(
      api.send('POST', '/v1/users', { name, role }).then((made) => {
        setLink({ for: name, url: new URL(made.link.path, window.location.href).href });
        setName('');
      }),
      `${name} was added.`,
    );
  };
  /** @param {any} user */
  const newLink = (user) =>
    run(
      api
        .send('POST', `/v1/users/${user.id}/sign-in-links`)
        .then((made) => setLink({ for: user.name, url: new URL(made.path, window.location.href).href })),
      '',
    );
  const offered = me.role === 'owner' ? roles : roles.slice(1);
  return html`<${PageFrame} title="People" back=${back} problem=${problem || fault} said=${said} wide
    lead="Whoever writes to Deckhand on a chat platform is here by themselves. Others come by a link.">
    <form class="inline-form" aria-label="Invite somebody" onSubmit=${invite}>
      <label>Name <input required maxlength="100" value=${name} onInput=${into(setName)} /></label>
      <label>Role <select value=${role} onChange=${into(setRole)}>${offered.map((one) => html`<option key=${one}>${one}</option>`)}</select></label>
      <button type="submit" class="primary">Invite</button>
    </form>
    ${link && html`<${Once} label=${`A link that signs ${link.for} in, once, within seven days.`} text=${link.url} />`}
    ${
      found &&
      html`<${Table} label="People" heads=${['Name', 'Role', 'Accounts', 'Last asked', '']}>
      ${found.users.map(
        (/** @type {any} */ user) => html`<tr key=${user.id}>
        <td><bdi>${user.name}</bdi>${user.id === me.userId && html` <span class="quiet">you</span>`}</td>
        <td><select aria-label=${`Role of ${user.name}`} value=${user.role} disabled=${user.role === 'owner' && me.role !== 'owner'}
          onChange=${into((value) => run(api.send('PATCH', `/v1/users/${user.id}`, { role: value }), `${user.name} is ${value} now.`))}>
          ${(user.role === 'owner' ? roles : offered).map((one) => html`<option key=${one}>${one}</option>`)}</select></td>
        <td>${user.identities.map(
          (/** @type {any} */ one, /** @type {number} */ index) =>
            html`<span key=${index} class="identity">${one.platform}: <bdi>${one.name}</bdi>${
              user.identities.length > 1 &&
              one.platform !== 'console' &&
              html` <button type="button" class="small" aria-label=${`Separate ${one.platform} ${one.name} from ${user.name}`} title="Makes it somebody of its own" onClick=${() => run(api.send('DELETE', `/v1/users/${user.id}/identities/${one.id}`), `${one.name} on ${one.platform} is somebody of their own now.`)}>Separate</button>`
            }</span> `,
        )}</td>
        <td><${Time} at=${user.lastAskedAt} /></td>
        <td>${(user.role !== 'owner' || me.role === 'owner') && html`<button type="button" class="small" onClick=${() => newLink(user)}>Sign-in link</button>`}</td>
      </tr>`,
      )}<//>
      <${JoinPeople} users=${found.users} run=${run} />
      <${ErasePerson} users=${found.users} me=${me} run=${run} />`
    }
  <//>`;
}
