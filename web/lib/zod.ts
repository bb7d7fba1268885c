/** Tells zod not to build code from strings: the page's policy forbids it, and asking whether it may would be reported. */
import * as z from 'zod';

z.config({ jitless: true });
