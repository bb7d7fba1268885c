/** Package managers and builds: what they do without running or fetching anything, and why the rest is asked for. */
import type { Cause, SpecTable, SpecText } from '../spec.ts';

const ask = (why: string, cause: Cause = 'runs'): SpecText => ({
  asks: { '': [cause, why] },
  args: 'text*',
  raw: true,
});
const SCRIPTS = 'It runs scripts of the repository.';
const FETCH = 'It fetches packages, and runs what they bring.';
const build = (why = SCRIPTS): SpecText => ask(why);
const many = (names: string, spec: SpecText) => Object.fromEntries(names.split(' ').map((name) => [name, spec]));

export const PACKAGES: SpecTable = {
  npm: {
    flags: '-v --version',
    subs: {
      '': {},
      ...many('test t tst run run-script start stop restart exec x create init', build()),
      ...many(
        'install i in add ci clean-install install-test it update up upgrade uninstall remove rm un link ln rebuild dedupe audit prune',
        ask(FETCH, 'fetches'),
      ),
      ...many(
        'publish unpublish login logout adduser token owner access whoami ping view info show search outdated deprecate dist-tag team org profile star',
        ask('It reaches the registry.', 'fetches'),
      ),
      ...many('ls list ll la', {
        args: 'plain*',
        flags: '-a --all --depth=text --json --long --parseable --prod --production --dev --omit=text',
      }),
      version: ask('It sets the version, and runs scripts.'),
      ...many('root bin prefix', { flags: '' }),
      ...many('config set get c', ask('Its settings hold tokens, and name programs.', 'tells')),
      ...many('pkg pack', ask('It writes files, and runs scripts.')),
    },
  },
  npx: ask('It fetches a package, or takes one of the repository, and runs it.', 'fetches'),
  'yarn pnpm bun bunx pnpx corepack': ask(SCRIPTS),
  'pip pip3 pipx uv poetry pdm conda mamba': {
    flags: '-V --version',
    subs: {
      '': {},
      ...many('install uninstall download wheel sync add remove run lock update build publish', ask(FETCH, 'fetches')),
      ...many('list freeze', { flags: '--format=text --local --not-required -o' }),
      show: { args: 'plain*', flags: '-f' },
      check: {},
    },
  },
  cargo: {
    unless: ['rust-toolchain', 'rust-toolchain.toml', '.cargo'],
    flags: '-V --version --list',
    subs: {
      '': {},
      ...many(
        'build b check c test t run r bench doc d clippy fix',
        build('It runs build scripts and macros of the repository.'),
      ),
      ...many('install add remove update fetch publish login search yank owner', ask(FETCH, 'fetches')),
      ...many('fmt clean new init', ask('It changes files.', 'writes')),
      version: {},
    },
  },
  'rustc rustup': { flags: '-V --version -vV', unless: ['rust-toolchain', 'rust-toolchain.toml'] },
  go: {
    subs: {
      ...many(
        'build run test generate install get tool vet mod work fix clean',
        build('It builds and runs what the repository holds.'),
      ),
      version: {},
      env: {
        args: 'plain*',
        flags: '-json',
        asks: {
          '-w': ['writes', 'It changes the settings of go.'],
          '-u': ['writes', 'It changes the settings of go.'],
        },
      },
      doc: { args: 'plain*', flags: '-all -src -u -short', words: true },
      help: { args: 'plain*' },
    },
  },
  'make gmake ninja cmake meson bazel buck just task rake gradle gradlew mvn ant sbt scons tox nox invoke fab': {
    flags: '--version',
    args: 'text*',
    check: 'version',
    asks: {},
  },
  'tsc vite vitest jest mocha webpack rollup esbuild parcel turbo nx lerna playwright cypress next nuxt astro svelte-check tsx ts-node nodemon':
    {
      flags: '--version',
      args: 'text*',
      check: 'version',
    },
  'pytest mypy flake8 pylint pyright pre-commit ansible ansible-playbook phpunit composer bundle bundler gem rspec rubocop dotnet mix swift xcodebuild':
    {
      flags: '--version',
      args: 'text*',
      check: 'version',
    },
  'apt apt-get aptitude yum dnf pacman apk brew snap flatpak port zypper dpkg rpm nix nix-env': ask(
    'It changes the programs of this machine.',
    'system',
  ),
};
