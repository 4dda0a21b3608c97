"use strict";
// What was typed into [data-keep] survives a lost session, a refusal and a swap, in this tab only.
(() => {
  const { fill, say } = window.orchestr;
  const SENT = "draft-sent";
  const nameOf = (field) => `draft:${location.pathname}:${field.id || field.name}`;

  function restore(within) {
    let back = false;
    within.querySelectorAll("[data-keep]").forEach((field) => {
      const text = sessionStorage.getItem(nameOf(field));
      if (!text || field.value === text) return;
      field.value = text;
      field.closest("details")?.setAttribute("open", "");
      back = true;
    });
    return back;
  }

  // A page that is neither the sign-in nor a refusal means that the last form arrived.
  if (!document.querySelector(".login-page, .problem-page")) {
    JSON.parse(sessionStorage.getItem(SENT) || "[]").forEach((name) => sessionStorage.removeItem(name));
  }
  sessionStorage.removeItem(SENT); // on the sign-in and on a refusal it did not arrive: the text stays for the next try
  if (restore(document)) say(fill("restored"));

  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-keep]")) sessionStorage.setItem(nameOf(event.target), event.target.value);
  });
  document.addEventListener("submit", (event) => {
    const kept = [...event.target.querySelectorAll("[data-keep]")].map(nameOf);
    if (kept.length) sessionStorage.setItem(SENT, JSON.stringify(kept));
  });
  document.addEventListener("htmx:afterSettle", (event) => restore(event.target));
})();
