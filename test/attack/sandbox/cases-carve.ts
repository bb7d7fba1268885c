/** Attacks on what is protected or hidden inside the workspace. */
import { blocked } from './case.ts';

const HIDDEN = 'an empty file that nobody may read lies over it';
const BLANK = 'an empty directory that nobody may enter lies over it';
const READONLY = 'it is a read-only mount';
const MOUNT_POINT = 'a mount point can be neither moved nor removed';
const PINNED = 'every directory above it is a mount point, which cannot be moved';
const OTHER_MOUNT = 'a link cannot lead from one mount into another';

export const CARVE_CASES = [
  // --- secrets
  blocked('read-env-file', 'grep hunter2 .env', HIDDEN),
  blocked('read-nested-env-file', 'grep hunter2 conf/deep/.env.local', HIDDEN),
  blocked('copy-env-file', 'cp .env copy && grep hunter2 copy', HIDDEN),
  blocked('archive-env-file', 'tar cf - .env | tar xOf - | grep hunter2', HIDDEN),
  blocked('link-env-file', 'ln .env linked && grep hunter2 linked', OTHER_MOUNT),
  blocked('symlink-env-file', 'ln -s .env linked && grep hunter2 linked', HIDDEN),
  blocked('unlock-env-file', 'chmod 600 .env', 'the mount over it is read-only'),
  blocked('move-env-file', 'mv .env moved && grep hunter2 moved', MOUNT_POINT),
  blocked('unlink-env', 'rm -f .env && ! test -e .env', MOUNT_POINT),
  blocked('overwrite-env-file', 'echo A=1 > .env', HIDDEN),
  blocked('replace-env-file', 'echo A=1 > fresh && mv -f fresh .env', MOUNT_POINT),
  blocked('env-file-through-proc', 'grep hunter2 "/proc/self/cwd/.env"', HIDDEN),
  blocked('env-file-through-root', 'grep hunter2 "/proc/self/root$WS/.env"', HIDDEN),
  blocked('env-file-by-path-descriptor', 'attack open-path-reopen .env', HIDDEN),
  blocked('move-what-holds-an-env-file', 'mv conf/deep conf/other && grep hunter2 conf/other/.env.local', PINNED),
  blocked(
    'replace-what-holds-an-env-file',
    'mv conf conf2 && mkdir -p conf/deep && echo A=1 > conf/deep/.env.local',
    PINNED,
  ),
  blocked('list-secrets', 'ls secrets/*', BLANK),
  blocked('read-secret', 'cat secrets/key.pem', BLANK),
  blocked('write-into-secrets', 'echo x > secrets/new', BLANK),
  blocked('move-secrets', 'mv secrets shown && cat shown/key.pem', MOUNT_POINT),
  blocked('read-credentials-of-a-toolchain', 'cat "$SEEN/tool/credentials"', HIDDEN),
  blocked('unmount-env-file', 'umount .env && grep hunter2 .env', 'there are no capabilities, and mounts are refused', {
    alone: 'closed',
  }),
  // --- git
  blocked('write-git-config', 'echo "[core]" >> .git/config', READONLY),
  blocked('git-config-cmd', 'git config core.hooksPath /tmp/x', MOUNT_POINT),
  blocked('empty-git-config', ': > .git/config', READONLY),
  blocked('map-git-config', 'attack map-writable .git/config', READONLY),
  blocked('touch-git-config', 'attack utimes .git/config', READONLY),
  blocked('chmod-git-config', 'attack chmod .git/config', READONLY),
  blocked('write-git-config-in-place', 'sed -i s/core/kern/ .git/config', MOUNT_POINT),
  blocked('hardlink-protected', 'ln .git/config cfg2 && echo evil >> cfg2', OTHER_MOUNT),
  blocked('git-config-through-proc', 'echo "[core]" >> /proc/self/cwd/.git/config', READONLY),
  blocked('write-git-hook', 'echo x > .git/hooks/pre-commit', READONLY),
  blocked('link-git-hook', 'ln -s /bin/true .git/hooks/pre-commit', READONLY),
  blocked('move-git-hook-in', 'echo x > h && mv h .git/hooks/pre-commit', READONLY),
  blocked('make-hook-executable', 'chmod +x .git/hooks/sample', READONLY),
  blocked('rename-hooks-away', 'mv .git/hooks .git/hooks2', MOUNT_POINT),
  blocked('replace-hooks-by-link', 'rm -rf .git/hooks; ln -s /tmp .git/hooks && test -L .git/hooks', MOUNT_POINT),
  blocked(
    'rename-git-and-recreate',
    'mv .git .git2 && mkdir -p .git/hooks && echo evil > .git/hooks/pre-commit',
    PINNED,
  ),
  blocked('rename-xchg-git', 'mkdir -p fake && attack xchg "$WS/.git" "$WS/fake"', PINNED),
  blocked('rename-xchg-hooks', 'mkdir -p fake && attack xchg "$WS/.git/hooks" "$WS/fake"', MOUNT_POINT),
  blocked('remove-git', 'rm -rf .git; ! test -e .git', PINNED),
  blocked(
    'git-init-again',
    'rm -f .git/config; git init -q --template=/nonexistent && git config --local a.b c',
    READONLY,
  ),
  blocked('git-commondir-plant', 'mkdir -p ev && rm -f .git/commondir; printf "../ev\\n" > .git/commondir', READONLY),
  blocked('git-commondir-move', 'printf "../ev\\n" > c && mv -f c .git/commondir', MOUNT_POINT),
  blocked('git-info-attributes', 'echo "* diff=x" > .git/info/attributes', READONLY),
  blocked('write-refs-of-a-read-only-git', 'git update-ref refs/heads/evil HEAD', READONLY, {
    variant: 'git-readonly',
  }),
  blocked('commondir-of-a-read-only-git', 'echo x > .git/commondir', READONLY, { variant: 'git-readonly' }),
  blocked('move-a-read-only-git', 'mv .git .git2', MOUNT_POINT, { variant: 'git-readonly' }),
  // --- other names that programs of the host execute or obey
  blocked('rmdir-vscode', 'rm -rf .vscode && ! test -d .vscode', MOUNT_POINT),
  blocked('write-vscode-task', 'echo "{}" > .vscode/tasks.json', READONLY),
  blocked('replace-vscode-by-link', 'rmdir .vscode && ln -s /tmp .vscode', MOUNT_POINT),
  blocked('unpinned-ancestor-rename', 'mv infra away && mkdir -p infra/prod && echo evil > infra/prod/main.tf', PINNED),
  blocked('write-deep-protected-file', 'echo evil > infra/prod/main.tf', READONLY),
  blocked('replace-the-directory-of-a-protected-file', 'mv infra/prod infra/old', PINNED),
];
