import { api } from './api.js';
import { html } from './html.js';
import { Badge, PageFrame, Table, useRead } from './page.js';

/** @import { PageProps } from './types.ts' */

/** What this instance was started with, and how it is. @param {PageProps} props */
export function Settings({ back }) {
  const { found, problem } = useRead(async () => {
    const [{ settings }, health] = await Promise.all([api.get('/v1/settings'), api.get('/v1/health')]);
    return { settings, health };
  }, []);
  return html`<${PageFrame} title="Settings" back=${back} problem=${problem} wide
    lead="They come from the environment and .env, and hold from the next start on. Keys are told as set or not, never shown.">
    ${
      found &&
      html`<section class="part"><h2>How it is</h2><ul class="rows-list">${found.health.checks.map((/** @type {any} */ one) => html`<li key=${one.name}><${Badge} tone=${one.ok ? 'good' : 'bad'}>${one.ok ? 'well' : 'not well'}<//> <strong>${one.name}</strong> <span class="quiet">${one.detail}</span></li>`)}</ul></section>
      <section class="part"><h2>Settings</h2><${Table} label="Settings" heads=${['Name', 'Value', 'What it is']}>
        ${found.settings.map(
          (/** @type {any} */ one) => html`<tr key=${one.name} class=${one.usual ? '' : 'changed'}>
          <td><code>${one.name}</code></td><td>${one.value === null ? html`<span class="quiet">not set</span>` : html`<code>${one.value}</code>`}</td><td class="wide-cell quiet">${one.about}</td></tr>`,
        )}<//></section>`
    }
  <//>`;
}
