/** The count at the end of `npm test`: nothing that went wrong may look like success. */
import { describe, expect, it } from 'vitest';
import { count } from '../../scripts/count.mjs';

const report = (facts: object) =>
  JSON.stringify({
    numPassedTests: 0,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    testResults: [],
    ...facts,
  });
const all = { code: 0, selected: false };

describe('count', () => {
  it('counts what passed and what failed', () => {
    expect(count(report({ numPassedTests: 7 }), all)).toEqual({ passed: 7, failed: 0 });
    expect(count(report({ numPassedTests: 7, numFailedTests: 2 }), { ...all, code: 1 })).toEqual({
      passed: 7,
      failed: 2,
    });
  });

  it('fails a run of no tests', () => {
    expect(count(report({}), all)).toEqual({ passed: 0, failed: 1 });
    expect(count(report({}), { code: 0, selected: true })).toEqual({ passed: 0, failed: 1 });
  });

  it('fails when no report was written', () => {
    expect(count('', all)).toEqual({ passed: 0, failed: 1 });
  });

  it('counts a file that broke before its first test', () => {
    const testResults = [
      { status: 'failed', assertionResults: [] },
      { status: 'failed', assertionResults: [{}] },
      { status: 'passed', assertionResults: [{}] },
    ];
    const facts = { numPassedTests: 1, numFailedTests: 1, testResults };
    expect(count(report(facts), { ...all, code: 1 })).toEqual({ passed: 1, failed: 2 });
  });

  it('counts a skipped test as failed, but not one that a filter left out', () => {
    const facts = { numPassedTests: 3, numPendingTests: 1, numTodoTests: 1 };
    expect(count(report(facts), all)).toEqual({ passed: 3, failed: 2 });
    expect(count(report(facts), { code: 0, selected: true })).toEqual({ passed: 3, failed: 0 });
  });

  it('counts an error outside of any test, which only the exit code tells', () => {
    expect(count(report({ numPassedTests: 3 }), { ...all, code: 1 })).toEqual({ passed: 3, failed: 1 });
  });
});
