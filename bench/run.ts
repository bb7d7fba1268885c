/** `npm run bench [-- NAME…]`: runs the benchmarks, or those named, and prints one JSON object. */
import { cpus, platform, release } from 'node:os';
import { performance } from 'node:perf_hooks';
import { BENCHES } from './all.ts';

const names = process.argv.slice(2);
const unknown = names.filter((name) => !BENCHES.some((bench) => bench.name === name));
if (unknown.length > 0) {
  process.stderr.write(
    `No benchmark is called ${unknown.join(', ')}. There are: ${BENCHES.map(({ name }) => name).join(', ')}\n`,
  );
  process.exit(2);
}

const chosen = BENCHES.filter(({ name }) => names.length === 0 || names.includes(name));
const benches: Record<string, object> = {};
for (const bench of chosen) {
  process.stderr.write(`${bench.name} …\n`);
  const started = performance.now();
  const figures = await bench.run(bench.rounds, 1);
  benches[bench.name] = { about: bench.about, seconds: Math.round(performance.now() - started) / 1000, figures };
}

const machine = {
  node: process.version,
  platform: `${platform()} ${release()}`,
  cpus: cpus().length,
  cpu: cpus()[0]?.model,
};
process.stdout.write(`${JSON.stringify({ machine, benches }, null, 2)}\n`);
