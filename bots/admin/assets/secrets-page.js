import { useCallback, useEffect, useState } from 'preact/hooks';
import { api } from './api.js';
import { html } from './html.js';
import { SecretEntry, storedWords } from './secret-entry.js';
import { SecretList } from './secret-list.js';

/** @import { Me, Secret, SecretEntrance, Secrets } from './types.ts' */

/** One's own secrets and the defaults of one's workspaces. @param {{ me: Me, back: () => void }} props */
export function SecretsPage({ me, back }) {
  const [known, setKnown] = useState(/** @type {Secrets | null} */ (null));
  const [problem, setProblem] = useState('');
  const [said, setSaid] = useState('');
  const refresh = useCallback(() => {
    api.secrets().then(setKnown, (fault) => setProblem(fault.message));
  }, []);
  useEffect(refresh, []);
  /** @param {string[]} names */
  const onStored = (names) => {
    setSaid(storedWords(names));
    refresh();
  };
  /** @param {Secret} secret */
  const remove = async (secret) => {
    await api.removeSecret(secret.id);
    setSaid(`Removed ${secret.name}.`);
    refresh();
  };
  return html`<main class="main" id="main">
    <header class="bar">
      <button type="button" class="small back" aria-label="All threads" onClick=${back}>Threads</button>
      <h1>Secrets</h1>
    </header>
    <div class="sheet">
      <div class="sheet-inner">
        <p class="lead">Agents use them without seeing them: a sandbox holds a placeholder, and the value is put on a request after it has left, at the hosts you name and nowhere else.</p>
        <p role="status" class="said-so">${said}</p>
        ${problem && html`<p role="alert" class="line line-alert">${problem}</p>`}
        ${known && html`<${Known} known=${known} me=${me} onStored=${onStored} remove=${remove} />`}
      </div>
    </div>
  </main>`;
}

/** @param {{ known: Secrets, me: Me, onStored: (names: string[]) => void, remove: (secret: Secret) => Promise<void> }} props */
function Known({ known, me, onStored, remove }) {
  const { secrets, workspaces, presets, mayManageDefaults } = known;
  const several = workspaces.length > 1;
  /** @param {Secret} secret */
  const entranceOf = ({ workspaceId, whose }) => entrance(workspaceId, whose);
  const props = { presets, entranceOf, onStored, remove };
  const may = me.may.includes('ask');
  const [adding, setAdding] = useState(secrets.length === 0);
  return html`
    ${may && !adding && html`<p><button type="button" class="primary" onClick=${() => setAdding(true)}>Add a secret</button></p>`}
    ${may && adding && html`<${Enter} known=${known} onStored=${onStored} />`}
    ${workspaces.map(({ id, name, member }) => {
      /** @param {'you' | 'workspace'} whose */
      const of = (whose) => secrets.filter((one) => one.workspaceId === id && one.whose === whose);
      const where = several ? ` in ${name}` : '';
      return html`<div key=${id}>
        ${
          (member || of('you').length > 0) &&
          html`<section class="secret-group"><h2>Yours${where}</h2>
            ${of('you').length === 0 ? html`<p class="quiet">None yet.</p>` : html`<${SecretList} ...${props} mayChange=${may} secrets=${of('you')} />`}
          </section>`
        }
        <section class="secret-group"><h2>Defaults${where}</h2>
          <p class="quiet">For everybody in the workspace who has none of the same name.</p>
          ${of('workspace').length > 0 && html`<${SecretList} ...${props} mayChange=${mayManageDefaults} secrets=${of('workspace')} />`}
        </section>
      </div>`;
    })}
  `;
}

/** @param {{ known: Secrets, onStored: (names: string[]) => void }} props */
function Enter({ known, onStored }) {
  const { workspaces, presets, mayManageDefaults } = known;
  const [workspaceId, setWorkspace] = useState(
    (workspaces.find((one) => one.member) ?? workspaces[0])?.id ?? '',
  );
  const [whose, setWhose] = useState(/** @type {'you' | 'workspace'} */ ('you'));
  const member = workspaces.find((one) => one.id === workspaceId)?.member ?? false;
  return html`<section class="secret-group" aria-label="Add secrets"><h2>Add</h2>
    ${
      workspaces.length > 1 &&
      html`<label class="labelled" for="secret-workspace"><span>Workspace</span>
        <select id="secret-workspace" value=${workspaceId} onChange=${(/** @type {{ currentTarget: HTMLSelectElement }} */ event) => setWorkspace(event.currentTarget.value)}>
          ${workspaces.map(({ id, name }) => html`<option key=${id} value=${id}>${name}</option>`)}
        </select></label>`
    }
    ${
      mayManageDefaults &&
      html`<label class="labelled" for="secret-whose"><span>For</span>
        <select id="secret-whose" value=${member ? whose : 'workspace'} onChange=${(/** @type {{ currentTarget: HTMLSelectElement }} */ event) => setWhose(event.currentTarget.value === 'you' ? 'you' : 'workspace')}>
          ${member && html`<option value="you">Me alone</option>`}
          <option value="workspace">Everybody in the workspace</option>
        </select></label>`
    }
    <${SecretEntry} entrance=${entrance(workspaceId, member ? whose : 'workspace')} presets=${presets} onStored=${onStored} />
  </section>`;
}

/** @param {string} workspaceId @param {'you' | 'workspace'} whose @returns {SecretEntrance} */
const entrance = (workspaceId, whose) => ({
  store: (input) => api.enterSecrets({ workspaceId, whose, input }),
  preview: (text) => api.previewSecrets({ text }),
});
