/** The tab's icon with a number on it, as an address of its own. */

/** More than this is not told apart at 16 pixels. */
const MOST = 9;

export function badge(count: number): string {
  const text = count > MOST ? `${MOST}+` : String(count);
  const size = text.length > 1 ? 15 : 19;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect x="1" y="1" width="30" height="30" rx="7" fill="#7d5100"/><text x="16" y="23" font-family="system-ui,sans-serif" font-size="${size}" font-weight="700" fill="#fff" text-anchor="middle">${text}</text></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
