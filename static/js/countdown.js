"use strict";
// Times go on: [data-deadline] counts down, [data-ago] grows older. Words come from words.js, widths from tabular figures.
(() => {
  const { fill, span } = window.orchestr;
  const seconds = (el) => Math.trunc((Date.parse(el.dateTime) - Date.now()) / 1000);
  const write = (el, text) => { if (el.textContent !== text) el.textContent = text; };

  function due(el) {
    const left = seconds(el);
    if (el.dataset.countdown === "window") {
      write(el, left > 0 ? span(left) : fill("windowOver"));
      if (left <= 0) close(el);
      return;
    }
    write(el, left >= 0 ? span(left) : fill("overdue", { span: span(-left) }));
    el.dataset.tone = left < 0 ? "late" : left < 1800 ? "soon" : "calm";
  }

  function close(el) {
    if (el.dataset.over) return;
    el.dataset.over = "yes";
    const holder = el.closest(".take-back");
    holder?.querySelectorAll("button").forEach((button) => { button.disabled = true; });
    const part = el.closest("[hx-trigger~=refresh]");
    if (part && window.htmx) htmx.trigger(part, "refresh");
  }

  function ago(el) {
    const away = seconds(el), size = Math.abs(away), coarse = size >= 3600 && size < 86400 ? size - (size % 3600) : size;
    write(el, size < 10 ? fill("now") : fill(away < 0 ? "ago" : "in", { span: span(coarse, true) }));
  }

  function tick() {
    if (document.hidden) return;
    document.querySelectorAll("time[data-deadline]").forEach(due);
    document.querySelectorAll("time[data-ago]").forEach(ago);
  }
  setInterval(tick, 1000);
  document.addEventListener("visibilitychange", tick);
})();
