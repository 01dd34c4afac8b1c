// Runs before the first paint: the chosen colours and language, so that nothing flashes.
(function () {
  var root = document.documentElement;
  try {
    var scheme = localStorage.getItem('backroom.scheme') || 'auto';
    var dark = scheme === 'dark' || (scheme === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
    root.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
    root.lang = localStorage.getItem('backroom.language') || (/^uk\b/.test(navigator.language) ? 'uk' : 'en');
  } catch (_) {
    root.setAttribute('data-mantine-color-scheme', 'light');
  }
})();
