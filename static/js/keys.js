"use strict";
// Single keys press the page's own links and buttons: [data-key="a"] and so on. Nothing here acts by itself.
(() => {
  const { fill, say } = window.orchestr;
  const body = document.body, palette = document.getElementById("palette"), help = document.getElementById("keys-help");
  const NOT_TYPED = ["checkbox", "radio", "button", "submit", "reset"];
  const typing = (el) => el.isContentEditable || el.matches("textarea, select") || (el.matches("input") && !NOT_TYPED.includes(el.type));
  const rowOf = (el) => el?.closest?.("li[data-proposal], tr[data-proposal]");
  const shown = (el) => el.checkVisibility?.() ?? el.offsetParent !== null;

  function find(key) {
    const row = rowOf(document.activeElement);
    const inRow = row?.querySelector(`[data-key="${key}"]`);
    if (inRow) return inRow;
    return [...document.querySelectorAll(`[data-key="${key}"]`)].find((el) => !rowOf(el) && (shown(el) || el.closest("details")));
  }

  function press(el) {
    if (el.disabled) {
      say(document.getElementById(el.getAttribute("aria-describedby"))?.textContent);
      return;
    }
    const fold = el.closest("details:not([open])");
    if (fold && !el.matches("summary")) fold.open = true;
    if (el.matches("select, textarea, input:not([type=checkbox])")) {
      el.focus();
      return;
    }
    el.click();
    if (el.matches("summary") && el.parentElement.open) el.parentElement.querySelector("select, textarea, input:not([type=hidden])")?.focus();
  }

  function step(by) {
    const rows = [...document.querySelectorAll('li[data-proposal] [data-key="o"], tr[data-proposal] [data-key="o"]')].filter(shown);
    if (!rows.length) return;
    const now = rows.findIndex((link) => rowOf(link) === rowOf(document.activeElement));
    const next = rows[now < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, now + by))];
    next.focus({ preventScroll: true });
    rowOf(next).scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.altKey) return;
    const key = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && key === "k" && palette) {
      event.preventDefault();
      if (!palette.open) openPalette();
      return;
    }
    if (event.ctrlKey || event.metaKey || body.hasAttribute("data-keys-off") || typing(event.target) || document.querySelector("dialog[open]")) return;
    if (key === "j" || key === "k") step(key === "j" ? 1 : -1);
    else if (key === "?" && help) help.showModal();
    else if (!event.repeat && "oabrscxn/".includes(key) && key.length === 1) {
      const el = find(key);
      if (!el) return;
      press(el);
    } else return;
    event.preventDefault();
  });

  const toggle = document.querySelector("[data-keys-switch]");
  const draw = () => toggle?.setAttribute("aria-pressed", String(!body.hasAttribute("data-keys-off")));
  toggle?.addEventListener("click", () => {
    const off = body.toggleAttribute("data-keys-off");
    document.cookie = `keys=${off ? "off" : "on"}; path=/; max-age=31536000; samesite=lax`;
    draw();
    say(fill(off ? "keysOff" : "keysOn"));
  });
  draw();

  // The palette: pages, then what this page offers, then a search.
  const input = document.getElementById("palette-q"), list = document.getElementById("palette-list");
  const entries = () => [...list.querySelectorAll("a, button")].filter((el) => !el.parentElement.hidden);

  function openPalette() {
    list.querySelectorAll("[data-page-act]").forEach((item) => item.remove());
    const acts = [...document.querySelectorAll("main [data-key]")].filter((el) => !rowOf(el) && shown(el) && !el.disabled && el.matches("a, button, summary"));
    for (const act of acts) {
      const item = document.createElement("li"), button = document.createElement("button"), hint = document.createElement("kbd");
      item.dataset.pageAct = "";
      button.type = "button";
      const words = act.cloneNode(true);
      words.querySelectorAll("kbd, svg").forEach((part) => part.remove());
      button.textContent = words.textContent.trim();
      hint.textContent = act.dataset.key.toUpperCase();
      button.append(hint);
      button.addEventListener("click", () => { palette.close(); press(act); });
      item.append(button);
      list.append(item);
    }
    input.value = "";
    sift();
    palette.showModal();
  }

  function sift() {
    const wanted = input.value.trim().toLowerCase();
    for (const item of list.children) item.hidden = !item.textContent.toLowerCase().includes(wanted);
  }

  input?.addEventListener("input", sift);
  palette?.addEventListener("keydown", (event) => {
    const all = entries(), at = all.indexOf(document.activeElement);
    if (event.key === "ArrowDown") all[Math.min(at + 1, all.length - 1)]?.focus();
    else if (event.key === "ArrowUp") at <= 0 ? input.focus() : all[at - 1].focus();
    else if (event.key === "Escape") palette.close(); // a search field would only empty itself
    else if (event.key === "Enter" && event.target === input && input.value.trim() && all.length) all[0].click();
    else return;
    event.preventDefault();
  });
})();
