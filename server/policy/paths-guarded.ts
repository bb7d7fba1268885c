/** Names that the agent never writes, and names that likely hold a secret. */
import { builtin, type RuleText } from './path-rule.ts';
import type { BuiltinPathRule } from './paths.ts';

const guarded = (id: string, text: RuleText) => builtin('protected', id, text);
const secret = (id: string, text: RuleText) => builtin('sensitive', id, text);

export const PROTECTED_RULES: readonly BuiltinPathRule[] = [
  guarded('protected.git', {
    // `git~1` is what Windows and file systems of its kind may call `.git` (CVE-2014-9390).
    patterns: '.git git~[0-9]',
    why: 'git runs what its own folder says: hooks, filters and pagers of .git/config. Only git itself changes it.',
    match: [
      '.git',
      '.git/config',
      '.git/hooks/pre-commit',
      'vendor/lib/.git/config',
      '.GIT/config',
      '.git /x',
      'GIT~1/config',
    ],
    notMatch: ['.gitignore', '.github/workflows/ci.yml', 'docs/git', 'repo.git/description'],
  }),
  guarded('protected.vtcode', {
    patterns: '.vtcode vtcode.toml vtcode~[0-9]',
    why: 'Settings and rules of this program: what the agent could change here would loosen what holds it.',
    match: ['.vtcode/tool-policy.json', '.VTCODE/tmp/x', '.vtcode.', 'vtcode.toml', 'packages/a/vtcode.toml'],
    notMatch: ['vtcode.ts', 'docs/vtcode.md', 'vtcode/readme.md'],
  }),
  guarded('protected.trust', {
    patterns: '.vt-workspace-trust vt-wor~[0-9]',
    why: 'The mark of trust is given by a person and signed; nothing else may write it.',
    match: ['.vt-workspace-trust', 'sub/.VT-Workspace-Trust'],
    notMatch: ['vt-workspace-trust.md'],
  }),
];

export const SENSITIVE_RULES: readonly BuiltinPathRule[] = [
  secret('sensitive.env', {
    patterns: '.env* *.env',
    why: 'Environment files hold keys and passwords.',
    match: ['.env', '.env.local', 'apps/web/.env.production', '.ENV', 'deploy/prod.env', '.envrc'],
    notMatch: ['src/env.ts', 'environment.ts', 'docs/env.md'],
  }),
  secret('sensitive.registry', {
    patterns: `
      .npmrc .yarnrc .yarnrc.yml .pypirc pip.conf **/.cargo/credentials* **/.gem/credentials nuget.config
      .composer`,
    why: 'Settings of a package registry hold its tokens.',
    match: ['.npmrc', 'packages/a/.npmrc', '.pypirc', '.cargo/credentials.toml', 'NuGet.Config'],
    notMatch: ['.cargo/config.toml', 'package.json', 'pip.conf.md'],
  }),
  secret('sensitive.login', {
    patterns: '.netrc _netrc .git-credentials .pgpass .my.cnf .htpasswd .vault-token .vault_pass*',
    why: 'Names and passwords for hosts and databases.',
    match: ['.netrc', '.git-credentials', 'ops/.pgpass', '.vault_pass.txt'],
    notMatch: ['.gitignore', 'netrc.md'],
  }),
  secret('sensitive.git', {
    // Those of submodules and further worktrees lie deeper in the folder.
    patterns: `
      **/.git/**/config **/.git/**/config.worktree **/git~[0-9]/**/config .gitconfig **/.config/git/config
      **/.config/git/credentials .git-credential-cache **/.cache/git/credential`,
    why: 'git keeps addresses with passwords, headers with tokens and whole logins in it.',
    match: [
      '.git/config',
      'vendor/lib/.GIT/config',
      '.git/modules/lib/config',
      '.git/worktrees/two/config.worktree',
      '.gitconfig',
      'home/.config/git/credentials',
      '.git-credential-cache/socket',
    ],
    notMatch: ['.git/HEAD', '.git/hooks/pre-commit', 'config', '.gitignore', 'git/config', '.config/git/ignore'],
  }),
  secret('sensitive.key', {
    patterns: `
      *.pem *.key *.p8 *.p12 *.pfx *.ppk *.jks *.keystore *.kdbx *.ovpn id_rsa id_dsa id_ecdsa id_ed25519
      id_*_sk .ssh .gnupg`,
    why: 'Private keys and key stores.',
    match: ['certs/server.pem', 'tls.KEY', 'id_rsa', '.ssh/config', 'android/release.keystore', 'id_ed25519_sk'],
    notMatch: ['id_rsa.pub', 'src/keys.ts', 'keyboard.md', 'monkey'],
  }),
  secret('sensitive.cloud', {
    patterns: `
      **/.aws/credentials **/.aws/config .azure **/.config/gcloud **/.kube/config kubeconfig
      **/.docker/config.json .dockercfg .dockerconfigjson credentials.json *-credentials.json
      service-account*.json client_secret*.json .terraformrc *.tfstate *.tfstate.* *.tfvars`,
    why: 'Credentials of cloud accounts, clusters and container registries.',
    match: [
      '.aws/credentials',
      'home/.kube/config',
      '.docker/config.json',
      'infra/terraform.tfstate',
      'gcp/service-account-prod.json',
    ],
    notMatch: ['aws/credentials.ts', 'kube/config', 'docker/config.json', 'src/credentials.ts'],
  }),
  secret('sensitive.secrets', {
    patterns: `
      secrets.yml secrets.yaml secrets.json secrets.toml .secrets .bash_history .zsh_history .psql_history
      .mysql_history .python_history .node_repl_history`,
    why: 'Files that by their name hold secrets, or what was typed.',
    match: ['config/secrets.yml', '.secrets/token', '.bash_history'],
    notMatch: ['docs/secrets.md', 'src/secrets.ts', 'history.md'],
  }),
];
