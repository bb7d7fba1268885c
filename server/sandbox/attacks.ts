/** The attacks of the test at start, as a program that runs inside: each must fail, and the work before them must not. */

export interface AttackFacts {
  work: string;
  /** Holds a file `secret`. */
  outside: string;
  /** Somebody listens there. */
  port: number;
  /** Of the server, with its start time (field 22 of proc(5)): another process inside may have that number. */
  pid: number;
  started: string;
  pidNamespace: string;
  netNamespace: string;
}

export const ATTACKS = [
  'read a file outside',
  'write a file outside',
  'read a hidden file',
  'reach a port of this machine',
  'share the network of this machine',
  'see the processes of this machine',
  'read the environment of the server',
  'open the memory of the server',
  'signal the server',
  'write .git/config',
  'make a git hook',
  'move .git away',
  'make .git/commondir',
  'make .vtcode/tool-policy.json',
  'write a setting of the kernel',
  'hold a power of root',
  'call the kernel unfiltered',
] as const;

/**
 * For `node -e`; its one argument is the facts as JSON. It prints `{work, checks}` as one line. A text, not a function: what a
 * bundler makes of a function need not run alone.
 */
export const attackScript = (): string => `const names = ${JSON.stringify(ATTACKS)};\n${SCRIPT}`;

const SCRIPT = String.raw`
const fs = require('node:fs');
const net = require('node:net');
const facts = JSON.parse(process.argv[1]);
const reached = () => {
  const stat = fs.readFileSync('/proc/' + facts.pid + '/stat', 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] === facts.started;
};
const server = (act) => () => {
  if (!reached()) throw new Error('no such process here');
  act();
};
const differ = (path, host) => () => {
  if (fs.readlinkSync(path) !== host) throw new Error('another namespace');
};
const status = (pattern, came) => () => {
  if (pattern.test(fs.readFileSync('/proc/self/status', 'utf8')) !== came) throw new Error('it does not');
};
const connect = () => new Promise((resolve, reject) => {
  const socket = net.connect(facts.port, '127.0.0.1');
  socket.once('connect', resolve);
  socket.once('error', reject);
});
const tries = [
  () => fs.readFileSync(facts.outside + '/secret'),
  () => fs.writeFileSync(facts.outside + '/made', 'x'),
  () => fs.readFileSync(facts.work + '/.env'),
  connect,
  differ('/proc/self/ns/net', facts.netNamespace),
  differ('/proc/self/ns/pid', facts.pidNamespace),
  server(() => fs.readFileSync('/proc/' + facts.pid + '/environ')),
  server(() => fs.closeSync(fs.openSync('/proc/' + facts.pid + '/mem', 'r'))),
  server(() => process.kill(facts.pid, 0)),
  () => fs.writeFileSync(facts.work + '/.git/config', '[core]\n\tfsmonitor = id\n'),
  () => fs.writeFileSync(facts.work + '/.git/hooks/pre-commit', 'id\n'),
  () => fs.renameSync(facts.work + '/.git', facts.work + '/git'),
  () => fs.writeFileSync(facts.work + '/.git/commondir', '/tmp\n'),
  () => fs.writeFileSync(facts.work + '/.vtcode/tool-policy.json', '{}'),
  () => fs.writeFileSync('/proc/sys/kernel/core_pattern', fs.readFileSync('/proc/sys/kernel/core_pattern')),
  status(/^Cap(Prm|Eff):\t0*[1-9a-f]/m, true),
  status(/^Seccomp:\t2$/m, false),
];
(async () => {
  let work = '';
  try {
    fs.writeFileSync(facts.work + '/made', 'x');
    fs.renameSync(facts.work + '/made', facts.work + '/moved');
    if (fs.readFileSync(facts.work + '/moved', 'utf8') !== 'x') work = 'a file that was written reads otherwise';
    fs.writeFileSync('/tmp/made', 'x');
  } catch (error) {
    work = error.message;
  }
  const checks = [];
  for (const [i, name] of names.entries()) {
    try {
      await tries[i]();
      checks.push({ name, blocked: false, detail: 'it came through' });
    } catch (error) {
      checks.push({ name, blocked: true, detail: error.code || error.message });
    }
  }
  console.log(JSON.stringify({ work, checks }));
})();
`;
