/** Names that package managers, builds and test runners run, by ecosystem; lock files among them, for they say what is fetched. */
import { builtin, type RuleText } from './path-rule.ts';
import type { BuiltinPathRule } from './paths.ts';

const surface = (id: string, text: RuleText) => builtin('execSurface', id, text);

export const EXEC_BUILD_RULES: readonly BuiltinPathRule[] = [
  surface('exec.node', {
    patterns: `
      package.json package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml pnpm-workspace.yaml
      bun.lock bun.lockb bunfig.toml deno.json deno.jsonc deno.lock .npmrc .yarnrc .yarnrc.yml .yarn
      .pnpmfile.cjs .pnpmfile.mjs lerna.json nx.json turbo.json gulpfile.* Gruntfile.*`,
    why: 'Scripts that run at install and test, and where packages are fetched from.',
    match: [
      'package.json',
      'packages/a/package.json',
      'package-lock.json',
      '.npmrc',
      '.yarn/releases/yarn.cjs',
      '.pnpmfile.cjs',
    ],
    notMatch: ['src/package.ts', 'package.json.md', 'tsconfig.json'],
  }),
  surface('exec.build-config', {
    patterns: `
      vite.config.* webpack.config.* webpack.*.js rollup.config.* esbuild.config.* rspack.config.* babel.config.*
      .babelrc.js .babelrc.cjs postcss.config.* svelte.config.* next.config.* nuxt.config.* astro.config.*
      remix.config.* metro.config.* karma.conf.* cypress.config.* .mocharc.js .mocharc.cjs`,
    why: 'A program: builds, servers of development and test runners load it as they start.',
    match: ['vite.config.ts', 'web/webpack.config.js', 'next.config.mjs', 'karma.conf.js', 'postcss.config.cjs'],
    notMatch: ['src/vite.ts', 'docs/webpack.md', 'app.config.ts', '.babelrc'],
  }),
  surface('exec.make', {
    patterns: `
      Makefile Makefile.* GNUmakefile *.mk justfile .justfile *.just Taskfile.yml Taskfile.yaml
      Taskfile.dist.yml Rakefile *.rake SConstruct SConscript build.xml CMakeLists.txt *.cmake
      CMakePresets.json meson.build build.ninja configure configure.ac magefile.go`,
    why: 'A build runs what it says.',
    match: ['Makefile', 'sub/makefile', 'rules.mk', 'Justfile', 'CMakeLists.txt', 'taskfile.yml'],
    notMatch: ['docs/make.md', 'src/configure.ts', 'makefiles/readme.md'],
  }),
  surface('exec.python', {
    patterns: `
      setup.py setup.cfg pyproject.toml conftest.py tox.ini noxfile.py pytest.ini requirements*.txt
      requirements*.in constraints*.txt Pipfile Pipfile.lock poetry.lock uv.lock pdm.lock pixi.toml
      environment.yml sitecustomize.py usercustomize.py *.pth`,
    why: 'Python runs it at install, at the start of tests or of any program; or fetches what it names.',
    match: ['setup.py', 'tests/conftest.py', 'requirements-dev.txt', 'pyproject.toml', 'sitecustomize.py'],
    notMatch: ['src/setup_page.py', 'docs/requirements.md', 'environment.ts'],
  }),
  surface('exec.rust', {
    patterns: 'build.rs Cargo.toml Cargo.lock .cargo rust-toolchain rust-toolchain.toml',
    why: 'Cargo runs it when the crate is built, or when an editor looks at it.',
    match: ['build.rs', 'crates/a/Cargo.toml', '.cargo/config.toml'],
    notMatch: ['src/build.ts', 'src/main.rs'],
  }),
  surface('exec.jvm', {
    patterns: `
      pom.xml build.gradle build.gradle.kts settings.gradle settings.gradle.kts gradle.properties gradlew
      gradlew.bat init.gradle **/gradle/wrapper **/gradle/*.toml buildSrc gradle.lockfile mvnw mvnw.cmd
      .mvn build.sbt *.sbt`,
    why: 'Gradle, Maven and sbt run it when the project is built or imported.',
    match: [
      'build.gradle.kts',
      'app/build.gradle',
      'gradle/wrapper/gradle-wrapper.properties',
      '.mvn/extensions.xml',
      'mvnw',
    ],
    notMatch: ['src/Main.java', 'docs/gradle.md'],
  }),
  surface('exec.other-build', {
    patterns: `
      go.mod go.sum go.work Gemfile Gemfile.lock *.gemspec composer.json composer.lock mix.exs mix.lock
      Package.swift Package.resolved Podfile Podfile.lock *.podspec *.csproj *.fsproj *.vbproj *.sln
      Directory.Build.* Directory.Packages.props nuget.config global.json packages.lock.json flake.nix
      flake.lock default.nix shell.nix BUILD.bazel WORKSPACE.bazel MODULE.bazel *.bzl .bazelrc
      pubspec.yaml pubspec.lock dune stack.yaml *.cabal rebar.config project.clj deps.edn build.zig
      build.zig.zon`,
    why: 'A package manager or build of its language runs it, or fetches what it names.',
    match: ['go.mod', 'Gemfile', 'app/App.csproj', 'flake.nix', 'BUILD.bazel', 'composer.json', 'build.zig'],
    notMatch: ['docs/go.md', 'build/output.js.map', 'src/workspace.ts'],
  }),
];
