/** What the effects of a command touch: inside or outside, secret, obeyed by other programs, or protected. */
import { visible } from '../base/visible.ts';
import { fits, parseGlob } from '../base/glob.ts';
import { type Arg, type Filter, type Found, shownArg, textsOf } from './shell/script.ts';
import type { Effect } from './commands/effects.ts';
import type { Cause } from './commands/spec.ts';
import { asksAlways, asksByDefault, type Finding } from './findings.ts';
import { classify, type PathRule } from './paths.ts';
import type { Entry, World } from './world.ts';

export interface Stand {
  world: World;
  /** Relative to the workspace; null where nobody knows. */
  cwd: string | null;
  rules: readonly PathRule[];
}

/** `program` is named in what is said. */
export function findingsOf(effect: Effect, program: string, stand: Stand): Finding[] {
  const say = (why: string) => `${program}: ${why}`;
  switch (effect.kind) {
    case 'unclear':
      return [asksByDefault('unclear', say(effect.why))];
    case 'ask':
      return [asksByDefault(RULES[effect.cause], say(effect.why))];
    case 'scatter':
      return [asksAlways('scatters', say(effect.why))];
    case 'list':
      return pathsIn(effect.path, stand, (entry, text) => outside(entry, text, say));
    case 'read':
      return read(effect.path, effect.below, { stand, say });
    case 'rev':
      return revision(effect.path, effect.below, { stand, say });
    case 'write':
      return write(effect.path, effect.into, { stand, say });
  }
}

const RULES: Record<Cause, string> = {
  runs: 'runs',
  fetches: 'network',
  writes: 'writes',
  system: 'system',
  tells: 'tells',
};

type Say = (why: string) => string;

interface Told {
  stand: Stand;
  say: Say;
}

/** Not files, and open to all. */
const SOURCES = new Set(['-', '/dev/null', '/dev/stdin', '/dev/zero', '/dev/random', '/dev/urandom']);
const SINKS = new Set(['/dev/null', '/dev/stdout', '/dev/stderr']);

type Look = (entry: Entry, text: string) => Finding[];

/** Every path that a word can be. What is not known is asked for by `look` as an unknown entry. */
function pathsIn(arg: Arg, { world, cwd }: Stand, look: Look): Finding[] {
  if (arg.kind === 'pipe') return arg.direction === '<' ? [] : look({ at: 'unknown' }, shownArg(arg));
  if (arg.kind === 'found')
    return arg.roots.flatMap((root) => pathsIn(root, { world, cwd: arg.from ?? cwd, rules: [] }, look));
  const texts = textsOf(arg);
  if (texts === null) return look({ at: 'unknown' }, shownArg(arg));
  return texts.flatMap((text) => {
    if (text === '' || SOURCES.has(text)) return [];
    if (cwd === null && !text.startsWith('/')) return look({ at: 'unknown' }, text);
    return look(world.entry(cwd ?? '.', text), text);
  });
}

function outside(entry: Entry, text: string, say: Say): Finding[] {
  if (entry.at === 'inside') return [];
  const shown = visible(text, 200);
  const why = entry.at === 'outside' ? `${shown} is outside the workspace.` : `Nobody knows where ${shown} leads.`;
  return [asksByDefault(entry.at === 'outside' ? 'outside' : 'unknown-path', say(why))];
}

function read(path: Arg, below: Filter | null, { stand, say }: Told): Finding[] {
  const found = pathsIn(path, stand, (entry, text) => {
    if (entry.at !== 'inside') return outside(entry, text, say);
    if (entry.kind === 'other')
      return [asksByDefault('device', say(`${visible(text, 200)} is neither a file nor a folder.`))];
    const own = path.kind === 'found' && entry.kind === 'directory' ? [] : secrets(entry.path, stand, say);
    if (entry.kind !== 'directory' || below === null || own.length > 0) return own;
    return all(entry.path, below, { stand, say });
  });
  if (path.kind !== 'found') return found;
  return [...found, ...path.roots.flatMap((root) => foundBelow(root, path, { stand, say }))];
}

function secrets(path: string, { rules }: Stand, say: Say): Finding[] {
  return classify(path, rules).sensitive.map((rule) => ({
    rank: 'floor' as const,
    reason: {
      rule: rule.id,
      layer: rule.layer,
      source: rule.source,
      decision: 'prompt' as const,
      why: say(`It reads ${visible(path, 200)}. ${rule.why}`),
      about: { kind: 'sensitive' as const, path },
    },
  }));
}

function foundBelow(root: Arg, path: Found, { stand, say }: Told): Finding[] {
  return pathsIn(root, { ...stand, cwd: path.from ?? stand.cwd }, (entry, text) => {
    if (entry.at !== 'inside' || entry.kind !== 'directory') return [];
    const below = stand.world.below(entry.path);
    if (below === null) return [asksByDefault('below', say(UNSEEN))];
    const isFlag = (one: string) => one.startsWith('-') || one.startsWith(`${entry.path}/-`);
    const flag = path.isBare && text === '.' ? below.odd.find(isFlag) : undefined;
    const odd = path.isParted ? below.odd[0] : (flag ?? (path.isBare && below.isCut ? below.odd[0] : undefined));
    const why = `The name ${visible(odd ?? '', 200)} would be read as several words, or as a flag.`;
    return [
      ...(odd === undefined ? [] : [asksByDefault('below', say(why))]),
      ...all(entry.path, path.filter, { stand, say }),
    ];
  });
}

