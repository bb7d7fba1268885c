/** Commands that one rule alone keeps from running, each for a rule that the corpora do not meet; and the workspace they are about. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { workspace } from '../fixtures/judged.ts';

/** Besides the cases of the corpora: in a workspace that holds another repository, settings of tools, and a key that git tracks. */
export const FILES = {
  'nested/HEAD': '',
  'tools/rust-toolchain': '',
  'tools/.mvn/jvm.config': '',
  'src/server.pem': 'KEY',
  'odd/a b.ts': '',
  ...Object.fromEntries(Array.from({ length: 60 }, (_none, i) => [`many/${i}.pem`, ''])),
};
export const CASES = `
exa /etc
tree -H .
realpath --relative-to=/etc README.md
realpath --relative-base=/etc README.md
find . -fprint0 x
find . -anewer /etc/passwd
find . -cnewer /etc/passwd
fd x /etc
locate x
md5sum -c README.md
cksum --check README.md
shasum .env
xxd -r README.md
diff3 .env README.md README.md
less -o README.md
less -O README.md
tar -t --file=/etc/x.tar
tar -v README.md
unzip -l /etc/x.zip
gzip -l /etc/x.gz
zipinfo /etc/x
cloc /etc
tokei /etc
grep --exclude-from=/etc/passwd x README.md
rg --hostname-bin x README.md
rg --file=.env README.md
rg --ignore-file x README.md
ack x /etc
ack KEY
sed --in-place p README.md
sed --file README.md
awk --file README.md
sort --compress-program data.csv
sort --files0-from data.csv
sort --random-source data.csv
shuf -o README.md
shuf --output README.md
base64 -o README.md
base64 --output README.md
yq --inplace . package.json
yq . .env
xmllint --output x
xmllint .env
date -s +1
date --set +1
date -f +1
date -r /etc/passwd
date --reference=/etc/passwd
date 010203
df /etc
ps e
mount
useradd x
open x
htpasswd x
git -c status
git --config-env status
git --exec-path status
git -C status
git --git-dir status
git --work-tree status
git --namespace status
git --paginate log
cd nested && git status
git status ../x
git log --textconv
git log --output x
git log -O x
git diff --no-index README.md package.json
git rev-parse HEAD:.env
git blame -S README.md
git blame --contents README.md
git blame --ignore-revs-file README.md
git annotate .env
git branch -d x
git branch -D x
git branch -m x
git branch -M x
git branch -c x
git branch -C x
git branch -f x
git branch --delete x
git branch --move x
git branch --copy x
git branch --force x
git branch --edit-description
git branch -u x
git tag -d x
git tag --delete x
git tag -a x
git tag -s x
git tag -f x
git tag -v x
git ls-files -X README.md
git ls-files ../x
git cat-file --textconv HEAD:README.md
git cat-file --filters HEAD:README.md
git check-ignore ../x
git grep -O x README.md
git grep --open-files-in-pager x README.md
git grep -f README.md README.md
git grep --no-index x README.md
git grep --untracked x README.md
git grep --textconv x README.md
git grep KEY
git grep KEY src
git remote show origin
git cherry ../x
git hash-object --path=../x README.md
git hash-object .env
npm version patch
pipx run x
cd tools && cargo --version
cd tools && rustc --version
cd tools && mvn --version
go env -u X
apt install x
gcc x.c
sqlcmd x
hub x
sops x
cd ..
unset PATH
xargs -a /etc/passwd echo
xargs --arg-file=/etc/passwd echo
a=([i]=1)
[[ -v a[i] ]]
echo \${1:=x}
LD_PRELOAD=./x.so; ls
GIT_DIR=x; git status
NODE_OPTIONS=x; node -v
PAGER=x; git log
http_proxy=x; ls
f-g() { ls; }; f-g
cat < src/*.ts
bash -c 'trap "rm x" EXIT; ls'
find odd -type f | xargs cat
grep -r --include=*.ts x many
grep -R x links
cat pipe
awk '(1) /"/ || system("id") #"'`
  .trim()
  .split('\n');

/** Those that are made, for nobody would write them. */
export const MADE: readonly string[] = [
  `echo ${'x'.repeat(20_000)}`,
  `${'env '.repeat(40)}ls`,
  `sed '${'p;'.repeat(1_100)}w out' README.md`,
];
/** In mode contained only what stands above every mode asks. */
export const FLOORS: readonly string[] = [
  'tar xf a.tar',
  "find . -name '*.ts' -exec rm {} +",
  'eval ls',
  'cat .env',
  '$x',
];

export function mutationWorkspace(dir: string): string {
  const root = workspace(FILES, dir);
  mkdirSync(join(root, 'links'));
  symlinkSync('/etc', join(root, 'links/out'));
  execFileSync('mkfifo', [join(root, 'pipe')]);
  return root;
}
