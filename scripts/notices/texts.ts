/** The licence texts: each package's own, or the standard one where its package carries none. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT, type Component } from './components.ts';

const LICENCE_FILE = /^(licen[cs]e|copying|notice|unlicense)([-.][\w.-]*)?$/i;
const CODE = /\.(c?js|mjs|ts|json|map)$/i;
/** Its file is the standard text of Apache-2.0, with no name filled in. */
const APACHE_FOLDER = 'node_modules/typescript';

/** The text of one package; of a package for another platform, which is not here, that of its parent. */
export async function licenceText(component: Component): Promise<string> {
  const own = await fileTexts(component.folder);
  if (own !== '') return own;
  if (component.licence === 'Apache-2.0') return fileTexts(APACHE_FOLDER);
  if (component.licence === 'MIT') return mit(await author(component));
  throw new Error(`${component.name} carries no licence text and is ${component.licence}: add the text here`);
}

async function fileTexts(folder: string): Promise<string> {
  const names = await readdir(join(ROOT, folder));
  const files = names.filter((name) => LICENCE_FILE.test(name) && !CODE.test(name)).sort();
  const texts = await Promise.all(files.map((name) => readFile(join(ROOT, folder, name), 'utf8')));
  return texts.map((text) => text.replaceAll('\r\n', '\n').trim()).join('\n\n');
}

async function author(component: Component): Promise<string> {
  const text = await readFile(join(ROOT, component.folder, 'package.json'), 'utf8');
  const { author: said } = JSON.parse(text) as { author?: string | { name?: string } };
  const name = typeof said === 'string' ? said : said?.name;
  return name ? name.replace(/\s*[<(].*$/, '') : `the authors of ${component.name}`;
}

export const mit = (holder: string): string =>
  `MIT License

Copyright (c) ${holder}

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.`;