const MANY = 'It reads some of the files below a folder in which more could hold a secret than are told apart.';
const UNSEEN = 'It reads all below a folder, and what lies there is not known.';

/** What it would come upon below a folder. The secrets themselves are hidden by the sandbox; still, who asks for all asks for them. */
function all(folder: string, filter: Filter, { stand, say }: Told): Finding[] {
  const below = stand.world.below(folder);
  if (below === null) return [asksByDefault('below', say(UNSEEN))];
  const met = below.secrets.filter(
    ({ path, tracked }) => (tracked || !filter.isTracked) && passes(path, folder, filter),
  );
  const found = met.slice(0, 3).flatMap(({ path }) => secrets(path, stand, say));
  const link = filter.follows ? below.links[0] : undefined;
  if (found.length === 0 && below.isCut && below.secrets.length > 0) return [asksByDefault('below', say(MANY))];
  return link === undefined
    ? found
    : [...found, asksByDefault('outside', say(`It follows ${visible(link, 200)} out of what may be read.`))];
}

function passes(path: string, folder: string, filter: Filter): boolean {
  const names = (folder === '.' ? path : path.slice(folder.length + 1)).split('/');
  const all = path.split('/');
  const name = names.at(-1)!;
  const folders = names.slice(0, -1);
  if (filter.noHidden && names.some((one) => one.startsWith('.'))) return false;
  if (filter.excludeFolders.some((glob) => folders.some((one) => fitsName(glob, one)))) return false;
  const choice = filter.choices.findLast(({ glob, take }) => (take ? couldFit(glob, all) : fitsName(glob, name)));
  return choice?.take ?? filter.otherwise;
}

/** What is taken is taken in any spelling; folders that a pattern names must be among its own. */
function couldFit(glob: string, names: readonly string[]): boolean {
  if (/[[\]\\{}!]/.test(glob)) return true;
  const parts = glob.toLowerCase().split('/');
  const last = parts.pop()!;
  const folders = names.slice(0, -1).map((one) => one.toLowerCase());
  const isNamed = (part: string) => part === '' || part === '.' || /[*?]/.test(part) || folders.includes(part);
  const isAny = last === '' || last === '**';
  return parts.every(isNamed) && (isAny || fitsName(last, names.at(-1)!.toLowerCase()));
}

const fitsName = (glob: string, name: string) => fits(parseGlob(glob.replaceAll('**', '*')), [name]);

/** `HEAD`, `a..b`, `HEAD:path`, `:0:path`, `1,5:path`, or a path. */
function revision(arg: Arg, below: Filter | null, { stand, say }: Told): Finding[] {
  return pathsIn(arg, stand, (entry, text) => {
    const named = [text.indexOf(':'), text.lastIndexOf(':')].flatMap((at) =>
      at < 0 ? [] : [text.slice(at + 1).replace(/^\.?\//, '')],
    );
    if (text.startsWith(':(') || named.some((path) => path.split('/').includes('..')))
      return [asksByDefault('unclear', say(`${visible(text, 200)} is not followed here.`))];
    const kept = [...new Set(named)].flatMap((path) => (path === '' ? [] : secrets(path, stand, say)));
    if (entry.at !== 'inside') return [...kept, ...outside(entry, text, say)];
    const found = [...kept, ...secrets(entry.path, stand, say)];
    if (below === null || found.length > 0 || entry.kind === 'file') return found;
    // What is not there is a commit, or a pattern: both can hold all that git has.
    return all(entry.kind === 'directory' ? entry.path : '.', below, { stand, say });
  });
}

function write(path: Arg, into: Arg | null, { stand, say }: Told): Finding[] {
  if (path.kind === 'text' && SINKS.has(path.text)) return [];
  const found = pathsIn(path, stand, (entry, text) => {
    if (entry.at !== 'inside') return outside(entry, text, say);
    const names = [entry.path, ...(entry.kind === 'directory' && into ? inside(entry.path, into) : [])];
    return names.flatMap((name) => surfaces(name, stand, say));
  });
  const unnamed = path.kind === 'found' ? [asksAlways('scatters', say('It writes what another program finds.'))] : [];
  return [...found, ...unnamed, asksByDefault('writes', say(`It writes ${visible(shownArg(path), 200)}.`))];
}

/** What is copied into a folder keeps its name. */
function inside(folder: string, from: Arg): string[] {
  return (textsOf(from) ?? []).map((text) => `${folder}/${text.split('/').findLast((name) => name !== '') ?? ''}`);
}

function surfaces(path: string, { rules }: Stand, say: Say): Finding[] {
  const { protected: kept, execSurface, sensitive } = classify(path, rules);
  return [...kept, ...execSurface, ...sensitive].map((rule) => ({
    rank: 'floor' as const,
    reason: {
      rule: rule.id,
      layer: rule.layer,
      source: rule.source,
      decision: rule.kind === 'protected' ? ('deny' as const) : ('prompt' as const),
      why: say(`It writes ${visible(path, 200)}. ${rule.why}`),
      about: { kind: rule.kind, path },
    },
  }));
}
