/** Which of the page's own dialogs stands, if any. */

export class Overlay {
  open: 'none' | 'palette' | 'files' | 'shortcuts' = $state('none');

  close(): void {
    this.open = 'none';
  }
}
