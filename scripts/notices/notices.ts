/** THIRD_PARTY_NOTICES.md: who made what vtcode is delivered with, and under which terms. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT, type Component, type Delivery, type Product } from './components.ts';
import { licenceText, mit } from './texts.ts';

const HEADINGS: Record<Delivery, string> = {
  bundled: 'In the bundles of `dist/`',
  installed: 'Beside them, by npm',
  optional: 'Beside them, one of these, for your platform',
};

/** Programs and libraries inside of packages, which no package.json tells of. */
const INSIDE = [
  { name: 'ripgrep', of: '@vscode/ripgrep-*', licence: 'MIT or Unlicense', text: mit('2015 Andrew Gallant') },
  {
    name: 'SQLite',
    of: 'better-sqlite3',
    licence: 'public domain',
    text: 'The authors of SQLite have dedicated its code to the public domain.',
  },
];

export async function notices(product: Product): Promise<string> {
  const { components, font } = product;
  const sections = Object.entries(HEADINGS).map(([delivery, heading]) =>
    list(
      heading,
      components.filter((component) => component.delivery === delivery),
    ),
  );
  const present = components.filter((component) => component.delivery !== 'optional');
  const texts = await Promise.all(
    present.map(async (component) => quoted(title(component), await licenceText(component))),
  );
  const fontText = await readFile(join(ROOT, font.licenceFile), 'utf8');
  return [
    '# Third-party notices',
    'Made by `npm run notices` from the bundles and the lock file; a test compares.',
    ...sections,
    `## Inside of those\n\n${INSIDE.map(({ name, of, licence }) => `- ${name}, in ${of}: ${licence}`).join('\n')}`,
    `## Font\n\n- JetBrains Mono ${font.version}: OFL-1.1`,
    '## Licence texts',
    ...texts,
    ...INSIDE.map(({ name, text }) => quoted(name, text)),
    quoted(`JetBrains Mono ${font.version} (OFL-1.1)`, fontText.replaceAll('\r\n', '\n').trim()),
    '',
  ].join('\n\n');
}

const list = (heading: string, components: Component[]) =>
  `## ${heading}\n\n${components.map(({ name, version, licence }) => `- ${name} ${version}: ${licence}`).join('\n')}`;

const title = ({ name, version, licence }: Component) => `${name} ${version} (${licence})`;

const quoted = (heading: string, text: string) => `### ${heading}\n\n\`\`\`text\n${text}\n\`\`\``;
