import { useState } from 'preact/hooks';
import { api } from './api.js';
import { html } from './html.js';
import { Badge, into, PageFrame, useRead } from './page.js';

/** @import { PageProps } from './types.ts' */

/** The API, read from its own document. @param {PageProps} props */
export function Reference({ back }) {
  const { found, problem } = useRead(() => api.get('/v1/openapi.json'), []);
  const [search, setSearch] = useState('');
  const groups = found ? groupsOf(found, search.toLowerCase()) : [];
  return html`<${PageFrame} title="API" back=${back} problem=${problem}
    lead="Everything on these pages is done by these calls. A program sends “Authorization: Bearer dhk_…” with a key of its own.">
    <form class="filters" role="search" aria-label="Operations" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
      <label>Find <input type="search" value=${search} onInput=${into(setSearch)} placeholder="approvals" /></label>
      <p><a href="/v1/openapi.json" download="deckhand-openapi.json">The OpenAPI 3.1 document</a></p>
    </form>
    ${groups.map(
      ([tag, operations]) => html`<section key=${tag} class="part"><h2>${tag}</h2>
      ${operations.map((one) => html`<${Operation} key=${one.operationId} operation=${one} schemas=${found.components.schemas} />`)}</section>`,
    )}
    ${found && groups.length === 0 && html`<p class="quiet">Nothing is called that.</p>`}
  <//>`;
}

/** @param {any} document @param {string} search @returns {[string, any[]][]} */
function groupsOf(document, search) {
  /** @type {Map<string, any[]>} */
  const groups = new Map();
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const text = `${method} ${path} ${operation.summary}`.toLowerCase();
      if (!text.includes(search)) continue;
      const tag = operation.tags[0];
      groups.set(tag, [...(groups.get(tag) ?? []), { ...operation, method: method.toUpperCase(), path }]);
    }
  }
  return [...groups].sort(([one], [other]) => (one < other ? -1 : 1));
}

/** Its details are written out when they are opened. @param {{ operation: any, schemas: Record<string, any> }} props */
function Operation({ operation, schemas }) {
  const [open, setOpen] = useState(false);
  const { method, path, summary } = operation;
  return html`<details class="operation" onToggle=${(/** @type {{ currentTarget: HTMLDetailsElement }} */ event) => setOpen(event.currentTarget.open)}>
    <summary><code class="method method-${method.toLowerCase()}">${method}</code> <code>${path}</code> <span class="quiet">${summary}</span></summary>
    ${open && html`<${Details} operation=${operation} schemas=${schemas} />`}
  </details>`;
}

/** @param {{ operation: any, schemas: Record<string, any> }} props */
function Details({ operation, schemas }) {
  const { parameters = [], requestBody, responses, 'x-act': act } = operation;
  const body = requestBody?.content['application/json']?.schema;
  const answer = responses[200]?.content?.['application/json']?.schema;
  return html`<p><${Badge} tone="plain">${act === 'anyone' ? 'open to all' : `needs ${act}`}<//></p>
    ${
      parameters.length > 0 &&
      html`<dl class="parameters">${parameters.map((/** @type {any} */ one) => html`<dt key=${one.name}><code>${one.name}</code> <span class="quiet">${one.in}${one.required ? '' : ', optional'}</span></dt><dd>${one.schema.description ?? wordsOf(one.schema, schemas, 2)}</dd>`)}</dl>`
    }
    ${body && html`<h3 class="minor">Body</h3><pre tabindex="0"><code>${wordsOf(body, schemas, 0)}</code></pre>`}
    ${answer && html`<h3 class="minor">Answer</h3><pre tabindex="0"><code>${wordsOf(answer, schemas, 0)}</code></pre>`}`;
}

/** A schema as one would write the type. @param {any} schema @param {Record<string, any>} schemas @param {number} depth @returns {string} */
function wordsOf(schema, schemas, depth) {
  if (schema.$ref) {
    const name = schema.$ref.split('/').at(-1);
    return depth > 1 ? name : wordsOf(schemas[name] ?? {}, schemas, depth);
  }
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((/** @type {unknown} */ one) => JSON.stringify(one)).join(' | ');
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return choices.map((/** @type {any} */ one) => wordsOf(one, schemas, depth + 1)).join(' | ');
  if (schema.allOf)
    return schema.allOf.map((/** @type {any} */ one) => wordsOf(one, schemas, depth)).join(' & ');
  if (schema.type === 'array') return `${wordsOf(schema.items ?? {}, schemas, depth + 1)}[]`;
  if (schema.properties) {
    const indent = '  '.repeat(depth + 1);
    const required = schema.required ?? [];
    const lines = Object.entries(schema.properties).map(
      ([name, one]) =>
        `${indent}${name}${required.includes(name) ? '' : '?'}: ${wordsOf(one, schemas, depth + 1)}`,
    );
    return `{\n${lines.join('\n')}\n${'  '.repeat(depth)}}`;
  }
  return [schema.type ?? 'any'].flat().join(' | ');
}
