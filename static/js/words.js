"use strict";
// The sentences of components/words.html, lengths of time, and the one polite live line.
(() => {
  document.documentElement.dataset.js = "";
  const sentences = document.getElementById("words").dataset;
  const line = document.getElementById("live-line");
  const fill = (name, values = {}) => (sentences[name] || "").replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");

  // `away`: it will stand behind "ago" or "in", where some languages bend the word for days.
  function span(seconds, away = false) {
    if (seconds < 60) return fill("s", { n: seconds });
    if (seconds < 3600) return fill("min", { n: Math.floor(seconds / 60) });
    if (seconds < 86400) {
      const h = Math.floor(seconds / 3600), m = Math.floor((seconds % 3600) / 60);
      return m ? fill("hMin", { h, m }) : fill("h", { n: h });
    }
    const days = Math.floor(seconds / 86400);
    return fill((days === 1 ? "day" : "days") + (away ? "Away" : ""), { n: days });
  }

  let last = "", cleared;
  function say(text) {
    if (!text || text === last) return; // each thing is said once
    last = text;
    line.textContent = text;
    clearTimeout(cleared);
    cleared = setTimeout(() => { line.textContent = ""; last = ""; }, 6000);
  }

  window.orchestr = { fill, span, say };
})();
