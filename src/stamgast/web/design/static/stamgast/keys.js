// Keyboard: "/" searches, arrows walk through a list, Enter opens, Escape leaves the search field.
(() => {
  const isTyping = (element) =>
    element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);

  const rows = () => [...document.querySelectorAll("[data-rows] a[data-row]")];

  const walk = (step) => {
    const all = rows();
    if (!all.length) return false;
    const at = all.indexOf(document.activeElement);
    const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step;
    all[Math.max(0, Math.min(all.length - 1, next))].focus();
    return true;
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const search = document.getElementById("search");
    if (event.key === "Escape" && event.target === search) {
      search.blur();
      return;
    }
    const fromSearch = event.target === search && event.key === "ArrowDown";
    if (isTyping(event.target) && !fromSearch) return;
    if (event.key === "/" && search) {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (walk(event.key === "ArrowDown" ? 1 : -1)) event.preventDefault();
    }
  });

  // A wide table of days opens where today is.
  for (const now of document.querySelectorAll(".scroll thead .now")) {
    const box = now.closest(".scroll");
    box.scrollLeft = now.offsetLeft - box.clientWidth / 2;
  }

  // A list in which the arrows work is worth a filter that answers without a button.
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-now]");
    if (form) form.requestSubmit();
  });
})();
