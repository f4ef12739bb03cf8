// Before the page is drawn, so that it never appears in the other colours first.
(() => {
  try {
    const theme = localStorage.getItem('commissaire-theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  } catch {
    // Storage may be off; the theme of the system then applies.
  }
})();
