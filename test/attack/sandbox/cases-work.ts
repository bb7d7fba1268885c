/** Ordinary work that must go on in the sandbox. */
import { works } from './case.ts';

/** A server on the loopback of the sandbox, asked by `client`, which finds its port in $PORT. */
const served = (client: string) =>
  `node -e "require('http').createServer((q,a)=>a.end('served')).listen(0,'127.0.0.1',function(){console.log(this.address().port)})" > port &
   until read -r PORT < port; do :; done; export PORT; ${client}`;

/** The one package of a registry on the loopback, whose tarball lies in lib. */
const REGISTRY = `
  require('http').createServer((q, a) => {
    if (q.url.endsWith('.tgz')) return a.end(require('fs').readFileSync('lib/lib-1.0.0.tgz'));
    const dist = { tarball: 'http://' + q.headers.host + '/lib/-/lib-1.0.0.tgz' };
    a.end(JSON.stringify({ name: 'lib', 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': { name: 'lib', version: '1.0.0', dist } } }));
  }).listen(0, '127.0.0.1', function () { console.log(this.address().port); });
`;

export const WORK_CASES = [
  // --- shell
  works('ok-tmp', 'echo hi > /tmp/f && mktemp && mktemp -d'),
  works('mkfifo-ws', 'mkfifo ff && rm ff'),
  works('ok-locale-user', 'whoami && id -un && date && locale >/dev/null'),
  works(
    'ok-pipe-tools',
    'seq 1000 | sort -R | head -3 | xargs -n1 -P2 echo && find . -maxdepth 1 | wc -l && tar cf - f.txt | tar tf - && sed -n 1p f.txt',
  ),
  works('here-document', 'test "$(cat <<< hello)" = hello && cat <(echo a) <(echo b) | wc -l'),
  works('edit-in-place', 'cp f.txt g.txt && sed -i s/one/two/ g.txt && grep two g.txt && ! diff f.txt g.txt'),
  works(
    'patch',
    'cp f.txt g.txt && sed -i s/one/two/ g.txt && (diff -u f.txt g.txt > p; patch f.txt p) && grep two f.txt',
  ),
  works('links-inside', 'ln f.txt hard && ln -s f.txt soft && cat hard soft && mv soft sub-soft'),
  works('move-between-directories', 'mkdir -p a b && touch a/x && mv a/x b/ && mv b c && test -e c/x'),
  works('move-from-tmp', 'echo x > /tmp/x && mv /tmp/x . && test -s x'),
  works('executable-script', 'printf "#!/bin/sh\\necho ran\\n" > s && chmod +x s && test "$(./s)" = ran'),
  works('run-from-tmp', 'cp /bin/true /tmp/t && /tmp/t'),
  works('odd-names', 'touch "a b" "c\nd" "e\\"f" "gé🎉" && ls -A | wc -l'),
  works('locks', 'flock f.txt true && flock /tmp/lock true'),
  works('archive', 'tar czf a.tgz f.txt && tar xzf a.tgz -C /tmp && gzip -k f.txt && zcat f.txt.gz'),
  works(
    'standard-devices',
    'head -c 8 /dev/urandom | wc -c && echo x > /dev/null && head -c 4 /dev/zero | wc -c && ! echo x > /dev/full',
  ),
  works(
    'standard-streams',
    'echo a 2>&1 | (cat /dev/stdin > /dev/stdout; echo b > /dev/stderr) 2>&1 | cat && ls /dev/fd/',
  ),
  works('process-tools', 'sleep 60 & until ps -e | grep -q sleep; do :; done; kill $! && timeout 5 true && nohup true'),
  works('background-and-wait', '(exit 3) & wait $!; test $? = 3'),
  works('signals', 'bash -c \'trap "exit 5" TERM; kill -TERM $$; exit 1\'; test $? = 5'),
  works(
    'system-facts',
    'nproc && cat /proc/cpuinfo >/dev/null && cat /proc/meminfo >/dev/null && cat /proc/loadavg && uname -a',
  ),
  works('shared-memory-inside', 'ipcmk -M 4096 && ipcs -m'),
  works('big-directory', 'mkdir many && cd many && seq 3000 | xargs touch && ls | wc -l && cd .. && rm -r many'),
  works('watch-files', 'attack inotify "$WS"'),
  works(
    'exec-from-memory',
    "/usr/bin/python3 -c \"import os;f=os.memfd_create('x',0);os.write(f,open('/bin/true','rb').read());os.execve(f,['x'],{})\"",
  ),
  works('terminal-recorder', 'test "$(script -qec tty /dev/null | tr -d "\\r")" = /dev/pts/0'),
  works('marker', 'test "$VTCODE_SANDBOX" = 1'),
  works('home', 'echo x > "$HOME/.profile" && cd && test "$(pwd)" = "$HOME"'),
  // --- git
  works(
    'ok-git',
    'git status --short >/dev/null && echo $RANDOM > g.txt && git add g.txt && git commit -qm t && git log --oneline | head -1 && git checkout -q -B br && git stash list && git gc -q',
  ),
  works(
    'git-branches',
    'git checkout -q -b topic && echo x > x && git add x && git commit -qm x && git checkout -q main && git merge -q topic && git branch -d topic',
  ),
  works(
    'git-rebase',
    'git checkout -q -b t && echo x > x && git add x && git commit -qm x && git rebase -q main && git log -1 --format=%s | grep -x x',
  ),
  works(
    'git-stash',
    'echo more >> f.txt && git stash -q && git stash pop -q && git diff --stat && git checkout -q f.txt',
  ),
  works('git-clone-local', 'git clone -q . /tmp/clone && git -C /tmp/clone log --oneline'),
  works('git-worktree', 'git worktree add -q /tmp/wt && git -C /tmp/wt status --short && git fsck'),
  works(
    'git-apply',
    'echo more >> f.txt && git diff > p && git checkout -q f.txt && git apply p && git tag -a v1 -m v1 && git describe',
  ),
  works('git-status-readonly', 'git status --short && git diff && git log --oneline && git blame f.txt', {
    variant: 'git-readonly',
  }),
  // --- node
  works(
    'ok-node',
    'node -e "const o=require(\'os\');if(!o.cpus().length||!o.networkInterfaces().lo?.length)process.exit(1)"',
  ),
  works('ok-node-worker', "node -e \"new (require('worker_threads').Worker)('console.log(1)',{eval:true})\""),
  works('ok-node-spawn', "node -e \"console.log(require('child_process').execSync('echo sub').toString())\""),
  works(
    'node-fork',
    "echo 'process.send(1);process.disconnect()' > c.js && node -e \"require('child_process').fork('./c.js').on('message',m=>process.exit(m-1))\"",
  ),
  works(
    'ok-node-unix-listen',
    "node -e \"const n=require('net');const s=n.createServer(c=>c.end('x')).listen('/tmp/s.sock',()=>n.connect('/tmp/s.sock').on('data',d=>{console.log(''+d);s.close()}))\"",
  ),
  works(
    'node-unix-in-workspace',
    "node -e \"const n=require('net');const s=n.createServer(c=>c.end('x')).listen('own.sock',()=>n.connect('own.sock').on('data',()=>s.close()))\"",
  ),
  works('node-web-assembly', 'node -e "new WebAssembly.Memory({initial:1,maximum:65536})"'),
  works('node-large-buffer', 'node -e "Buffer.alloc(300e6,1)"'),
  works(
    'node-watch',
    "node -e \"const f=require('fs');f.watch('.',()=>process.exit(0));setInterval(()=>f.writeFileSync('w',''+Math.random()),20)\"",
  ),
  works('node-test-runner', "printf \"require('node:test')('t',()=>{})\" > t.test.js && node --test t.test.js"),
  works(
    'ok-tsx',
    'echo "const x: number = 1; console.log(x)" > t.ts && node /opt/tools/node_modules/tsx/dist/cli.mjs t.ts',
  ),
  works('esbuild', 'echo "export const x: number = 1" > t.ts && /opt/tools/node_modules/.bin/esbuild t.ts'),
  works('npm-script', 'echo \'{"scripts":{"t":"node -p 1"}}\' > package.json && npm run t'),
  works(
    'npm-offline-cache',
    `mkdir lib app && cd lib && echo '{"name":"lib","version":"1.0.0"}' > package.json && echo 'module.exports = 42' > index.js && npm pack --silent && cd .. &&
     node -e "${REGISTRY}" > port & until read -r PORT < port; do :; done; cd app && echo '{"name":"app","private":true}' > package.json &&
     export npm_config_cache=/tmp/cache npm_config_registry="http://127.0.0.1:$PORT/" npm_config_audit=false npm_config_fund=false &&
     npm install --silent lib && kill $! && wait; rm -r node_modules && npm ci --silent --offline && test "$(node -p 'require("lib")')" = 42`,
  ),
  // --- python
  works('ok-python', '/usr/bin/python3 -c "import multiprocessing as m; print(m.Pool(2).map(abs,[-1,2]))"'),
  works(
    'ok-python-asyncio',
    "/usr/bin/python3 -c \"import asyncio,sys\nasync def f():\n p=await asyncio.create_subprocess_exec('echo','hi'); print(await p.wait())\nasyncio.run(f())\"",
  ),
  works(
    'python-threads',
    '/usr/bin/python3 -c "from concurrent.futures import ThreadPoolExecutor as T; print(list(T(8).map(abs,range(-8,0))))"',
  ),
  works(
    'python-shared-memory',
    '/usr/bin/python3 -c "from multiprocessing import shared_memory as s; m=s.SharedMemory(create=True,size=9); m.close(); m.unlink()"',
  ),
  works(
    'python-sqlite',
    "/usr/bin/python3 -c \"import sqlite3; c=sqlite3.connect('x.db'); c.execute('pragma journal_mode=wal'); c.execute('create table t(x)'); c.commit()\"",
  ),
  // --- C
  works('ok-gcc', 'printf "#include <stdio.h>\\nint main(){puts(\\"c\\");}" > t.c && gcc t.c -o t.out && ./t.out'),
  works('make', 'printf "all: a b\\na b:\\n\\techo \\$@ > \\$@\\n" > Makefile && make -j2 && cat a b'),
  // --- network of its own
  works('loopback-server', served('test "$(curl -s "http://127.0.0.1:$PORT/")" = served')),
  works('loopback-by-name', served('test "$(curl -s "http://localhost:$PORT/")" = served')),
  works(
    'loopback-six',
    "node -e \"const s=require('net').createServer(c=>c.end()).listen(0,'::1',()=>require('net').connect(s.address().port,'::1').on('close',()=>s.close()))\"",
  ),
  works(
    'loopback-python',
    "/usr/bin/python3 -c \"import socket as s; a=s.create_server(('127.0.0.1',0)); b=s.create_connection(a.getsockname()); a.accept()[0].send(b'x'); assert b.recv(1)==b'x'\"",
  ),
  works(
    'loopback-udp',
    "/usr/bin/python3 -c \"import socket as s; a=s.socket(2,2); a.bind(('127.0.0.1',0)); b=s.socket(2,2); b.sendto(b'x',a.getsockname()); assert a.recv(1)==b'x'\"",
  ),
  works(
    'unix-pair-without-unix-sockets',
    "node -e \"console.log(require('child_process').execSync('echo sub').toString())\"",
    { variant: 'unix-off' },
  ),
];
