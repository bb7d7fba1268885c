/** A child gets what is named, and nothing through which it could be steered or by which it would learn a secret. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { childEnv, forBrowser, forKeyCommand, isInjected, preloads, stripInjected } from '../../server/sandbox/env.ts';

const HOSTILE = [
  'NODE_OPTIONS',
  'NODE_PATH',
  'NODE_DEBUG',
  'NODE_REPL_EXTERNAL_MODULE',
  'LD_PRELOAD',
  'LD_LIBRARY_PATH',
  'LD_AUDIT',
  'DYLD_INSERT_LIBRARIES',
  'GLIBC_TUNABLES',
  'BASH_ENV',
  'ENV',
  'BASH_FUNC_ls%%',
  'SHELLOPTS',
  'PROMPT_COMMAND',
  'PS4',
  'ZDOTDIR',
  'IFS',
  'GIT_DIR',
  'GIT_CONFIG_COUNT',
  'GIT_SSH_COMMAND',
  'GIT_EXTERNAL_DIFF',
  'PYTHONPATH',
  'PYTHONSTARTUP',
  'PERL5LIB',
  'PERL5OPT',
  'PERLLIB',
  'RUBYOPT',
  'RUBYLIB',
  'GEM_HOME',
  'JAVA_TOOL_OPTIONS',
  'LESSOPEN',
  'npm_config_script_shell',
  'RIPGREP_CONFIG_PATH',
  'OPENSSL_CONF',
  'SSLKEYLOGFILE',
];
const SECRETS = [
  'ANTHROPIC_API_KEY',
  'GITHUB_TOKEN',
  'SSH_AUTH_SOCK',
  'DB_PASSWORD',
  'AWS_SECRET_ACCESS_KEY',
  'COOKIE',
];
const values = (names: string[]) => Object.fromEntries(names.map((name) => [name, `value of ${name}`]));

describe('a child on the host', () => {
  test('gets only what is named', () => {
    const kept = {
      LANG: 'C.UTF-8',
      LC_ALL: 'C',
      TERM: 'xterm',
      TZ: 'UTC',
      HOME: '/home/ann',
      USER: 'ann',
      NO_COLOR: '1',
    };
    const given = { ...values([...HOSTILE, ...SECRETS, 'EDITOR', 'ANYTHING']), ...kept, PATH: '/usr/bin:/bin' };
    expect(childEnv(given, '/srv/app')).toEqual({ ...kept, PATH: '/usr/bin:/bin' });
  });

  test.each([
    ['/usr/bin:/bin', '/usr/bin:/bin'],
    ['.:/usr/bin::bin:../x', '/usr/bin'],
    ['/srv/app/node_modules/.bin:/usr/bin', '/usr/bin'],
    ['/srv/app:/srv/app2/bin:/srv/other/../app/bin', '/srv/app2/bin'],
    ['', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    ['node_modules/.bin', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    ['/bin:/bin/:/usr/../bin', '/bin'],
  ])('with PATH %j looks in %s', (path, expected) => {
    expect(childEnv({ PATH: path }, '/srv/app')['PATH']).toBe(expected);
  });

  test('never gets a hostile or a secret name, however it is spelled', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.oneof(fc.constantFrom(...HOSTILE, ...SECRETS), fc.string()), fc.string()),
        (given) => {
          const names = Object.keys(childEnv(given, '/srv/app'));
          expect(names.filter((name) => isInjected(name) || SECRETS.includes(name))).toEqual([]);
        },
      ),
    );
  });
});

test.each(HOSTILE)('%s is known to steer programs', (name) => {
  expect(isInjected(name)).toBe(true);
  expect(forBrowser(name)).toBe(false);
  expect(forKeyCommand(name)).toBe(false);
});

test.each(['PATH', 'HOME', 'LANG', 'ENVIRONMENT', 'DIGIT_X', 'NODE_EXTRA_CA_CERTS', 'LDAP_URL', 'DISPLAY'])(
  '%s is not',
  (name) => expect(isInjected(name)).toBe(false),
);

test('a key command finds its store and no key of ours', () => {
  const wanted = [
    'GNUPGHOME',
    'SSH_AUTH_SOCK',
    'OP_SERVICE_ACCOUNT_TOKEN',
    'PASSWORD_STORE_DIR',
    'DBUS_SESSION_BUS_ADDRESS',
  ];
  expect(wanted.filter(forKeyCommand)).toEqual(wanted);
  expect(['ANTHROPIC_API_KEY', 'OP_API_KEY', 'GITHUB_TOKEN', 'RANDOM'].filter(forKeyCommand)).toEqual([]);
});

test('our own environment loses what steers programs and what turns certificates off', () => {
  const env: NodeJS.ProcessEnv = {
    ...values(HOSTILE),
    NODE_TLS_REJECT_UNAUTHORIZED: '0',
    NODE_EXTRA_CA_CERTS: '/ca',
    PATH: '/bin',
  };
  stripInjected(env);
  expect(env).toEqual({ NODE_EXTRA_CA_CERTS: '/ca', PATH: '/bin' });
});

test('what can have run code in this process is told, sorted; what is empty is not', () => {
  expect(preloads({ NODE_OPTIONS: '-r x', LD_PRELOAD: '/x.so', LD_AUDIT: '', GIT_DIR: 'x', PATH: '/bin' })).toEqual([
    'LD_PRELOAD',
    'NODE_OPTIONS',
  ]);
});
