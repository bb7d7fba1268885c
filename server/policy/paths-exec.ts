/** Names that editors, shells, git, continuous integration and agents run or obey, often without being asked. */
import { builtin, type RuleText } from './path-rule.ts';
import type { BuiltinPathRule } from './paths.ts';

const surface = (id: string, text: RuleText) => builtin('execSurface', id, text);

export const EXEC_RULES: readonly BuiltinPathRule[] = [
  surface('exec.instructions', {
    patterns: `
      AGENTS.md AGENT.md AGENTS.override.md CLAUDE.md CLAUDE.local.md GEMINI.md QWEN.md VTCODE.md
      .goosehints .rules .cursorrules .windsurfrules .clinerules .github/copilot-instructions.md
      .github/instructions .github/prompts .github/agents .github/chatmodes`,
    why: 'Agents read this file as instructions, in every session to come.',
    match: [
      'AGENTS.md',
      'packages/a/agents.md',
      'CLAUDE.md',
      '.github/copilot-instructions.md',
      '.github/prompts/x.prompt.md',
    ],
    notMatch: ['docs/agents.txt', 'README.md', '.github/ISSUE_TEMPLATE/bug.md'],
  }),
  surface('exec.agent', {
    patterns: `
      .mcp.json mcp.json .cursor .claude .codex .gemini .windsurf .aider* .continue .roo .roomodes .kiro
      .cline .opencode opencode.json opencode.jsonc .amazonq .junie .augment .agents .agent .qwen`,
    why: 'Settings of agents start programs: servers of tools, hooks and commands.',
    match: [
      '.mcp.json',
      '.cursor/mcp.json',
      '.claude/settings.json',
      '.codex/config.toml',
      '.aider.conf.yml',
      'app/.gemini/settings.json',
    ],
    notMatch: ['src/cursor/index.ts', 'claude.ts', 'docs/mcp.json.md'],
  }),
  surface('exec.editor', {
    patterns: `
      .vscode *.code-workspace .idea .fleet .zed .nvim.lua .nvimrc .exrc .vimrc .lvimrc .dir-locals.el
      *.sublime-project`,
    why: 'Editors run what this says when the folder is opened: tasks, launches, paths of programs.',
    match: [
      '.vscode/tasks.json',
      '.vscode/launch.json',
      '.vscode/settings.json',
      '.idea/workspace.xml',
      'app.code-workspace',
      '.exrc',
    ],
    notMatch: ['.editorconfig', 'vscode/tasks.ts'],
  }),
  surface('exec.editor-loaded', {
    patterns: `
      eslint.config.* .eslintrc.js .eslintrc.cjs .eslintrc.mjs prettier.config.* .prettierrc.js
      .prettierrc.cjs .prettierrc.mjs stylelint.config.* tailwind.config.* vitest.config.* jest.config.*
      playwright.config.*`,
    why: 'A program: extensions of editors load it as soon as a file is opened.',
    match: ['eslint.config.js', 'packages/a/tailwind.config.ts', '.prettierrc.cjs'],
    notMatch: ['.prettierrc.json', 'src/app.config.ts', 'eslint.md'],
  }),
  surface('exec.devcontainer', {
    patterns: '.devcontainer .devcontainer.json Vagrantfile .gitpod.yml .replit',
    why: 'Builds and starts the container or machine that the folder is opened in.',
    match: ['.devcontainer/devcontainer.json', '.devcontainer.json', 'Vagrantfile'],
    notMatch: ['devcontainer.md'],
  }),
  surface('exec.shell', {
    patterns: `
      .envrc .direnv .bashrc .bash_profile .bash_login .bash_logout .bash_aliases .profile .zshrc .zshenv
      .zprofile .zlogin .zlogout .kshrc .cshrc .tcshrc .login config.fish .inputrc .xprofile .xinitrc
      .mise.toml mise.toml .tool-versions crontab LaunchAgents **/.config/systemd **/.config/autostart
      *.service`,
    why: 'A shell or the system runs it at the next login, or on entering the folder.',
    match: ['.envrc', '.bashrc', 'home/.zshrc', 'deploy/app.service', 'Library/LaunchAgents/x.plist', 'mise.toml'],
    notMatch: ['src/profile.ts', 'auth.service.ts', 'bashrc.md'],
  }),
  surface('exec.git', {
    patterns: '.gitattributes .gitmodules .gitconfig .lfsconfig',
    why: 'git obeys it: filters, drivers of diffs and merges, addresses of submodules.',
    match: ['.gitattributes', 'sub/.gitattributes', '.gitmodules'],
    notMatch: ['.gitignore', '.gitkeep'],
  }),
  surface('exec.hooks', {
    patterns: `
      .husky .githooks .lefthook lefthook.yml lefthook.yaml .lefthook.yml .lefthook.yaml
      lefthook-local.yml .pre-commit-config.yaml .pre-commit-hooks.yaml .lintstagedrc*
      lint-staged.config.* .overcommit.yml .simple-git-hooks* commitlint.config.*`,
    why: 'A hook manager runs it at the next commit.',
    match: ['.husky/pre-commit', 'lefthook.yml', '.pre-commit-config.yaml', '.lintstagedrc.json'],
    notMatch: ['docs/husky.md', 'src/hooks/use.ts'],
  }),
  surface('exec.ci', {
    patterns: `
      .github/workflows .github/actions action.yml action.yaml .github/dependabot.yml renovate.json
      CODEOWNERS .gitlab-ci.yml .gitlab .circleci Jenkinsfile Jenkinsfile.* azure-pipelines*.yml
      bitbucket-pipelines.yml .travis.yml appveyor.yml .appveyor.yml .buildkite .drone.yml .woodpecker
      .woodpecker.yml .teamcity cloudbuild.yaml buildspec.yml .ci .semaphore .forgejo .gitea`,
    why: 'Continuous integration runs it, with secrets that are not on this machine.',
    match: [
      '.github/workflows/ci.yml',
      '.github/actions/x/action.yml',
      '.gitlab-ci.yml',
      'Jenkinsfile',
      '.circleci/config.yml',
      '.ci/run',
    ],
    notMatch: ['.github/ISSUE_TEMPLATE/bug.md', 'docs/ci.md', 'src/action.ts'],
  }),
  surface('exec.container', {
    patterns: `
      Dockerfile Dockerfile.* *.Dockerfile Containerfile Containerfile.* docker-compose*.yml
      docker-compose*.yaml compose.yml compose.yaml compose.*.yml compose.*.yaml docker-bake.hcl Procfile
      Tiltfile Earthfile skaffold.yaml`,
    why: 'Builds or starts containers, which may mount folders and reach the network.',
    match: ['Dockerfile', 'docker/Dockerfile.dev', 'api.dockerfile', 'docker-compose.override.yml', 'compose.yaml'],
    notMatch: ['docs/docker.md', 'src/compose.ts', '.dockerignore'],
  }),
];
