/** Which of the page's own dialogs stands, if any. */

export class Overlay {
  open: 'none' | 'palette' | 'files' | 'shortcuts' | 'share' = $state('none');

  close(): void {
    this.open = 'none';
  }
}
