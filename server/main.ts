/** The program `vtcode`: reads the command line, runs one command, ends with its exit code. */
import { createIo } from './cli/io.ts';
import { run } from './cli/run.ts';

const io = createIo(process, process.env);
process.exitCode = await run(process.argv.slice(2), io);
