/** Copies text; tells whether it could. */

/** False where the browser refused (no permission, or the page is not in front). Never throws. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Refused, or absent on a page without a secure origin: the caller shows the text to copy by hand.
    return false;
  }
}
