/** Each file says its role first, and none speaks of the machine that it was written on. */
import { isCode, isComponent, type Offence, type Source } from './sources.ts';

const ROLE = /^\s*\/\*\*\s*(?<role>[^]*?)\*\//;
const COMPONENT_ROLE = /^\s*(<script\b[^>]*>\s*\/\*\*(?<script>[^]*?)\*\/|<!--(?<markup>[^]*?)-->)/;

/** Every source begins with a comment whose first sentence says what the file is for. */
export function roles(sources: Source[]): Offence[] {
  return sources.filter(isCode).flatMap((source) => {
    const text = source.text.replace(/^#![^\n]*\n/, '');
    const groups = (isComponent(source) ? COMPONENT_ROLE : ROLE).exec(text)?.groups;
    const role = (groups?.['role'] ?? groups?.['script'] ?? groups?.['markup'] ?? '')
      .replaceAll(/\s*\n\s*\*?\s*/g, ' ')
      .trim();
    if (role === '') return [`${source.path} does not begin with a comment on its role`];
    const sentence = /^[^]{10,}?[.:;](\s|$)/.test(`${role} `);
    return sentence ? [] : [`${source.path} begins with "${role}", which is no sentence`];
  });
}

/** Folders of one person's machine. Samples use /home/ann, /srv or a temporary folder. */
const MACHINE = /(?<![\w./~-])\/(work|Users)\/[\w.]/;
const TOOLING = /\b(sub-?agents?|transcripts? of this session|as an AI|language model wrote)\b/i;

export function machinePaths(sources: Source[]): Offence[] {
  return sources
    .filter((source) => !source.path.startsWith('test/tidy'))
    .flatMap((source) =>
      source.text.split('\n').flatMap((line, i) => {
        const found = MACHINE.exec(line) ?? TOOLING.exec(line);
        return found ? [`${source.path}:${i + 1} says ${found[0]}: nobody else has that`] : [];
      }),
    );
}
