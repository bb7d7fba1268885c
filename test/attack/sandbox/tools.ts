/** The programs that the cases call: where one is missing, the tests say so instead of passing. */
import { existsSync } from 'node:fs';

const TOOLS: [program: string, debianPackage: string][] = [
  ['bash', 'bash'],
  ['git', 'git'],
  ['gcc', 'gcc'],
  ['make', 'make'],
  ['python3', 'python3'],
  ['curl', 'curl'],
  ['ps', 'procps'],
  ['patch', 'patch'],
  ['less', 'less'],
  ['vim', 'vim'],
  ['script', 'bsdutils'],
  ['flock', 'util-linux'],
  ['ipcs', 'util-linux'],
  ['ipcmk', 'util-linux'],
  ['chrt', 'util-linux'],
  ['unshare', 'util-linux'],
  ['setpriv', 'util-linux'],
];

export function requireTools(): void {
  const missing = TOOLS.filter(([program]) => !existsSync(`/usr/bin/${program}`) && !existsSync(`/bin/${program}`));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map(([, name]) => name))].join(' ');
  throw new Error(`Missing: ${missing.map(([program]) => program).join(', ')}. apt-get install ${packages}`);
}
