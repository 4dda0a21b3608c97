"use strict";
// Focus survives every swap; a refusal is brought to where the person is.
(() => {
  const FOCUSABLE = "a[href], button:not(:disabled), input:not(:disabled, [type=hidden]), select, textarea, summary";
  let kept = null;

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target } = event.detail, active = document.activeElement;
    if (active && active !== document.body && target.contains(active)) {
      kept = { own: active.id, region: target.id, holder: active.closest("[data-proposal]")?.id };
    }
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    const refusal = event.target.id === "problem-line" && event.target.querySelector(".refusal");
    if (refusal) {
      refusal.focus();
      return;
    }
    if (!kept) return;
    const { own, region, holder } = kept;
    kept = null;
    if (document.activeElement && document.activeElement !== document.body) return;
    const same = own && document.getElementById(own);
    const around = document.getElementById(holder || region) || document.getElementById(region);
    const next = same && !same.disabled ? same : around?.querySelector(FOCUSABLE) || document.getElementById("main");
    next.focus({ preventScroll: true });
  });

  // One press, one request: the server decides once anyway, this spares the second answer.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-act]")) return;
    if (form.dataset.sent) event.preventDefault();
    else if (!form.hasAttribute("hx-post")) form.dataset.sent = "yes";
  });
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));
})();
