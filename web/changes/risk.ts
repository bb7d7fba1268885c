/** Which changes are looked at first: what can run code later, what brings code in, what guards or speaks to others. */
import type { FileState } from '../../shared/action.ts';
import { pieces } from '../ui/visible.ts';

export type Risk = 'disguised' | 'exec' | 'dependencies' | 'network' | 'permissions' | 'rest';

export const RISKS: { risk: Risk; title: string; why: string }[] = [
  { risk: 'disguised', title: 'Disguised names', why: 'not what they look like' },
  { risk: 'exec', title: 'Exec surfaces', why: 'can run code later' },
  { risk: 'dependencies', title: 'Dependencies', why: 'bring in code of others' },
  { risk: 'network', title: 'Network and auth', why: 'by their names' },
  { risk: 'permissions', title: 'Permission bits', why: 'become executable' },
  { risk: 'rest', title: 'The rest', why: 'low risk' },
];

/** By name, for the eye; the policy judges by rules of its own. */
const EXEC = [
  /(^|\/)(package\.json|makefile|gnumakefile|justfile|rakefile|dockerfile[^/]*|containerfile|docker-compose[^/]*|compose\.ya?ml|jenkinsfile|procfile|tox\.ini|setup\.py|build\.rs|build\.gradle(\.kts)?|gradlew|pom\.xml|cmakelists\.txt|meson\.build|conftest\.py|\.pre-commit-config\.yaml|\.gitlab-ci\.yml|\.travis\.yml|azure-pipelines\.yml|\.envrc|\.npmrc|\.mcp\.json|vtcode\.toml|agents\.md|claude\.md)$/,
  /(^|\/)(\.github|\.circleci|\.husky|\.git|\.vscode|\.idea|\.cursor|\.vtcode|\.devcontainer|\.config)\//,
  /\.(sh|bash|zsh|fish|ps1|bat|cmd|service|desktop)$/,
  /(^|\/)(vite|vitest|webpack|rollup|jest|babel|eslint|prettier|svelte|next|nuxt|astro|playwright|karma|gulpfile|gruntfile)(\.config)?\.[cm]?[jt]s$/,
];
const DEPENDENCIES = [
  /(^|\/)(package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|cargo\.(toml|lock)|go\.(mod|sum)|requirements[^/]*\.txt|pyproject\.toml|poetry\.lock|pipfile(\.lock)?|uv\.lock|gemfile(\.lock)?|composer\.(json|lock)|\.gitmodules|deno\.lock)$/,
];
const NETWORK =
  /(^|[/._-])(auth|oauth|login|logout|session|token|jwt|secret|secrets|crypto|password|permission|permissions|acl|cors|csrf|tls|ssl|http|https|fetch|client|request|socket|webhook|proxy|network|net|api)s?([/._-]|$)/;
const EXECUTABLE = 0o111;

export function riskOf(change: { path: string; from: string; before: FileState; after: FileState }): Risk {
  const names = [change.path.toLowerCase(), change.from.toLowerCase()];
  const any = (patterns: RegExp[]) => names.some((name) => patterns.some((pattern) => pattern.test(name)));
  if (pieces(change.path, { inline: true }).some((piece) => piece.kind !== 'text')) return 'disguised';
  if (any(EXEC)) return 'exec';
  if (any(DEPENDENCIES)) return 'dependencies';
  if (becomesExecutable(change.before, change.after)) return 'permissions';
  if (any([NETWORK])) return 'network';
  return 'rest';
}

function becomesExecutable(before: FileState, after: FileState): boolean {
  const bits = (state: FileState) => (state.state === 'file' ? state.mode & EXECUTABLE : 0);
  return (bits(after) & ~bits(before)) !== 0;
}
