"use strict";
// [data-copy="whole"] copies the whole value and says so.
(() => {
  const { fill, say } = window.orchestr;
  document.addEventListener("click", async (event) => {
    const chip = event.target.closest("[data-copy]");
    if (!chip) return;
    const what = chip.dataset.copy;
    try {
      await navigator.clipboard.writeText(what);
      say(fill("copied", { what }));
      chip.classList.add("is-copied");
      setTimeout(() => chip.classList.remove("is-copied"), 1500);
    } catch {
      say(fill("copyFailed", { what }));
    }
  });
})();
