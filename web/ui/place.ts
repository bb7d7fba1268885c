/** Puts a panel beside the button it belongs to, inside the window. */

const GAP = 4;
const EDGE = 8;
/** Below this share of the window's height a panel opens upwards. */
const UPWARDS = 0.6;

/** Sets `position: fixed` offsets of `panel`; widths in CSS pixels. */
export function place(panel: HTMLElement, button: DOMRect, width: number): void {
  const view = { width: window.innerWidth, height: window.innerHeight };
  const inline = Math.min(width, view.width - 2 * EDGE);
  const left = Math.max(EDGE, Math.min(button.left, view.width - inline - EDGE));
  const above = button.bottom > view.height * UPWARDS;
  const room = above ? button.top - GAP - EDGE : view.height - button.bottom - GAP - EDGE;
  Object.assign(panel.style, {
    inlineSize: `${inline}px`,
    maxBlockSize: `${Math.max(room, 120)}px`,
    left: `${left}px`,
    right: 'auto',
    top: above ? 'auto' : `${button.bottom + GAP}px`,
    bottom: above ? `${view.height - button.top + GAP}px` : 'auto',
  });
}
