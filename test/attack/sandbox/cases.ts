/** Every case: what must not be achieved, and what must go on. */
import type { Case } from './case.ts';
import { CARVE_CASES } from './cases-carve.ts';
import { FILE_CASES } from './cases-files.ts';
import { KERNEL_CASES } from './cases-kernel.ts';
import { NETWORK_CASES } from './cases-network.ts';
import { PROCESS_CASES } from './cases-processes.ts';
import { WORK_CASES } from './cases-work.ts';

export const CASES: readonly Case[] = [
  ...CARVE_CASES,
  ...FILE_CASES,
  ...PROCESS_CASES,
  ...NETWORK_CASES,
  ...KERNEL_CASES,
  ...WORK_CASES,
];
