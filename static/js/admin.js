// Comforts of the editors' pages: each of them works without a script, too.
"use strict";

// Log-in ended meanwhile, or no line: say so and keep everything.
document.addEventListener("abgemeldet", () => { document.getElementById("abgemeldet").hidden = false; });
["htmx:sendError", "htmx:timeout"].forEach((name) => document.addEventListener(name, () => { document.getElementById("stoerung").hidden = false; }));
document.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.successful) return;
  document.getElementById("abgemeldet").hidden = true;
  document.getElementById("stoerung").hidden = true;
});
// An answer that says what is wrong is shown as well.
document.addEventListener("htmx:beforeSwap", (event) => {
  if ([400, 409, 413, 422, 429].includes(event.detail.xhr.status) && event.detail.xhr.getResponseHeader("Content-Type")?.startsWith("text/html")) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});
document.querySelector("[data-focus]")?.focus();

// All boxes of a list at once.
document.addEventListener("change", (event) => {
  const all = event.target.closest("[data-check-all]");
  if (!all) return;
  document.querySelectorAll(`input[name="${all.dataset.checkAll}"]`).forEach((box) => { box.checked = all.checked; });
});
