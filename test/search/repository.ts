/** A real git repository in a temporary folder, with no configuration but its own. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface Repository {
  root: string;
  put(path: string, content: string | Buffer): void;
  /** Runs git in it, or in `cwd`; answers what it printed. Its failure is thrown. */
  git(...args: string[]): string;
  /** What git says of paths given on its standard input, each ended by NUL: those that it would ignore. */
  ignored(paths: readonly string[]): string[];
  close(): void;
}

const ENV = {
  PATH: '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin',
  HOME: '/nonexistent',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'n',
  GIT_AUTHOR_EMAIL: 'n@example.com',
  GIT_COMMITTER_NAME: 'n',
  GIT_COMMITTER_EMAIL: 'n@example.com',
};

export function repository(...init: string[]): Repository {
  const root = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'vt-git-')));
  const run = (args: string[], input = '') =>
    execFileSync('git', args, { cwd: root, env: ENV, input, stdio: ['pipe', 'pipe', 'pipe'] }).toString();
  run(['init', '-q', '-b', 'main', ...init, '.']);
  return {
    root,
    put(path, content) {
      fs.mkdirSync(dirname(join(root, path)), { recursive: true });
      fs.writeFileSync(join(root, path), content);
    },
    git: (...args) => run(args),
    ignored(paths) {
      try {
        return run(['check-ignore', '--no-index', '-z', '--stdin'], paths.join('\0'))
          .split('\0')
          .filter((path) => path !== '');
      } catch (error) {
        if ((error as { status?: number }).status === 1) return []; // it ignores none of them
        throw error;
      }
    },
    close: () => fs.rmSync(root, { recursive: true, force: true }),
  };
}
