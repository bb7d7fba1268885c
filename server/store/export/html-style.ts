/** The look of an HTML export: the tokens of the page, and the few rules that a document needs; on paper too. */

/** Light and dark, as the page has them; a test holds them equal. */
export const TOKENS = {
  frame: ['#f5f6f7', '#111418'],
  canvas: ['#ffffff', '#171a1f'],
  inset: ['#eceef0', '#22262d'],
  line: ['#dfe2e6', '#2a2f37'],
  'line-strong': ['#b4bac3', '#4a525e'],
  text: ['#16191d', '#e4e7eb'],
  'text-2': ['#50575f', '#a8b0ba'],
  accent: ['#1b57c7', '#86b1ff'],
  'accent-bg': ['#e8effc', '#17253d'],
  allowed: ['#146a3f', '#6fcf9a'],
  'allowed-bg': ['#e6f4ec', '#14261c'],
  waiting: ['#7d5100', '#e3b458'],
  'waiting-bg': ['#fcf1d8', '#292110'],
  denied: ['#ad231c', '#f4938b'],
  'denied-bg': ['#fcebe9', '#2d1817'],
  claimed: ['#6239ad', '#bda4f5'],
  add: ['#e8f5ec', '#15271d'],
  del: ['#fceeed', '#2c1a1b'],
} as const satisfies Record<string, readonly [light: string, dark: string]>;

const tokens = Object.entries(TOKENS)
  .map(([name, [light, dark]]) => `--${name}:light-dark(${light},${dark})`)
  .join(';');

export const STYLE = `
:root{color-scheme:light dark;${tokens};--ui:system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;--mono:'JetBrains Mono',ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
*{box-sizing:border-box;font-variant-ligatures:none;font-variant-numeric:tabular-nums}
body{margin:0;background:var(--canvas);color:var(--text);font:0.875rem/1.375rem var(--ui)}
header,main,footer{max-inline-size:58rem;margin-inline:auto;padding-inline:16px}
header{padding-block:32px 16px;border-block-end:1px solid var(--line)}
h1{margin:0 0 12px;font-size:1.25rem;line-height:1.75rem;overflow-wrap:anywhere}
h2{margin:32px 0 12px;font-size:1rem}
h3{margin:24px 0 8px;font-size:0.8125rem;color:var(--text-2)}
h4,h5,h6{margin:16px 0 8px;font-size:0.875rem}
p,ul,ol{margin:0 0 12px;overflow-wrap:anywhere}
li>p{margin:0}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:4px 16px;margin:0;font-size:0.8125rem}
dt{color:var(--text-2)}
dd{margin:0;overflow-wrap:anywhere}
a{color:var(--accent)}
a:focus-visible,summary:focus-visible,pre:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
code,pre{font:0.75rem/1.25rem var(--mono)}
code{overflow-wrap:anywhere}
pre{margin:8px 0;padding:8px 12px;border:1px solid var(--line);border-radius:4px;background:var(--frame);overflow-x:auto;tab-size:4;white-space:pre}
blockquote{margin:0 0 12px;padding-inline-start:12px;border-inline-start:2px solid var(--line-strong);color:var(--text-2)}
table{border-collapse:collapse;margin:8px 0;font-size:0.8125rem}
th,td{padding:4px 12px 4px 0;border-block-end:1px solid var(--line);text-align:start;vertical-align:top;overflow-wrap:anywhere}
.said{margin-block:16px;padding-inline-start:12px;border-inline-start:2px solid var(--line)}
.said.you{border-color:var(--accent)}
.said>h3{margin-block-start:0}
details{margin-block:8px;border:1px solid var(--line);border-radius:8px}
summary{padding:6px 12px;cursor:pointer;overflow-wrap:anywhere}
details>:not(summary){margin-inline:12px}
details[open]>summary{border-block-end:1px solid var(--line);margin-block-end:8px}
details>pre{margin-block-end:12px}
.state{margin-inline-start:8px;padding:1px 6px;border-radius:4px;background:var(--inset);font-size:0.75rem;white-space:nowrap}
.done{color:var(--allowed);background:var(--allowed-bg)}
.failed,.denied{color:var(--denied);background:var(--denied-bg)}
.waiting,.stopped{color:var(--waiting);background:var(--waiting-bg)}
.thought>summary{color:var(--claimed)}
.note{padding:6px 12px;border-radius:4px;background:var(--inset);font-size:0.8125rem}
.note.error{color:var(--denied);background:var(--denied-bg)}
.note.warning{color:var(--waiting);background:var(--waiting-bg)}
.a{background:var(--add)}
.d{background:var(--del)}
.h{color:var(--text-2)}
time,.dim{color:var(--text-2);font-size:0.75rem}
footer{padding-block:16px 48px;margin-block-start:32px;border-block-start:1px solid var(--line)}
@media print{
:root{color-scheme:light}
body{font-size:10pt}
pre{white-space:pre-wrap;overflow-wrap:anywhere;overflow:visible}
details::details-content{content-visibility:visible;block-size:auto}
details>*{display:block}
.said,details{break-inside:auto}
h2,h3,summary{break-after:avoid}
}
`;
