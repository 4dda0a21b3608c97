"use strict";
// Opens <dialog id> from [data-dialog="id"], filled from the pressed button; closing gives focus back.
(() => {
  function fill(dialog, from) {
    const form = dialog.querySelector("form"), { action, digest, about, swap } = from.dataset;
    if (!form || !action) return;
    form.action = action;
    if (form.elements.digest) form.elements.digest.value = digest || "";
    const line = dialog.querySelector("[data-fill=about]");
    if (line) line.textContent = about || "";
    dialog.querySelector("[data-problem]")?.replaceChildren();
    if (swap && window.htmx) {
      form.setAttribute("hx-post", action);
      form.setAttribute("hx-target", swap);
      form.setAttribute("hx-swap", "outerHTML");
      htmx.process(form);
    }
  }

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.dialog);
      if (!dialog) return;
      event.preventDefault();
      opener.closest("[popover]")?.hidePopover();
      fill(dialog, opener);
      dialog.showModal();
      dialog.querySelector("select, textarea, input:not([type=hidden])")?.focus();
      return;
    }
    if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
    else if (event.target instanceof HTMLDialogElement) event.target.close(); // the backdrop
  });

  // A link that plays a button answers to the space bar as a button does.
  document.addEventListener("keydown", (event) => {
    if (event.key === " " && event.target.matches("a[role=button]")) {
      event.preventDefault();
      event.target.click();
    }
  });

  const within = (event) => event.detail.requestConfig?.elt?.closest("dialog");
  document.addEventListener("htmx:beforeSwap", (event) => {
    const place = event.detail.isError && within(event)?.querySelector("[data-problem]");
    if (place) event.detail.target = place; // a refusal shows where the person is: nothing typed is lost
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const dialog = within(event);
    if (dialog && event.detail.successful) {
      dialog.querySelector("form").reset();
      dialog.close();
    }
  });
})();
