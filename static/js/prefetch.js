"use strict";
// The next page is fetched before it is asked for: on hover or focus, or ("soon") when the page is idle.
(() => {
  const had = new Set();
  function prefetch(link) {
    if (!link?.href || had.has(link.href) || navigator.connection?.saveData) return;
    had.add(link.href);
    const hint = document.createElement("link");
    hint.rel = "prefetch";
    hint.href = link.href;
    document.head.append(hint);
  }
  let hover;
  document.addEventListener("pointerover", (event) => {
    const link = event.target.closest("a[data-prefetch]");
    clearTimeout(hover);
    if (link) hover = setTimeout(() => prefetch(link), 65);
  });
  document.addEventListener("focusin", (event) => prefetch(event.target.closest("a[data-prefetch]")));
  const soon = () => prefetch(document.querySelector('a[data-prefetch="soon"]'));
  if (window.requestIdleCallback) requestIdleCallback(soon);
  else setTimeout(soon, 500);
})();
