import { html } from './html.js';
import { Badge, Link, Table, Time } from './page.js';
import { fileSize } from './time.js';

/** @type {Record<string, 'good' | 'bad' | 'wait'>} */
const tones = { passed: 'good', refused: 'bad', failed: 'wait' };

/** What came to doors. @param {{ entries: any[], go: (path: string) => void }} props */
export function EgressTable({ entries, go }) {
  return html`<${Table} label="Requests at the door" heads=${['When', '', 'Request', 'By', 'Secret', 'Out / back']}>
    ${entries.map(
      (one) => html`<tr key=${`${one.sessionId}/${one.n}`}>
      <td><${Link} to=${`/sessions/${one.sessionId}`} go=${go}><${Time} at=${one.at} /><//></td>
      <td><${Badge} tone=${tones[one.outcome] ?? 'plain'}>${one.outcome}<//></td>
      <td class="wide-cell"><code>${one.method} ${one.host}${one.port === 443 ? '' : `:${one.port}`}${one.path}</code>${one.reason && html`<br /><span class="quiet"><bdi>${one.reason}</bdi></span>`}</td>
      <td>${one.rule}</td><td>${one.secret ? html`<code>${one.secret}</code>` : html`<span class="quiet">none</span>`}</td>
      <td class="num">${fileSize(one.sent)} / ${fileSize(one.received)}</td>
    </tr>`,
    )}<//>`;
}
