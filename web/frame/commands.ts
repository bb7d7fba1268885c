/** What the palette offers, and which of it fits what was typed. */
import type { IconName } from '../ui/icons.ts';

export interface Command {
  id: string;
  icon: IconName;
  label: string;
  /** At the right: a key, or what it belongs to. */
  hint: string;
  run: () => void;
}

/** Those that have every typed word, those with the first word at their beginning before the rest; else in their own order. */
export function fitting(commands: readonly Command[], query: string): Command[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const first = words[0];
  if (first === undefined) return [...commands];
  const rated = commands.flatMap((command) => {
    const text = `${command.label} ${command.hint}`.toLowerCase();
    if (!words.every((word) => text.includes(word))) return [];
    return [{ command, rank: text.startsWith(first) ? 0 : text.includes(` ${first}`) ? 1 : 2 }];
  });
  return rated.sort((a, b) => a.rank - b.rank).map(({ command }) => command);
}
