/** What a run took and must give back: all of it, once, whatever one of the steps throws. */

export interface Ending {
  add(step: () => unknown): void;
  /** The last step first. Throws what the first failing one threw, after all others. */
  all(): Promise<void>;
}

export function createEnding(): Ending {
  const steps: (() => unknown)[] = [];
  return {
    add: (step) => void steps.push(step),
    async all() {
      const errors: unknown[] = [];
      for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
        try {
          await step();
        } catch (error) {
          errors.push(error);
        }
      }
      if (errors.length > 0) throw errors[0];
    },
  };
}
