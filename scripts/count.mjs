/** Counts the tests in a report of vitest: what did not pass has failed, and a run of no tests is no success. */

/**
 * `text` is the JSON report, empty where vitest died before it wrote one; `code` its exit code. `selected`: the person
 * named some tests, so that those not run were left out on purpose.
 * @param {string} text
 * @param {{ code: number, selected: boolean }} run
 * @returns {{ passed: number, failed: number }}
 */
export function count(text, run) {
  if (text === '') return { passed: 0, failed: 1 };
  const report = JSON.parse(text);
  const passed = Number(report.numPassedTests);
  const skipped = run.selected ? 0 : Number(report.numPendingTests) + Number(report.numTodoTests);
  const failed = Number(report.numFailedTests) + brokenFiles(report.testResults) + skipped;
  // An error outside any test, or no test at all, shows in the exit code alone.
  const unnamed = failed === 0 && (run.code !== 0 || passed === 0) ? 1 : 0;
  return { passed, failed: failed + unnamed };
}

/**
 * Files that failed before their first test, so that no test of theirs is in the count.
 * @param {{ status: string, assertionResults: unknown[] }[]} files
 */
const brokenFiles = (files) =>
  files.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
