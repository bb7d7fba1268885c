/** Package managers and builds: what they do without running or fetching anything, and why the rest is asked for. */
import type { Cause, SpecTable, SpecText } from '../spec.ts';

const ask = (why: string, cause: Cause = 'runs'): SpecText => ({
  asks: { '': [cause, why] },
  args: 'text*',
  raw: true,
});
const SCRIPTS = 'It runs scripts of the repository.';
const BUILDS = 'It runs code: what it is given, or what the repository holds.';
const FETCH = 'It fetches packages, and runs what they bring.';
const build = (why = SCRIPTS): SpecText => ask(why);
const many = (names: string, spec: SpecText) => Object.fromEntries(names.split(' ').map((name) => [name, spec]));

export const PACKAGES: SpecTable = {
  npm: {
    told: '-v --version -h --help',
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
      pkg: {
        subs: {
          get: { args: 'plain*', flags: '--json' },
          ...many('set delete fix', ask('It changes package.json.', 'writes')),
        },
      },
      pack: ask('It writes files, and runs scripts.'),
      ...many('explain why', { args: 'plain*', flags: '--json' }),
      help: {},
    },
  },
  npx: ask('It fetches a package, or takes one of the repository, and runs it.', 'fetches'),
  'yarn pnpm bun bunx pnpx corepack': ask(SCRIPTS),
  'pip pip3': {
    told: '-V --version -h --help',
    subs: {
      '': {},
      ...many('install uninstall download wheel', ask(FETCH, 'fetches')),
      ...many('list freeze', { flags: '--format=text --local --not-required' }),
      show: { args: 'plain*', flags: '-f --files' },
      check: {},
    },
  },
  'pipx uv conda mamba': { ...ask('It fetches packages, or runs what the repository names.'), told: '-V --version' },
  'pdm poetry': ask('It loads plugins of the repository, whatever it is told to do.'),
  cargo: {
    unless: ['rust-toolchain', 'rust-toolchain.toml', '.cargo'],
    told: '-V --version --list -h --help',
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
  'rustc rustup': { told: '-V --version -vV -h --help', unless: ['rust-toolchain', 'rust-toolchain.toml'] },
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
  'make gmake': { ...ask(BUILDS), told: '-v --version -h --help' },
  'cmake ninja meson just nox gradle mypy pre-commit gem swift tsc vite vitest mocha rollup esbuild playwright tsx svelte-check':
    {
      ...ask(BUILDS),
      told: '--version',
    },
  mvn: { ...ask(BUILDS), told: '-v --version', unless: ['.mvn'] },
  // These hand over to what the repository has under their name, or load what it configures, even to tell their version.
  'bazel buck sbt task rake gradlew ant scons tox invoke fab webpack jest parcel turbo nx lerna cypress next nuxt astro ts-node nodemon':
    ask(BUILDS),
  'pytest flake8 pylint pyright ansible ansible-playbook phpunit composer bundle bundler rspec rubocop dotnet mix xcodebuild':
    ask(BUILDS),
  'apt apt-get aptitude yum dnf pacman apk brew snap flatpak port zypper dpkg rpm nix nix-env': ask(
    'It changes the programs of this machine.',
    'system',
  ),
};
