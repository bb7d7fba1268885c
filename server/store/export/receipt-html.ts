/** A receipt as HTML: for a reader in words, for a program as data. */
import type { Receipt } from '../../../shared/receipt.ts';
import { escapeHtml as e } from './escape.ts';

/** What stands in its section, and the end of the file. */
export const receiptHtml = (receipt: Receipt): string => `<h2>Receipt</h2>
<p>Check it with: <code>vtcode audit verify --receipt FILE</code>. It is signed by the key with which the records of one person on one machine are signed; whose key that is, you must know from them.</p>
<dl>
${rows([
  ['Events', `${receipt.head.events}, the last with the hash ${code(receipt.head.hash)}`],
  ['Models', receipt.models.map(({ provider, model }) => code(`${provider}/${model}`)).join(', ') || 'none'],
  ['Approvals', approvalWords(receipt)],
  ['Policies of tools and commands', (receipt.toolPolicies ?? []).map(code).join(', ') || 'none named'],
  ['Files changed', String(receipt.files.length)],
  ['Redacted', receipt.redacted ? 'yes' : 'no'],
])}
</dl>
<details><summary>The receipt as data</summary><pre tabindex="0" id="receipt-data">${e(ascii(JSON.stringify(receipt, null, 2)))}</pre></details>
</section>
</footer>
</body>
</html>
`;

/** The same JSON in signs that no step on the way changes. */
const ascii = (json: string) =>
  json.replace(/[^\n -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

const code = (text: string) => `<code>${e(text)}</code>`;

/** Of a list of names and what they are; that is markup already. */
export const rows = (list: [name: string, html: string][]): string =>
  list.map(([name, html]) => `<dt>${name}</dt><dd>${html}</dd>`).join('\n');

function approvalWords({ approvals: { requested, answers, expired } }: Receipt): string {
  const said = Object.entries(answers).map(([answer, count]) => `${count} ${answer}`);
  return [`${requested} asked`, ...said, ...(expired > 0 ? [`${expired} expired`] : [])].map(e).join(', ');
}
