/** From the words on the command line to a command and its exit code. Each command is loaded when it is called. */
import { diskFault } from '../base/disk-fault.ts';
import { Fault } from '../base/fault.ts';
import { didYouMean } from '../base/nearest.ts';
import { type Args, readArgs, usage } from './args.ts';
import { helpAll, helpOf } from './help.ts';
import { type Io, tellFault } from './io.ts';
import { type CommandName, COMMANDS, type CommandSpec } from './spec.ts';
import { readVersion } from './version.ts';

/** Answers the exit code. Throws a Fault for what it cannot do. */
export type Command = (args: Args, io: Io) => Promise<number>;

const LOADERS: Record<CommandName, () => Promise<Command>> = {
  serve: async () => (await import('./serve.ts')).serveCommand,
  exec: async () => (await import('./exec.ts')).execCommand,
  link: async () => (await import('./link.ts')).linkCommand,
  trust: async () => (await import('./trust.ts')).trustCommand,
  untrust: async () => (await import('./trust.ts')).untrustCommand,
  'sessions list': async () => (await import('./sessions.ts')).listCommand,
  'sessions show': async () => (await import('./sessions.ts')).showCommand,
  'sessions export': async () => (await import('./sessions-export.ts')).exportCommand,
  'sessions import': async () => (await import('./sessions-import.ts')).importCommand,
  'sessions rebuild': async () => (await import('./sessions-rebuild.ts')).rebuildCommand,
  'sessions search': async () => (await import('./sessions-search.ts')).searchCommand,
  'sessions delete': async () => (await import('./sessions-delete.ts')).deleteCommand,
  'audit verify': async () => (await import('./audit.ts')).verifyCommand,
  'audit export': async () => (await import('./audit-export.ts')).auditExportCommand,
  'audit key': async () => (await import('./audit.ts')).keyCommand,
  purge: async () => (await import('./purge.ts')).purgeCommand,
  'sandbox status': async () => (await import('./sandbox.ts')).statusCommand,
  'sandbox run': async () => (await import('./sandbox.ts')).runCommand,
  'policy check': async () => (await import('./policy-check.ts')).checkCommand,
  'policy simulate': async () => (await import('./policy-simulate.ts')).simulateCommand,
  'grants list': async () => (await import('./grants.ts')).listCommand,
  'grants revoke': async () => (await import('./grants.ts')).revokeCommand,
  'share list': async () => (await import('./share.ts')).listCommand,
  'share revoke': async () => (await import('./share.ts')).revokeCommand,
  'policy test': async () => (await import('./policy-test.ts')).testCommand,
  doctor: async () => (await import('./doctor.ts')).doctorCommand,
  'config explain': async () => (await import('./config.ts')).explainCommand,
};

export async function run(words: readonly string[], io: Io): Promise<number> {
  try {
    return await dispatch(words, io);
  } catch (error) {
    const fault = error instanceof Fault ? error : diskFault(error);
    if (fault === null) throw error;
    tellFault(io, fault);
    return exitCode(fault);
  }
}

/** 2: used wrongly; 3: a person was needed; else 1. */
export function exitCode(fault: Fault): number {
  if (fault.code === 'person_needed') return 3;
  return fault.status === 400 ? 2 : 1;
}

async function dispatch(words: readonly string[], io: Io): Promise<number> {
  const [first, second] = words;
  if (first === undefined) {
    io.err(helpAll());
    return 2;
  }
  if (first === '--version') return say(io, `${readVersion()}\n`);
  if (first === '--help' || first === '-h') return say(io, helpAll());
  const spec = find(`${first} ${second ?? ''}`) ?? find(first);
  if (!spec) throw unknownCommand(first, second);
  const args = readArgs(spec, words.slice(spec.name.split(' ').length));
  if (args.flags.has('help')) return say(io, helpOf(spec));
  if (args.flags.has('version')) return say(io, `${readVersion()}\n`);
  if (io.platform === 'win32') throw noWindows;
  const command = await LOADERS[spec.name]();
  return command(args, io);
}

const noWindows = new Fault({
  status: 503,
  code: 'no_windows',
  message: 'vtcode runs on Linux and macOS; this is Windows.',
  hint: 'On Windows it runs inside WSL 2: docs/wsl2-ssh-containers.md',
});

const find = (name: string): (CommandSpec & { name: CommandName }) | undefined =>
  COMMANDS.find((spec) => spec.name === name);

async function say(io: Io, text: string): Promise<number> {
  await io.out(text);
  return 0;
}

function unknownCommand(first: string, second: string | undefined): Fault {
  const group = COMMANDS.filter(({ name }) => name.startsWith(`${first} `)).map(({ name }) => name);
  const hint = 'All commands: vtcode --help';
  if (group.length > 0) {
    const came = second === undefined ? 'nothing' : JSON.stringify(second);
    const nexts = group.map((name) => name.split(' ')[1]!);
    const meant = second === undefined ? '' : didYouMean(second, nexts);
    return usage(`\`vtcode ${first}\` expects one of ${nexts.join(', ')}; came ${came}.${meant}`, hint);
  }
  if (first.startsWith('-')) {
    const meant = didYouMean(first, ['--help', '--version']) || ' A command is expected first.';
    return usage(`unknown flag ${JSON.stringify(first)}.${meant}`, hint);
  }
  const names = [...new Set(COMMANDS.map(({ name }) => name.split(' ')[0]!))];
  return usage(`unknown command ${JSON.stringify(first)}.${didYouMean(first, names)}`, hint);
}
