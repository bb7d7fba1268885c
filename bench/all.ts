/** Every benchmark that there is. */
import { exporting } from './export.ts';
import { loop } from './loop.ts';
import type { Bench } from './measure.ts';
import { page } from './page.ts';
import { policy } from './policy.ts';
import { records } from './records.ts';
import { sandbox } from './sandbox.ts';
import { start } from './start.ts';
import { stream } from './stream.ts';
import { terminal } from './terminal.ts';

export const BENCHES: Bench[] = [start, stream, loop, exporting, page, sandbox, terminal, policy, records];
