"use strict";
// A long list of boxes to tick gets a line to find in it. What is ticked stays in sight, and is sent whatever is found.
(() => {
  const { fill, say } = window.orchestr;
  const LONG = 15;

  for (const field of document.querySelectorAll("fieldset.field")) {
    const list = field.querySelector(":scope > div");
    const rows = list ? [...list.querySelectorAll(":scope > div")] : [];
    if (rows.length < LONG || rows.some((row) => !row.querySelector("input[type=checkbox]"))) continue;
    const words = rows.map((row) => row.textContent.trim().toLocaleLowerCase());
    const find = document.createElement("input");
    find.type = "search";
    find.className = "find";
    find.autocomplete = "off";
    find.placeholder = fill("findAmong", { n: rows.length });
    find.setAttribute("aria-label", `${field.querySelector("legend").textContent.trim()}: ${find.placeholder}`);
    if (list.id) find.setAttribute("aria-controls", list.id);

    const look = () => {
      const wanted = find.value.trim().toLocaleLowerCase();
      let found = 0;
      rows.forEach((row, n) => {
        const fits = words[n].includes(wanted);
        found += fits;
        row.hidden = !fits && !row.querySelector("input").checked;
      });
      if (wanted) say(fill("foundAmong", { found, n: rows.length }));
    };
    find.addEventListener("input", look);
    find.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault(); // it would send the form
      if (event.key === "Escape" && find.value) { find.value = ""; look(); }
    });
    list.before(find);
  }
})();
