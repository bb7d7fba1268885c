/** Reads a Seatbelt profile as far as ours go, and decides by it as the system does: the last rule that fits wins. */
import type { Profile } from '../../server/sandbox/seatbelt.ts';

type Form = string | { text: string } | { regex: string } | Form[];

export interface Rule {
  decision: 'allow' | 'deny';
  operations: string[];
  filters: Form[][];
}

const TOKEN = /\s+|;[^\n]*|([()])|#"([^"]*)"|"((?:[^"\\]|\\.)*)"|([^\s()";]+)/y;

function parse(text: string): Form[] {
  const stack: Form[][] = [[]];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const token = TOKEN.exec(text);
    if (token === null) throw new Error(`not a profile at ${at}: ${text.slice(at, at + 40)}`);
    const [, paren, regex, string, word] = token;
    const top = stack[stack.length - 1]!;
    if (paren === '(') stack.push([]);
    else if (paren === ')') stack[stack.length - 2]!.push(stack.pop()!);
    else if (regex !== undefined) top.push({ regex });
    else if (string !== undefined) top.push({ text: string });
    else if (word !== undefined) top.push(word);
  }
  if (stack.length !== 1) throw new Error('a parenthesis is open');
  return stack[0]!;
}

export function rulesOf(text: string): Rule[] {
  const forms = parse(text).filter((form): form is Form[] => Array.isArray(form));
  return forms.flatMap(([head, ...rest]) => {
    if (head !== 'allow' && head !== 'deny') return [];
    const operations = rest.filter((one): one is string => typeof one === 'string');
    return [{ decision: head, operations, filters: rest.filter((one): one is Form[] => Array.isArray(one)) }];
  });
}

export function decides({ text, params }: Profile, operation: string, path: string): 'allow' | 'deny' {
  const values = new Map(params.map(({ name, value }) => [name, value]));
  const last = rulesOf(text).findLast(
    ({ operations, filters }) =>
      operations.some((one) => covers(one, operation)) &&
      (filters.length === 0 || filters.some((filter) => fits(filter, path, values))),
  );
  if (last === undefined) throw new Error('the profile has no default');
  return last.decision;
}

const covers = (pattern: string, operation: string): boolean =>
  pattern === 'default' ||
  pattern === operation ||
  (pattern.endsWith('*') && operation.startsWith(pattern.slice(0, -1)));

/** A filter that is not about paths fits none. */
function fits([kind, ...rest]: Form[], path: string, params: ReadonlyMap<string, string>): boolean {
  const inner = rest.filter((one): one is Form[] => Array.isArray(one));
  const [first] = rest;
  switch (kind) {
    case 'literal':
      return path === textOf(first, params);
    case 'subpath':
      return path === textOf(first, params) || path.startsWith(`${textOf(first, params)}/`);
    case 'regex':
      return typeof first === 'object' && 'regex' in first && new RegExp(first.regex).test(path);
    case 'require-all':
      return inner.every((filter) => fits(filter, path, params));
    case 'require-not':
      return !fits(inner[0]!, path, params);
    default:
      return false;
  }
}

function textOf(form: Form | undefined, params: ReadonlyMap<string, string>): string {
  if (Array.isArray(form) && form[0] === 'param') {
    const value = params.get(textOf(form[1], params));
    if (value === undefined) throw new Error(`no parameter for ${JSON.stringify(form)}`);
    return value;
  }
  if (typeof form === 'object' && 'text' in form) return form.text;
  throw new Error(`no text: ${JSON.stringify(form)}`);
}
