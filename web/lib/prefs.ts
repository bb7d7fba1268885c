/** What a person set for this browser: widths, theme. Read with care, for anything may stand in storage. */

const PREFIX = 'vtcode.';

/** The text under a key, or null. Never throws: storage may be forbidden. */
export function readPref(key: string): string | null {
  try {
    return localStorage.getItem(PREFIX + key);
  } catch {
    // Storage is forbidden: the page goes on with its defaults.
    return null;
  }
}

export function writePref(key: string, value: string): void {
  try {
    localStorage.setItem(PREFIX + key, value);
  } catch (error) {
    console.warn(`vtcode: ${key} is not remembered`, error);
  }
}

/** A number within its bounds, else the default. */
export function numberPref(key: string, bounds: { min: number; max: number; otherwise: number }): number {
  const text = readPref(key);
  const value = Number(text);
  const fits = text !== null && Number.isFinite(value) && value >= bounds.min && value <= bounds.max;
  return fits ? value : bounds.otherwise;
}
