// Puts a field where one is writing; without a place yet, at the end of the first text.
(() => {
  let last = null;
  document.addEventListener("focusin", (event) => {
    if (event.target.matches("#letter textarea, #letter input:not([type]), #letter .face")) last = event.target;
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-field]");
    if (!button) return;
    const place = last && document.contains(last) ? last : document.querySelector("#letter textarea");
    if (!place) return;
    place.focus();
    place.setRangeText(button.dataset.field, place.selectionStart, place.selectionEnd, "end");
  });
})();
