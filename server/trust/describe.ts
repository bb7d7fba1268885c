/** What a file of the surface could do, in words, and the lines of it worth reading before one decides. */
import type { TrustFile } from '../../shared/trust.ts';
import { LIMITS } from '../../shared/limits.ts';
import { countHidden } from './hidden.ts';
import type { SurfaceKind } from './surface.ts';

type Description = Pick<TrustFile, 'effect' | 'what' | 'excerpt' | 'hiddenCharacters'>;

export function describeFile(kind: SurfaceKind, text: string, scripts: Record<string, string> | null): Description {
  const lines = text.split(/\r\n|\r|\n/);
  const facts = { hiddenCharacters: countHidden(text) };
  switch (kind) {
    case 'settings':
      return { ...facts, effect: 'loosens', what: settingsWords(lines), excerpt: excerpt(lines, LOOSENS, 0) };
    case 'instructions':
      return { ...facts, effect: 'steers', what: instructionWords(lines), excerpt: excerpt(lines, STEERS, OPENING) };
    case 'mcp':
      return {
        ...facts,
        effect: 'runs',
        what: 'Names programs and servers for an agent to start',
        excerpt: excerpt(lines, STARTS, 0),
      };
    case 'scripts':
      return { ...facts, effect: 'runs', what: scriptWords(scripts ?? {}), excerpt: scriptLines(lines, scripts ?? {}) };
  }
}

/** How many first lines of instructions are shown besides those that stand out. */
const OPENING = 12;
const LOOSENS = /allow|auto-edit|model|instructions|max_tool_calls|human_in_the_loop/i;
const STARTS = /command|args|url|env|headers/i;
/** Lines that send the agent somewhere, have it run something, or ask it to keep quiet. */
const STEERS =
  /https?:|<!--|\b(?:curl|wget|bash|sh|zsh|powershell|eval|exec|sudo|rm|chmod|nc|base64|pip|npx|npm|git push|ssh|scp)\b|\.env\b|password|secret|token|credential|api.?key|\bignore\b|do not (?:tell|mention|ask|show)|don't (?:tell|mention|ask|show)|without (?:asking|telling)|\balways (?:run|allow|approve)/i;

const count = (number: number, word: string) => `${number} ${word}${number === 1 ? '' : 's'}`;
const filled = (lines: readonly string[]) => lines.filter((line) => line.trim() !== '').length;

const instructionWords = (lines: readonly string[]) => `Is read as instructions, ${count(filled(lines), 'line')}`;

function settingsWords(lines: readonly string[]): string {
  const loosening = lines.filter((line) => LOOSENS.test(line)).length;
  const some = loosening === 0 ? 'none of them names what could loosen' : `${count(loosening, 'line')} may loosen`;
  return `Sets what the agent may do, ${count(filled(lines), 'line')}; ${some}`;
}

/** Names that a package manager runs by itself when it installs. */
const BY_ITSELF = /^(?:pre|post)?(?:install|prepare|prepublish|pack)$/;

function scriptWords(scripts: Record<string, string>): string {
  const names = Object.keys(scripts);
  const own = names.filter((name) => BY_ITSELF.test(name));
  const first = names.slice(0, 8).join(', ') + (names.length > 8 ? ' …' : '');
  const alone = own.length === 0 ? '' : `; runs at install: ${own.join(', ')}`;
  return `Holds ${count(names.length, 'script')} that a package manager runs: ${first}${alone}`;
}

/** The lines that match or hide something, the first ones besides, in their order, up to the bound. */
function excerpt(lines: readonly string[], pattern: RegExp, opening: number): TrustFile['excerpt'] {
  const numbered = lines.map((text, i) => ({ line: i + 1, text })).filter(({ text }) => text.trim() !== '');
  const loud = numbered.filter(({ text }) => countHidden(text) > 0 || pattern.test(text.slice(0, 10_000)));
  const most = LIMITS.trustExcerptLines.value;
  const chosen = new Set([...loud.slice(0, most - opening), ...numbered.slice(0, opening)]);
  return numbered.filter((one) => chosen.has(one)).map(({ line, text }) => ({ line, text: cut(text) }));
}

function scriptLines(lines: readonly string[], scripts: Record<string, string>): TrustFile['excerpt'] {
  const named = Object.entries(scripts).slice(0, LIMITS.trustExcerptLines.value);
  return named.map(([name, script]) => {
    const at = lines.findIndex(
      (line) => line.includes(`${JSON.stringify(name)}:`) && line.includes(JSON.stringify(script)),
    );
    return { line: Math.max(1, at + 1), text: cut(`${name}: ${script}`) };
  });
}

function cut(text: string): string {
  const most = LIMITS.trustLineChars.value;
  return text.length <= most ? text : `${text.slice(0, most)}… (${text.length} characters)`;
}
